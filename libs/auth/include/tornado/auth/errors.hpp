#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include "tornado/web/http_error.hpp"

namespace tornado::auth {

/// Why somebody is not let in.
enum class Errc {
    // What a provider does.
    provider_unreachable = 1,  ///< no connection, or it broke
    provider_timeout,          ///< no whole answer in time
    provider_redirected,       ///< it points elsewhere instead of answering
    provider_status,           ///< a status other than 2xx, without a reason that it should give
    provider_refused,          ///< it gives an error of its own, such as `invalid_grant`
    answer_too_large,          ///< more than any such answer needs
    answer_malformed,          ///< HTML for JSON, or JSON without what must be there
    provider_misnamed,         ///< it calls itself otherwise than OpenIDConnectOptions::issuer does
    // What the browser brings back.
    access_denied,     ///< the user, or the provider, has said no
    missing_state,     ///< the callback has no `state`
    unknown_state,     ///< a `state` that this browser was not sent out with, or a tampered one
    login_expired,     ///< it came back too late
    login_replayed,    ///< this callback was here before
    wrong_provider,    ///< the answer is of another provider than the one that was asked
    missing_code,      ///< the callback has no `code`
    code_refused,      ///< the provider does not take the `code`: it is used up, old or made up
    refresh_refused,   ///< the provider does not take the refresh token any more
    missing_verifier,  ///< OAuth 1.0a: the callback has no `oauth_verifier`
    not_asserted,      ///< OpenID 2.0: the provider does not stand by what the browser brought
    // What is wrong with a token.
    malformed_token,       ///< no JSON Web Token at all
    unsecured_token,       ///< `alg` is `none`
    unaccepted_algorithm,  ///< an `alg` that is not accepted here, those with shared secrets among
                           ///< them
    unknown_critical_field,  ///< it asks, by `crit`, for what is not understood here
    unknown_key,             ///< signed by no key of the provider
    unsuitable_key,          ///< the key is for another algorithm, or not for signing
    wrong_signature,         ///< forged or damaged
    missing_claim,           ///< a claim that must be there is not, or is of another type
    wrong_issuer,            ///< `iss` is another
    wrong_audience,          ///< `aud` or `azp` is another client
    wrong_type,              ///< a token for another purpose, by `typ`
    token_expired,           ///< `exp` is past
    token_not_yet_valid,     ///< `nbf` or `iat` is to come
    wrong_nonce,             ///< made for another login: replayed
    wrong_access_token,      ///< `at_hash` is that of another
    wrong_subject,           ///< it is about somebody else
    old_authentication,      ///< they have proved who they are, but too long ago
};

/// The category of Errc, "tornado.auth".
[[nodiscard]] const std::error_category& error_category() noexcept;

[[nodiscard]] inline std::error_code make_error_code(Errc error) noexcept {
    return {static_cast<int>(error), error_category()};
}

/// A login, or a request to a provider, that has failed.
///
/// A handler that does not catch it answers with 403 what the client has brought, and with 502 or
/// 504 what the provider has failed to do; the message goes to the log, and holds no secret of
/// ours. What the provider itself says is cut short and made printable. Mirrors
/// `tornado.auth.AuthError`.
///
///     catch (const auth::AuthError& error) {
///         if (error.code() == auth::Errc::access_denied) …
///     }
class AuthError : public web::HTTPError {
public:
    /// `detail` comes from us; `said` is what a stranger said.
    explicit AuthError(
        std::error_code code,
        std::string_view detail = {},
        std::string_view said = {}
    );
    explicit AuthError(Errc code, std::string_view detail = {}, std::string_view said = {});

    [[nodiscard]] std::error_code code() const noexcept { return code_; }
    /// The sentence of the code, and the details.
    [[nodiscard]] const std::string& message() const noexcept { return log_message(); }

private:
    std::error_code code_;
};

}  // namespace tornado::auth

template <>
struct std::is_error_code_enum<tornado::auth::Errc> : std::true_type {};
