#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/auth/jwk_set.hpp"
#include "tornado/util/result.hpp"

namespace tornado::auth {

/// A JSON Web Signature in its compact form (RFC 7515, 7.1), taken apart. Nothing of it is to be
/// trusted before verify_jws() has said so.
struct JWS {
    std::string algorithm;      ///< `alg`
    std::string key_id;         ///< `kid`; empty when it names none
    std::string type;           ///< `typ`; empty when it says none
    std::string payload;        ///< any bytes; of a JSON Web Token, its claims
    std::string signature;      ///< as bytes
    std::string signing_input;  ///< what is signed: head and payload as they came
};

/// Names of algorithms (RFC 7518, 3.1, and RFC 8037).
using Algorithms = std::vector<std::string>;

/// All that can be verified: `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`,
/// `ES384`, `ES512` and `EdDSA` with Ed25519. There is no `none`, and none with a shared secret.
[[nodiscard]] const Algorithms& all_algorithms();

/// Takes a token apart. Fails with Errc::malformed_token, also for more than 64 KiB, and
/// Errc::unknown_critical_field.
[[nodiscard]] Result<JWS> parse_jws(std::string_view compact);

/// The token, if one of `keys` has signed it with one of the `accepted` algorithms.
///
/// The algorithm is the key's as much as the token's: a key is used for what its kind, curve, `use`
/// and `alg` allow. A token without `kid` may be signed by any key that is for its algorithm.
///
/// Fails as parse_jws() does, and with Errc::unsecured_token, unaccepted_algorithm, unknown_key,
/// unsuitable_key and wrong_signature.
[[nodiscard]] Result<JWS>
verify_jws(std::string_view compact, const JWKSet& keys, const Algorithms& accepted);
[[nodiscard]] Result<JWS> verify_jws(std::string_view compact, const JWKSet& keys);

}  // namespace tornado::auth
