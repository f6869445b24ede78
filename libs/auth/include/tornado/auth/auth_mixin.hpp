#pragma once

#include <string>

#include "tornado/httpclient/async_http_client.hpp"

namespace tornado::web {
class RequestHandler;
}

namespace tornado::auth {

/// The name and the secret that a provider knows a site by.
struct ConsumerToken {
    std::string key = {};
    std::string secret = {};
};

/// What all mixins have. A class that logs people in inherits one beside RequestHandler:
///
///     struct LoginHandler : web::RequestHandler, auth::GoogleOAuth2Mixin { … };
class AuthMixin {
public:
    AuthMixin() = default;
    AuthMixin(const AuthMixin&) = delete;
    AuthMixin& operator=(const AuthMixin&) = delete;
    virtual ~AuthMixin() = default;

    /// The client that asks the provider. The default is that of the loop. Mirrors
    /// `get_auth_http_client`.
    [[nodiscard]] virtual httpclient::AsyncHTTPClient get_auth_http_client() { return {}; }

protected:
    /// The handler that this is part of. Throws std::logic_error when it is part of none.
    [[nodiscard]] web::RequestHandler& handler() const;
    /// The text of ApplicationSettings::extra with that name. Throws std::logic_error when there is
    /// none.
    [[nodiscard]] std::string required_setting(const std::string& name) const;
};

}  // namespace tornado::auth
