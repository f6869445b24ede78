#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boost::json {
class object;
}

namespace tornado::auth {

struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

/// How an algorithm of RFC 7518 signs.
struct SignatureMethod {
    std::string_view name;
    std::string_view key_type;  ///< `kty`
    std::string_view curve;     ///< `crv`; empty for RSA
    const char* digest;         ///< as OpenSSL calls it; null for EdDSA, which has its own
    bool is_pss;
    std::size_t coordinate_size;  ///< of ECDSA: half a signature, in bytes
};

/// Null for what is not known, or has a shared secret.
[[nodiscard]] const SignatureMethod* find_method(std::string_view algorithm) noexcept;

/// A public key (RFC 7517).
class JWK {
public:
    /// Null for a key that no signature can be verified with: see JWKSet.
    [[nodiscard]] static std::shared_ptr<const JWK> parse(const boost::json::object& object);

    [[nodiscard]] const std::string& key_id() const noexcept { return key_id_; }
    [[nodiscard]] bool suits(const SignatureMethod& method) const noexcept;
    /// Whether the signature is right. The method must suit.
    [[nodiscard]] bool
    verify(const SignatureMethod& method, std::string_view text, std::string_view signature) const;

private:
    std::string key_id_;
    std::string type_;
    std::string curve_;
    std::string algorithm_;  ///< empty: any that fits
    KeyHandle key_;
};

}  // namespace tornado::auth
