#include "etag.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace tornado::web {

namespace {

/// SHA-1, looked up once a thread: the look-up costs more than the hash of a short page.
class Sha1 {
public:
    static constexpr std::size_t size = 20;
    using Digest = std::array<unsigned char, size>;

    Digest operator()(std::string_view content) {
        Digest digest;
        if (EVP_DigestInit_ex2(context_.get(), method_.get(), nullptr) != 1 ||
            EVP_DigestUpdate(context_.get(), content.data(), content.size()) != 1 ||
            EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) {
            throw std::runtime_error{"OpenSSL cannot compute SHA-1; override compute_etag()"};
        }
        return digest;
    }

private:
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> method_{
        EVP_MD_fetch(nullptr, "SHA1", nullptr),
        &EVP_MD_free};
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{
        EVP_MD_CTX_new(),
        &EVP_MD_CTX_free};
};

std::string_view without_weakness(std::string_view tag) noexcept {
    if (tag.starts_with("W/")) {
        tag.remove_prefix(2);
    }
    return tag;
}

}  // namespace

Etag::Etag(std::string_view content) {
    static thread_local Sha1 sha1;
    const auto digest = sha1(content);
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
