#include "etag.hpp"

// The plain digest functions are deprecated in favour of EVP, not gone.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace tornado::web {

namespace {

/// Each byte's two hexadecimal digits, side by side.
constexpr auto hex_pairs = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 512> pairs{};
    for (std::size_t byte = 0; byte < 256; ++byte) {
        pairs[2 * byte] = digits[byte >> 4U];
        pairs[2 * byte + 1] = digits[byte & 0xfU];
    }
    return pairs;
}();

std::string_view without_weakness(std::string_view tag) noexcept {
    if (tag.starts_with("W/")) {
        tag.remove_prefix(2);
    }
    return tag;
}

/// The tags of a few short bodies that were sent last. What is asked for most often, such as the
/// answer to a health check or to a poll that finds nothing new, is mostly short and the same.
class RecentTags {
public:
    /// Larger content is not kept: there the digest costs little beside the sending.
    static constexpr std::size_t most_bytes = 128;

    struct Entry {
        std::array<char, most_bytes> content{};
        std::array<char, 42> tag{};
        std::size_t size = most_bytes + 1;  ///< larger than any content: holds none yet

        [[nodiscard]] bool is_of(std::string_view other) const noexcept {
            return size == other.size() && std::memcmp(content.data(), other.data(), size) == 0;
        }
    };

    /// The only place where `content`, which is short and not empty, may be.
    Entry& place_of(std::string_view content) noexcept {
        const auto at = [&](std::size_t i) { return static_cast<unsigned char>(content[i]); };
        const auto size = content.size();
        return entries_[(size + 3U * at(size / 2) + 5U * at(size - 1)) % entries_.size()];
    }

private:
    std::array<Entry, 16> entries_{};
};

constinit thread_local RecentTags recent;

}  // namespace

Etag::Etag(std::string_view content) {
    if (content.empty() || content.size() > RecentTags::most_bytes) {
        compute(content);
        return;
    }
    auto& entry = recent.place_of(content);
    if (!entry.is_of(content)) {
        compute(content);
        std::memcpy(entry.content.data(), content.data(), content.size());
        entry.size = content.size();
        entry.tag = text_;
        return;
    }
    text_ = entry.tag;
}

void Etag::compute(std::string_view content) {
    // OpenSSL's plain functions: EVP costs twice as much for a short page, and refuses SHA-1 where
    // a policy forbids it for signatures, which this is not.
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, content.data(), content.size());
    SHA1_Final(digest.data(), &context);
    text_.front() = text_.back() = '"';
    for (std::size_t i = 0; i < digest.size(); ++i) {
        std::memcpy(&text_[2 * i + 1], &hex_pairs[2 * std::size_t{digest[i]}], 2);
    }
}

namespace {

/// Whether `field`, the value of a condition, is "*" or names a tag for which `is_it` says so.
template <typename IsIt>
bool any_tag(std::string_view field, IsIt is_it) noexcept {
    if (field == "*") {
        return true;
    }
    const auto skip = [&field](std::string_view set) {
        field.remove_prefix(std::min(field.find_first_not_of(set), field.size()));
    };
    // RFC 9110, 8.8.3: a tag stands between two quotes, and may have commas. Where no tag begins,
    // or no comma follows one, there is no list any more.
    while (true) {
        skip(", \t");
        const bool weak = field.starts_with("W/");
        field.remove_prefix(weak ? 2 : 0);
        const auto close = field.find('"', 1);
        if (!field.starts_with('"') || close == field.npos) {
            return false;
        }
        const auto tag = field.substr(0, close + 1);
        field.remove_prefix(tag.size());
        skip(" \t");
        if (!field.empty() && field.front() != ',') {
            return false;
        }
        if (is_it(tag, weak)) {
            return true;
        }
    }
}

}  // namespace

bool etag_matches(std::string_view if_none_match, std::string_view etag) noexcept {
    etag = without_weakness(etag);
    return any_tag(if_none_match, [&](std::string_view tag, bool) { return tag == etag; });
}

bool etag_matches_strongly(std::string_view if_match, std::string_view etag) noexcept {
    return any_tag(if_match, [&](std::string_view tag, bool weak) { return !weak && tag == etag; });
}

}  // namespace tornado::web
