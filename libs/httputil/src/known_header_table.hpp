#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "character.hpp"
#include "tornado/httputil/known_header.hpp"

namespace tornado::httputil {

/// The names of the known headers, in the order of the enumeration.
inline constexpr std::array<std::string_view, known_header_count> known_names{
    "",
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Accept-Ranges",
    "Age",
    "Allow",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
    "Etag",
    "Expect",
    "Expires",
    "Forwarded",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Last-Event-Id",
    "Last-Modified",
    "Location",
    "Origin",
    "Pragma",
    "Proxy-Authorization",
    "Range",
    "Referer",
    "Retry-After",
    "Sec-Websocket-Accept",
    "Sec-Websocket-Extensions",
    "Sec-Websocket-Key",
    "Sec-Websocket-Protocol",
    "Sec-Websocket-Version",
    "Server",
    "Set-Cookie",
    "Strict-Transport-Security",
    "Te",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "User-Agent",
    "Vary",
    "Via",
    "Www-Authenticate",
    "X-Csrftoken",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-Ip",
    "X-Requested-With",
    "X-Scheme",
    "X-Xsrftoken",
};

/// A hash table over the known names that has no collisions: a name is compared with one candidate
/// at most.
struct KnownHeaderTable {
    static constexpr std::size_t slots = 256;
    static constexpr std::size_t longest = 32;

    /// Which name may have that hash.
    struct Slot {
        std::uint8_t number = 0;
        std::uint8_t length = 0;
    };

    std::array<Slot, slots> index{};
    std::array<std::array<char, longest>, known_header_count> names{};  ///< in lower case
    bool perfect = true;

    static constexpr std::size_t hash(std::string_view name) noexcept {
        const auto size = name.size();
        const auto byte = [name](std::size_t at) {
            return static_cast<unsigned char>(name[at]) | 0x20U;
        };
        return (size * 68 + byte(size / 4) * 66 + byte(size * 2 / 3)) % slots;
    }
};

constexpr KnownHeaderTable make_known_header_table() {
    KnownHeaderTable table;
    for (std::size_t i = 1; i < known_names.size(); ++i) {
        for (std::size_t at = 0; at < known_names[i].size(); ++at) {
            table.names[i][at] = lower(known_names[i][at]);
        }
        auto& slot = table.index[KnownHeaderTable::hash(known_names[i])];
        table.perfect = table.perfect && slot.number == 0;
        slot = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(known_names[i].size())};
    }
    return table;
}

inline constexpr auto known_header_table = make_known_header_table();
static_assert(known_header_table.perfect, "choose other factors for KnownHeaderTable::hash");

/// The bits in which a word of `theirs`, a piece of a token, differs from `ours` but for its case:
/// among the bytes of tokens, setting bit 5 merges a letter with its other case and nothing else
/// with a letter, a digit or a hyphen.
template <typename Word>
Word difference(const char* ours, const char* theirs) noexcept {
    Word a;
    Word b;
    std::memcpy(&a, ours, sizeof(Word));
    std::memcpy(&b, theirs, sizeof(Word));
    return a ^ (b | static_cast<Word>(0x2020202020202020));
}

/// Whether two names of that length, at least 2 and at most 32, are the same: words that overlap
/// cover them.
inline bool same_name(const char* ours, const char* theirs, std::size_t size) noexcept {
    const auto last = [&](std::size_t word) { return size - word; };
    if (size >= 8) {
        auto bits = difference<std::uint64_t>(ours, theirs) |
                    difference<std::uint64_t>(ours + last(8), theirs + last(8));
        if (size > 16) {
            bits |= difference<std::uint64_t>(ours + 8, theirs + 8) |
                    difference<std::uint64_t>(ours + last(16), theirs + last(16));
        }
        return bits == 0;
    }
    if (size >= 4) {
        return (difference<std::uint32_t>(ours, theirs) |
                difference<std::uint32_t>(ours + last(4), theirs + last(4))) == 0;
    }
    return lower(theirs[0]) == ours[0] && lower(theirs[1]) == ours[1] &&
           lower(theirs[last(1)]) == ours[last(1)];
}

/// The number of `name`, which is a non-empty token.
inline KnownHeader known_header_of_token(std::string_view name) noexcept {
    const auto slot = known_header_table.index[KnownHeaderTable::hash(name)];
    const auto& known = known_header_table.names[slot.number];
    return slot.length == name.size() && same_name(known.data(), name.data(), name.size())
               ? static_cast<KnownHeader>(slot.number)
               : KnownHeader::other;
}

}  // namespace tornado::httputil
