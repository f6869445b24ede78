#pragma once

#include <string>
#include <vector>

#include "tornado/auth/auth_mixin.hpp"
#include "tornado/auth/parameters.hpp"
#include "tornado/concurrent/future.hpp"

namespace boost::json {
class value;
class object;
}  // namespace boost::json

namespace tornado::auth {

/// How OAuth2Mixin::authorize_redirect() sends somebody to the provider.
struct AuthorizeOptions {
    std::string client_id = {};
    Parameters extra_params = {};        ///< but none that a login sets itself: `state`, say
    std::string redirect_uri = {};       ///< the whole URL that they come back to
    std::string response_type = "code";  ///< what comes for another is the page's own to read
    std::vector<std::string> scope = {};
};

/// OAuth 2.0 (RFC 6749). Each redirect carries a `state` and a PKCE challenge (RFC 7636) of its
/// own, which wait in an encrypted cookie for ten minutes; so the application needs the setting
/// `cookie_secret`. Access tokens travel in a header, never in a URL.
///
/// Errors: AuthError. Cancellation: withdraws the present request. Mirrors
/// `tornado.auth.OAuth2Mixin`.
class OAuth2Mixin : public virtual AuthMixin {
public:
    /// The provider's endpoints. Mirror `_OAUTH_AUTHORIZE_URL` and `_OAUTH_ACCESS_TOKEN_URL`.
    [[nodiscard]] virtual std::string oauth_authorize_url() const = 0;
    [[nodiscard]] virtual std::string oauth_access_token_url() const = 0;

    /// Sends the client to the provider, and finishes the response. Throws std::invalid_argument
    /// without a client_id, or for an extra parameter that a login sets itself.
    void authorize_redirect(const AuthorizeOptions& options);

    /// The JSON that an API answers with, which is asked with an access token, if there is one, and
    /// `args` in the query; or posted a form. To use what comes, include <boost/json.hpp>.
    [[nodiscard]] Future<boost::json::value>
    oauth2_request(std::string url, std::string access_token);
    [[nodiscard]] Future<boost::json::value>
    oauth2_request(std::string url, std::string access_token, Parameters args);
    [[nodiscard]] Future<boost::json::value>
    oauth2_post(std::string url, std::string access_token, Parameters post_args);

protected:
    /// Checks the callback's `state`, and gives what the access token's endpoint answers for the
    /// code. `redirect_uri` counts only where authorize_redirect() was given none. Each provider
    /// needs a callback address of its own: one could pass off another's code as its own. Fails
    /// with AuthError where the callback brings an `error` in the place of a code.
    [[nodiscard]] Future<boost::json::object> exchange_code(
        std::string redirect_uri,
        std::string client_id,
        std::string client_secret,
        std::string code
    );
};

}  // namespace tornado::auth
