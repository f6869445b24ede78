#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace tornado::auth {

/// What a provider gives for a login (RFC 6749, 5.1). All of it is secret.
class Tokens {
public:
    Tokens() = default;

    std::string access_token;
    std::optional<std::chrono::system_clock::time_point>
        expires;                ///< of the access token, if the provider says so
    std::string id_token;       ///< OpenID Connect only; as it came, verified
    std::string refresh_token;  ///< empty when there is none
    std::string scope;          ///< empty: what was asked for
    std::string token_type;     ///< "Bearer"
};

}  // namespace tornado::auth
