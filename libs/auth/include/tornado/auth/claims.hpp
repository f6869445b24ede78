#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace boost::json {
class object;
}

namespace tornado::auth {

/// What has to hold of a token's claims.
struct ClaimRules {
    /// `at_hash`, where the token has it, is that of this access token, by the algorithm that
    /// follows; empty: it does not matter.
    std::string access_token = {};
    std::string algorithm = {};  ///< `alg` of the token
    std::string audience = {};   ///< is in `aud`
    /// `auth_time` is there, and not before this.
    std::optional<std::chrono::system_clock::time_point> authenticated_since = {};
    /// The audience is also `azp`, if there is one, and there must be if others are in `aud`.
    bool authorized_party = true;
    std::optional<std::chrono::system_clock::time_point> clock = {};  ///< otherwise now
    std::string issuer = {};                                          ///< is `iss`, to the letter
    std::chrono::seconds leeway{60};  ///< how far clocks may be apart
    std::string nonce = {};           ///< is `nonce`; empty: it does not matter
};

/// Checks the claims of a token whose signature is right (OpenID Connect Core, 3.1.3.7; RFC 7519,
/// 4.1): `iss`, `aud`, `azp`, `exp`, `iat`, `nbf`, `sub`, and what the rules name besides. `exp`,
/// `iat` and `sub` must be there.
///
/// Throws AuthError, of a code for each.
void check_claims(const boost::json::object& claims, const ClaimRules& rules);

}  // namespace tornado::auth
