#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tornado/auth/login_request.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/httpclient/async_http_client.hpp"

namespace boost::json {
class object;
}

namespace tornado::web {
class RequestHandler;
}

namespace tornado::auth {

/// What a GitHubOAuth2 needs to know. The endpoints are those of github.com; a GitHub Enterprise
/// has others.
struct GitHubOptions {
    std::string access_token_url = "https://github.com/login/oauth/access_token";
    std::string api_url = "https://api.github.com";
    std::string authorize_url = "https://github.com/login/oauth/authorize";
    std::string client_id = {};
    std::string client_secret = {};
    std::optional<httpclient::AsyncHTTPClient> http_client = {};  ///< otherwise that of the loop
    std::string scope = "read:user user:email";
    std::chrono::milliseconds timeout{10'000};  ///< for each request to GitHub
};

/// Logs people in with GitHub, which speaks OAuth 2.0 and no OpenID Connect. It is used as an
/// OpenIDConnect is, and has the same cookies, with `state` and PKCE.
///
/// Ownership: outlives what it has begun. Thread safety: one loop, one thread. Errors: AuthError.
class GitHubOAuth2 {
public:
    /// Throws std::invalid_argument when client_id, client_secret or any time to answer is missing,
    /// or an endpoint is no URL of https; one on this machine may do without.
    explicit GitHubOAuth2(GitHubOptions options);

    /// Sends the client to GitHub, and finishes the response. Throws std::invalid_argument for a
    /// parameter that a login sets itself, and for a max_age(). The `redirect_uri` must be for
    /// GitHub alone: other providers have theirs.
    void authorize_redirect(web::RequestHandler& handler, const LoginRequest& login) const;
    /// Whoever has come back, in the handler of the `redirect_uri`: what GitHub's `/user` says
    /// (`id` is a number that stays theirs, `login` the name of today), with `email` the verified
    /// primary address or null (the scope `user:email` is what shows it), `access_token`, and
    /// `next`, a path on this site.
    [[nodiscard]] Future<boost::json::object> get_authenticated_user(web::RequestHandler& handler);

private:
    [[nodiscard]] std::string name() const;

    GitHubOptions options_;
};

}  // namespace tornado::auth
