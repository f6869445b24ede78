#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tornado/auth/auth_mixin.hpp"
#include "tornado/auth/parameters.hpp"
#include "tornado/concurrent/future.hpp"

namespace boost::json {
class value;
class object;
}  // namespace boost::json

namespace tornado::auth {

/// The signature of a request by HMAC-SHA1 (RFC 5849, 3.4), in base64. `parameters` are those of
/// the form and of OAuth itself; those in the URL's query are added. Throws std::invalid_argument
/// for what is no URL of http or https.
[[nodiscard]] std::string oauth_signature(
    std::string_view method,
    std::string_view url,
    const Parameters& parameters,
    const ConsumerToken& consumer,
    const ConsumerToken& token
);

/// The versions of OAuthMixin: "1.0" came before RFC 5849, and takes no verifier. It cannot tell
/// who has agreed to a login from who has begun it: somebody may be sent an address to agree at,
/// and log another in. Use it only with providers that know no better.
enum class OAuthVersion : std::uint8_t { v1_0, v1_0a };

/// OAuth 1.0a (RFC 5849), with HMAC-SHA1. The secret of a login under way waits in an encrypted
/// cookie, so the application needs the setting `cookie_secret`; what is signed is sent in the
/// Authorization header, not in the URL.
///
/// Errors: AuthError. Cancellation: withdraws the present request. Mirrors
/// `tornado.auth.OAuthMixin`.
class OAuthMixin : public virtual AuthMixin {
public:
    /// The provider's endpoints, and its ways. Mirror `_OAUTH_REQUEST_TOKEN_URL` and so on.
    [[nodiscard]] virtual std::string oauth_request_token_url() const = 0;
    [[nodiscard]] virtual std::string oauth_authorize_url() const = 0;
    [[nodiscard]] virtual std::string oauth_access_token_url() const = 0;
    [[nodiscard]] virtual OAuthVersion oauth_version() const { return OAuthVersion::v1_0a; }
    [[nodiscard]] virtual bool oauth_no_callbacks() const { return false; }

    /// What the provider knows this site by. Mirrors `_oauth_consumer_token`.
    [[nodiscard]] virtual ConsumerToken oauth_consumer_token() const = 0;
    /// Who an access token (`key`, `secret`, and whatever else came with it) belongs to. Mirrors
    /// `_oauth_get_user_future`.
    [[nodiscard]] virtual Future<boost::json::object> oauth_get_user(
        boost::json::object access_token
    ) = 0;

    /// Sends the client to the provider, and finishes the response. `callback_uri` is where they
    /// come back to, relative to this page, or "oob": then the address to go to is the response.
    /// `extra_params` go into the query of the request for a token. Throws std::logic_error for a
    /// callback where the provider takes none. Fails with Errc::answer_malformed when one that is
    /// said to speak 1.0a does not confirm the callback.
    [[nodiscard]] Future<void> authorize_redirect();
    [[nodiscard]] Future<void> authorize_redirect(std::string callback_uri);
    [[nodiscard]] Future<void>
    authorize_redirect(std::string callback_uri, Parameters extra_params);
    /// Whoever has come back: what oauth_get_user() says, and `access_token`. Fails with
    /// Errc::access_denied when the callback has `denied` instead of `oauth_token`, as Twitter has
    /// it for who says no.
    [[nodiscard]] Future<boost::json::object> get_authenticated_user();

    /// The OAuth parameters, signature included, of a request with an access token. Mirrors
    /// `_oauth_request_parameters`.
    [[nodiscard]] Parameters oauth_request_parameters(
        std::string_view url,
        const ConsumerToken& access_token,
        const Parameters& parameters = {},
        std::string_view method = "GET"
    ) const;

protected:
    /// authorize_redirect() by way of another endpoint of the provider.
    [[nodiscard]] Future<void>
    redirect_to(std::string authorize_url, std::string callback_uri, Parameters extra_params);
    /// The JSON that an API answers a signed request with: a GET, or the POST of a form.
    [[nodiscard]] Future<boost::json::value>
    oauth_get(std::string url, ConsumerToken access_token, Parameters args);
    [[nodiscard]] Future<boost::json::value>
    oauth_post(std::string url, ConsumerToken access_token, Parameters post_args);

private:
    /// What the provider answers a signed request for a token with.
    [[nodiscard]] Future<boost::json::object>
    fetch_token(std::string url, ConsumerToken token, Parameters extra);
};

}  // namespace tornado::auth
