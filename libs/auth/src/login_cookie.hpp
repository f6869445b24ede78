#pragma once

#include <chrono>
#include <optional>
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

    std::string state;         ///< names the login: comes back in the callback
    std::string nonce;         ///< comes back in the ID token
    std::string verifier;      ///< of PKCE, or another secret of the login
    std::string redirect_uri;  ///< where they come back to
    std::string provider;      ///< whoever they are sent to, and by which protocol
    std::string next;          ///< where they go afterwards
    /// The provider must have seen them prove who they are since then.
    std::optional<std::chrono::system_clock::time_point> authenticated_since;
    std::chrono::seconds lifetime{600};  ///< for how long they may be away
};

/// No login may take longer.
inline constexpr std::chrono::hours longest_login{1};

/// Sets the cookie. Of those that have not come back the newest are kept: 8 at most, and 4 KiB all
/// together. It is for secure connections only when the login comes back over one. Throws
/// std::invalid_argument without the setting `cookie_secret`.
void remember_login(web::RequestHandler& handler, const PendingLogin& login);

/// The login that comes back with this request, which ends here: the query's argument `argument` is
/// its state. Logs leave the query out from now on. Throws AuthError: missing_state, unknown_state,
/// login_expired, login_replayed, or wrong_provider.
[[nodiscard]] PendingLogin
take_login(web::RequestHandler& handler, std::string_view argument, std::string_view provider);

/// Whether `text` was given here within the last hour, in this process: it has been now.
/// Of more than 100,000 the oldest are forgotten.
[[nodiscard]] bool was_here_before(std::string_view text);

}  // namespace tornado::auth
