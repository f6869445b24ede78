#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tornado/auth/errors.hpp"
#include "tornado/auth/jws.hpp"
#include "tornado/auth/login_request.hpp"
#include "tornado/auth/tokens.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/httpclient/async_http_client.hpp"

namespace boost::json {
class object;
}

namespace tornado::web {
class RequestHandler;
}

namespace tornado::auth {

/// What an OpenIDConnect needs to know of a provider, and of us as its client.
struct OpenIDConnectOptions {
    Algorithms algorithms = all_algorithms();  ///< that tokens may be signed by
    /// Whether the provider may be reached without TLS. An issuer on this machine always may.
    bool allow_http = false;
    std::string client_id = {};
    std::string client_secret = {};  ///< empty for a client that has none
    /// How much longer than its lifetime counts what is known of a provider that does not answer.
    std::chrono::seconds grace{86'400};
    std::optional<httpclient::AsyncHTTPClient> http_client = {};  ///< otherwise that of the loop
    std::string issuer = {};  ///< the provider's URL, to the letter as it writes it itself
    std::chrono::seconds key_lifetime{3'600};       ///< then its keys are asked for again
    std::chrono::seconds key_refetch_interval{30};  ///< at most so often for keys not known
    std::chrono::seconds leeway{60};                ///< how far clocks may be apart
    std::chrono::seconds login_lifetime{
        600};  ///< for how long somebody may be away; at most an hour
    std::chrono::seconds metadata_lifetime{86'400};
    std::string scope = "openid profile email";
    std::chrono::milliseconds timeout{10'000};  ///< for each request to the provider
};

/// Somebody who has logged in with an OpenID provider, and how we know.
///
/// Ownership: a value; copies share the claims.
class OpenIDUser {
public:
    OpenIDUser(boost::json::object claims, Tokens tokens, std::string next);

    /// Who it is, for this provider: unique and never given to another. Use it with the issuer, not
    /// the address, to know people by.
    [[nodiscard]] std::string subject() const;
    [[nodiscard]] std::string issuer() const;
    /// A claim that is a text, such as `email`; nullopt for others.
    [[nodiscard]] std::optional<std::string> claim(std::string_view name) const;
    /// All claims of the ID token. To use them, include <boost/json.hpp>.
    [[nodiscard]] const boost::json::object& claims() const noexcept { return *claims_; }
    [[nodiscard]] const Tokens& tokens() const noexcept { return tokens_; }
    /// Where LoginRequest::next() wants them to go: a path on this site.
    [[nodiscard]] const std::string& next() const noexcept { return next_; }

private:
    std::shared_ptr<const boost::json::object> claims_;
    Tokens tokens_;
    std::string next_;
};

/// Logs people in with an OpenID provider (OpenID Connect Core 1.0, by its authorization code
/// flow). Works with those that say how by discovery and give the code in the callback's query:
/// Google, Keycloak, a tenant of Microsoft's (whose `common` is none: it writes another issuer than
/// its own). Apple answers by a POST from its own site as soon as a name or an address is asked
/// for, to which a browser adds no cookie: for it the scope is "openid".
///
/// What it needs to know it asks the provider for, by discovery, with the first login. Each login
/// has its own `state`, `nonce` and PKCE verifier, in an encrypted cookie of ten minutes; so the
/// application needs the setting `cookie_secret`. Each provider needs a callback address of its
/// own: one could pass off another's code as its own. ID tokens are verified with the provider's
/// keys, which are asked for again when one comes that is not known.
///
/// Ownership: outlives the application and what it has begun. Thread safety: one loop, one thread.
/// Errors: AuthError, of a code for each. Cancellation: withdraws the present request.
///
///     struct Login : web::RequestHandler {
///         Future<void> get() {
///             auth::LoginRequest login{"https://example.com/callback"};
///             co_await provider.authorize_redirect(*this, login.next(get_argument("next", "/")));
///         }
///     };
///     struct Callback : web::RequestHandler {
///         Future<void> get() {
///             const auto user = co_await provider.get_authenticated_user(*this);
///             set_signed_cookie("user", user.issuer() + " " + user.subject(),
///                               {.expires_days = 7, .httponly = true, .secure = true});
///             redirect(user.next());
///         }
///     };
class OpenIDConnect {
public:
    /// Throws std::invalid_argument for an issuer that is no URL of https, has a query or a
    /// fragment or is the URL of the discovery document itself; a missing client_id, a scope
    /// without `openid`, an algorithm that is not known, or a time by which nobody could log in.
    explicit OpenIDConnect(OpenIDConnectOptions options);
    OpenIDConnect(const OpenIDConnect&) = delete;
    OpenIDConnect& operator=(const OpenIDConnect&) = delete;
    ~OpenIDConnect();

    /// Sends the client to the provider, and finishes the response. Throws std::invalid_argument
    /// for a scope without `openid`, or a parameter that a login sets itself.
    [[nodiscard]] Future<void> authorize_redirect(web::RequestHandler& handler, LoginRequest login);
    /// Whoever has come back, in the handler of the `redirect_uri`. Logs leave the request's query
    /// out. That a callback comes once is looked after in this process, for the latest 100,000 of
    /// an hour; the provider takes its code once.
    [[nodiscard]] Future<OpenIDUser> get_authenticated_user(web::RequestHandler& handler);
    /// The same user with new tokens. Fails with Errc::refresh_refused when the refresh token does
    /// not count any more: they have to log in anew. Throws std::logic_error when there is none.
    [[nodiscard]] Future<OpenIDUser> refresh(OpenIDUser user);
    /// What the provider knows of a user besides the ID token. Fails with std::logic_error when it
    /// has no such endpoint.
    [[nodiscard]] Future<boost::json::object> userinfo(OpenIDUser user);
    /// Ends the session at the provider too (RP-Initiated Logout): sends the client there, and from
    /// there to `post_logout_redirect_uri`, as the provider knows it; straight to that if the
    /// provider knows no such thing: it must not be for clients to choose. End your own session
    /// first. With `id_token`, that of the login, many providers do not ask again; it stands in the
    /// URL.
    [[nodiscard]] Future<void> logout_redirect(
        web::RequestHandler& handler,
        std::string post_logout_redirect_uri,
        std::string id_token = {}
    );

    /// The claims of an ID token that came by some other way. `nonce`: that of the login, or empty.
    [[nodiscard]] Future<boost::json::object>
    verify_id_token(std::string token, std::string nonce = {});
    /// The claims of an access token that is a JSON Web Token (RFC 9068), for APIs: `audience` is
    /// the API's own name.
    [[nodiscard]] Future<boost::json::object>
    verify_access_token(std::string token, std::string audience);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tornado::auth
