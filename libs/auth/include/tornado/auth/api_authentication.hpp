#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/web/http_error.hpp"
#include "tornado/web/middleware.hpp"
#include "tornado/web/user.hpp"

namespace tornado::web {
class RequestHandler;
}

namespace tornado::auth {

/// Who a request by Basic authentication says it is from (RFC 7617).
struct BasicCredentials {
    std::string username = {};
    std::string password = {};
};

/// What the Authorization field brings; nullopt when there is none of this kind, or it is
/// malformed. Nothing of it has been checked.
[[nodiscard]] std::optional<BasicCredentials> basic_credentials(const web::RequestHandler& handler);
/// The same for a bearer token (RFC 6750). One in the query is not looked at: URLs get into logs.
[[nodiscard]] std::optional<std::string> bearer_token(const web::RequestHandler& handler);

/// Whether two secrets are the same, in a time that tells nothing of either.
[[nodiscard]] bool same_secret(const std::string& a, const std::string& b);

/// Says who it is, or nobody. It may be a coroutine: its arguments come by value.
using BasicCheck = std::function<Future<web::User>(std::string username, std::string password)>;
/// Says who it is, or nobody. It may throw AuthError, as OpenIDConnect::verify_access_token() does,
/// for a token that does not count, and InsufficientScope.
using BearerCheck = std::function<Future<web::User>(std::string token)>;

/// The token is good, but not for this: 403, and the client is told what it takes. For handlers
/// behind bearer_authentication(), and its check.
class InsufficientScope : public web::HTTPError {
public:
    /// Throws std::invalid_argument for a scope that is no line of ASCII.
    explicit InsufficientScope(std::string scope);
    [[nodiscard]] const std::string& scope() const noexcept { return scope_; }

private:
    std::string scope_;
};

/// A middleware for APIs: only those get through whom `check` knows, and they are the handler's
/// current_user(). Others get 401 and a WWW-Authenticate that says how. `realm` is what the client
/// shows to its user; it throws std::invalid_argument for one with control characters.
///
///     application.add_handlers(".*", web::use(auth::basic_authentication("Reports", check),
///                                             {web::url<ReportsHandler>("/reports")}));
[[nodiscard]] web::Middleware basic_authentication(std::string realm, BasicCheck check);
/// The same, where the check need not wait for anything.
template <typename F>
requires std::same_as<std::invoke_result_t<F&, std::string, std::string>, web::User>
[[nodiscard]] web::Middleware basic_authentication(std::string realm, F check) {
    BasicCheck at_once = [check = std::move(check)](
                             std::string username, std::string password
                         ) mutable -> Future<web::User> {
        co_return check(std::move(username), std::move(password));
    };
    return basic_authentication(std::move(realm), std::move(at_once));
}

/// The same for bearer tokens. A token that does not count gets the error `invalid_token`, a field
/// that is malformed 400 and `invalid_request` (RFC 6750, 3.1).
[[nodiscard]] web::Middleware bearer_authentication(std::string realm, BearerCheck check);
/// The same, where the check need not wait for anything.
template <typename F>
requires std::same_as<std::invoke_result_t<F&, std::string>, web::User>
[[nodiscard]] web::Middleware bearer_authentication(std::string realm, F check) {
    BearerCheck at_once = [check = std::move(check)](std::string token
                          ) mutable -> Future<web::User> { co_return check(std::move(token)); };
    return bearer_authentication(std::move(realm), std::move(at_once));
}

}  // namespace tornado::auth
