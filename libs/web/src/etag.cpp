#include "etag.hpp"

// The plain digest functions are deprecated in favour of EVP, not gone.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>

namespace tornado::web {

namespace {

std::string_view without_weakness(std::string_view tag) noexcept {
    if (tag.starts_with("W/")) {
        tag.remove_prefix(2);
    }
    return tag;
}

}  // namespace

Etag::Etag(std::string_view content) {
    // OpenSSL's plain functions: EVP costs twice as much for a short page, and refuses SHA-1 where
    // a policy forbids it for signatures, which this is not.
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, content.data(), content.size());
    SHA1_Final(digest.data(), &context);
    constexpr std::string_view digits = "0123456789abcdef";
    text_.front() = text_.back() = '"';
    for (std::size_t i = 0; i < digest.size(); ++i) {
        text_[2 * i + 1] = digits[digest[i] >> 4U];
        text_[2 * i + 2] = digits[digest[i] & 0xfU];
    }
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) noexcept {
    if (if_none_match.starts_with('*')) {
        return true;
    }
    etag = without_weakness(etag);
    // A tag is what stands between two quotes; commas may be part of it.
    while (true) {
        const auto open = if_none_match.find('"');
        if (open == std::string_view::npos) {
            return false;
        }
        const auto close = if_none_match.find('"', open + 1);
        if (close == std::string_view::npos) {
            return false;
        }
        if (if_none_match.substr(open, close + 1 - open) == etag) {
            return true;
        }
        if_none_match.remove_prefix(close + 1);
    }
}

}  // namespace tornado::web
