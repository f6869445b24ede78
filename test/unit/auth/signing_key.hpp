#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Bytes as tokens have them.
std::string base64url(std::string_view bytes);
std::string sha256_base64url(std::string_view text);
/// The left half of the digest, as `at_hash` has it.
std::string sha256_half(std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);

/// What a provider signs with.
class SigningKey {
public:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    static SigningKey rsa(std::string id);
    static SigningKey ec(std::string id);
    static SigningKey ed25519(std::string id);

    /// The public key as a JWK, with more fields.
    [[nodiscard]] std::string jwk(const Fields& more = {}) const;
    [[nodiscard]] std::string public_pem() const;
    /// A token with these fields in its head; `alg` among them says how it is signed.
    [[nodiscard]] std::string sign(const Fields& head, std::string_view payload) const;
    /// The same with the key's usual algorithm and its id.
    [[nodiscard]] std::string sign(std::string_view payload) const;

private:
    SigningKey(std::string id, std::string algorithm, EVP_PKEY* key)
        : id_{std::move(id)},
          algorithm_{std::move(algorithm)},
          key_{key, EVP_PKEY_free} {}
    [[nodiscard]] std::string number(const char* name, std::size_t size = 0) const;

    std::string id_;
    std::string algorithm_;
    std::shared_ptr<EVP_PKEY> key_;
};
