#include "hmac.hpp"

// The plain digest functions are deprecated in favour of EVP, not gone.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>

namespace tornado::web {

namespace {

int digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const auto letter = static_cast<char>(c | 0x20);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL's plain functions: HMAC() looks its digest up anew each time, for longer than it
// computes.
struct Sha1 {
    static constexpr std::size_t size = SHA_DIGEST_LENGTH;
    SHA_CTX context;
    Sha1() { SHA1_Init(&context); }
    void add(std::string_view text) { SHA1_Update(&context, text.data(), text.size()); }
    void end(unsigned char* digest) { SHA1_Final(digest, &context); }
};
struct Sha256 {
    static constexpr std::size_t size = SHA256_DIGEST_LENGTH;
    SHA256_CTX context;
    Sha256() { SHA256_Init(&context); }
    void add(std::string_view text) { SHA256_Update(&context, text.data(), text.size()); }
    void end(unsigned char* digest) { SHA256_Final(digest, &context); }
};

template <typename Digest>
std::string hmac(std::string_view key, std::span<const std::string_view> pieces) {
    constexpr std::size_t block_size = 64;
    std::array<char, Digest::size> digest;
    const auto end_into_digest = [&](Digest& hash) {
        hash.end(reinterpret_cast<unsigned char*>(digest.data()));
    };
    std::array<char, block_size> block{};
    if (key.size() > block_size) {
        Digest hash;
        hash.add(key);
        end_into_digest(hash);
        key = {digest.data(), digest.size()};
    }
    key.copy(block.data(), key.size());
    const auto padded = [&block](char pad) {
        auto text = block;
        for (char& c : text) {
            c = static_cast<char>(c ^ pad);
        }
        return text;
    };
    const auto inner_pad = padded(0x36);
    Digest inner;
    inner.add({inner_pad.data(), inner_pad.size()});
    for (const auto piece : pieces) {
        inner.add(piece);
    }
    end_into_digest(inner);
    const auto outer_pad = padded(0x5c);
    Digest outer;
    outer.add({outer_pad.data(), outer_pad.size()});
    outer.add({digest.data(), digest.size()});
    end_into_digest(outer);
    return hex({digest.data(), digest.size()});
}

}  // namespace

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text.push_back(digits[byte >> 4U]);
        text.push_back(digits[byte & 0xfU]);
    }
    return text;
}

bool unhex(std::string_view text, std::string& bytes) {
    if (text.size() % 2 != 0) {
        return false;
    }
    bytes.clear();
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]);
        const int low = digit(text[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return true;
}

std::string base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // it ends what it writes with a NUL
    const auto size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        bytes_of(bytes),
        static_cast<int>(bytes.size())
    );
    text.resize(static_cast<std::size_t>(size));
    return text;
}

bool unbase64(std::string_view text, std::string& bytes) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto padding = text.size() - std::min(text.find_last_not_of('=') + 1, text.size());
    if (text.size() % 4 != 0 || padding > 2 ||
        text.substr(0, text.size() - padding).find_first_not_of(letters) != text.npos) {
        return false;
    }
    bytes.resize(text.size() / 4 * 3);
    const int size = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(bytes.data()),
        bytes_of(text),
        static_cast<int>(text.size())
    );
    if (size < 0) {
        return false;
    }
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return true;
}

std::string hmac_sha1(std::string_view key, std::span<const std::string_view> pieces) {
    return hmac<Sha1>(key, pieces);
}
std::string hmac_sha256(std::string_view key, std::span<const std::string_view> pieces) {
    return hmac<Sha256>(key, pieces);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tornado::web
