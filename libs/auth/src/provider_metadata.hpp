#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace boost::json {
class object;
}

namespace tornado::auth {

/// Where an issuer says what it is, behind its URL (OpenID Connect Discovery, 4).
inline constexpr std::string_view discovery_path = "/.well-known/openid-configuration";

/// What an OpenID provider says about itself (OpenID Connect Discovery, 3).
class ProviderMetadata {
public:
    ProviderMetadata() = default;
    /// Throws AuthError: provider_misnamed when it is about another, answer_malformed when what
    /// must be there is not, or an endpoint is no URL that may be used: those of an issuer of https
    /// are of https, so that nobody elsewhere sends us to what listens on this machine.
    ProviderMetadata(const boost::json::object& object, std::string_view issuer, bool allow_http);

    std::string authorization_endpoint;
    std::string end_session_endpoint;  ///< empty when there is none
    std::string jwks_uri;
    std::string token_endpoint;
    std::string userinfo_endpoint;                ///< empty when there is none
    bool sends_issuer = false;                    ///< in the callback (RFC 9207)
    std::vector<std::string> token_auth_methods;  ///< how a client may say who it is
};

/// Whether a URL is of https; or of http, where that is allowed or it leads to this machine itself.
[[nodiscard]] bool is_trustworthy_url(std::string_view url, bool allow_http);

}  // namespace tornado::auth
