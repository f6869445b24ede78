#include "crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>
#include <stdexcept>

#include "base64url.hpp"
#include "tornado/util/secure_random.hpp"

namespace tornado::auth {

namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

unsigned char* bytes_of(std::string& text) noexcept {
    return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void must(bool done) {
    if (!done) {
        throw std::runtime_error{"OpenSSL cannot do what it is asked for"};
    }
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view text) {
    std::string result(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    must(
        HMAC(
            digest,
            key.data(),
            static_cast<int>(key.size()),
            bytes_of(text),
            text.size(),
            bytes_of(result),
            &size
        ) != nullptr
    );
    result.resize(size);
    return result;
}

std::string digest(const EVP_MD* kind, std::string_view text) {
    std::string result(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    must(EVP_Digest(text.data(), text.size(), bytes_of(result), &size, kind, nullptr) == 1);
    result.resize(size);
    return result;
}

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

/// AES-256-GCM with its key, nonce and additional data in place.
Cipher begin(std::string_view key, std::string_view nonce, std::string_view context, int encrypt) {
    Cipher cipher{EVP_CIPHER_CTX_new()};
    must(
        cipher != nullptr && key.size() == 32 &&
        EVP_CipherInit_ex(
            cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce), encrypt
        ) == 1
    );
    int size = 0;
    must(
        EVP_CipherUpdate(
            cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())
        ) == 1
    );
    return cipher;
}

/// What goes in, gone through.
std::string update(EVP_CIPHER_CTX* cipher, std::string_view text) {
    std::string result(text.size(), '\0');
    int size = 0;
    must(
        text.empty() ||
        EVP_CipherUpdate(
            cipher, bytes_of(result), &size, bytes_of(text), static_cast<int>(text.size())
        ) == 1
    );
    result.resize(static_cast<std::size_t>(size));
    return result;
}

}  // namespace

std::string sha256(std::string_view text) {
    return digest(EVP_sha256(), text);
}

std::string sha384(std::string_view text) {
    return digest(EVP_sha384(), text);
}

std::string sha512(std::string_view text) {
    return digest(EVP_sha512(), text);
}

std::string hmac_sha1(std::string_view key, std::string_view text) {
    return hmac(EVP_sha1(), key, text);
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    return hmac(EVP_sha256(), key, text);
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += "0123456789abcdef"[byte >> 4U];
        text += "0123456789abcdef"[byte & 15U];
    }
    return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_text(std::size_t size) {
    return base64url(util::secure_random_bytes(size));
}

std::string seal(std::string_view key, std::string_view context, std::string_view text) {
    const auto nonce = util::secure_random_bytes(nonce_size);
    const auto cipher = begin(key, nonce, context, 1);
    const auto hidden = update(cipher.get(), text);
    std::string tag(tag_size, '\0');
    int size = 0;
    must(
        EVP_CipherFinal_ex(cipher.get(), bytes_of(tag), &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, tag.data()) == 1
    );
    return nonce + hidden + tag;
}

std::optional<std::string>
unseal(std::string_view key, std::string_view context, std::string_view sealed) {
    if (sealed.size() < nonce_size + tag_size) {
        return std::nullopt;
    }
    const auto cipher = begin(key, sealed.substr(0, nonce_size), context, 0);
    auto text =
        update(cipher.get(), sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size));
    std::string tag{sealed.substr(sealed.size() - tag_size)};
    unsigned char rest = 0;
    int size = 0;
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1);
    if (EVP_CipherFinal_ex(cipher.get(), &rest, &size) != 1) {
        return std::nullopt;
    }
    return text;
}

}  // namespace tornado::auth
