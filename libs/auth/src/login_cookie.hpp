#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tornado::web {
class RequestHandler;
}

namespace tornado::auth {

/// What has to be known when somebody comes back from a provider. It waits in a cookie of its own,
/// encrypted, so that several tabs can log in side by side.
class PendingLogin {
public:
    PendingLogin() = default;

    std::string state;                   ///< names the login: comes back in the callback
    std::string nonce;                   ///< comes back in the ID token
    std::string verifier;                ///< of PKCE, or another secret of the login
    std::string redirect_uri;            ///< where they come back to
    std::string provider;                ///< whoever they are sent to
    std::string next;                    ///< where they go afterwards
    std::chrono::seconds lifetime{600};  ///< for how long they may be away
};

/// No login may take longer.
inline constexpr std::chrono::hours longest_login{1};

/// Sets the cookie. Of those that have not come back the newest 8 are kept. Throws
/// std::invalid_argument without the setting `cookie_secret`.
void remember_login(web::RequestHandler& handler, const PendingLogin& login);

/// The login that `state` names, which ends here. Throws AuthError: missing_state, unknown_state,
/// login_expired, login_replayed, or wrong_provider.
[[nodiscard]] PendingLogin
take_login(web::RequestHandler& handler, std::string_view state, std::string_view provider);

/// Throws AuthError, access_denied or provider_refused, when the callback brings the provider's own
/// error (RFC 6749, 4.1.2.1).
void check_no_error(const web::RequestHandler& handler);

/// The code challenge for a verifier, by the method S256 (RFC 7636, 4.2).
[[nodiscard]] std::string code_challenge(std::string_view verifier);

/// Whether `text` was given here within the last hour, in this process: it has been now.
/// Of more than 100,000 the oldest are forgotten.
[[nodiscard]] bool was_here_before(std::string_view text);

}  // namespace tornado::auth
