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

    /// A known name in lower case, padded with zeros.
    struct Slot {
        std::array<char, longest> name{};
        std::size_t length = 0;
    };

    std::array<Slot, known_header_count> names{};
    std::array<std::uint8_t, slots> index{};
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
        auto& slot = table.names[i];
        slot.length = known_names[i].size();
        for (std::size_t at = 0; at < slot.length; ++at) {
            slot.name[at] = lower(known_names[i][at]);
        }
        auto& entry = table.index[KnownHeaderTable::hash(known_names[i])];
        table.perfect = table.perfect && entry == 0;
        entry = static_cast<std::uint8_t>(i);
    }
    return table;
}

inline constexpr auto known_header_table = make_known_header_table();
static_assert(known_header_table.perfect, "choose other factors for KnownHeaderTable::hash");

/// Whether Word-sized pieces differ but for the case of `theirs`, a piece of a token: among the
/// bytes of tokens, setting bit 5 merges a letter with its other case and nothing with a letter, a
/// digit or a hyphen.
template <typename Word>
bool differ(const char* ours, const char* theirs) noexcept {
    Word a;
    Word b;
    std::memcpy(&a, ours, sizeof(Word));
    std::memcpy(&b, theirs, sizeof(Word));
    return a != (b | static_cast<Word>(0x2020202020202020));
}

/// The number of `name`, which is a non-empty token.
inline KnownHeader known_header_of_token(std::string_view name) noexcept {
    const auto number = known_header_table.index[KnownHeaderTable::hash(name)];
    const auto& slot = known_header_table.names[number];
    const auto size = name.size();
    const char* ours = slot.name.data();
    const char* theirs = name.data();
    if (slot.length != size) {
        return KnownHeader::other;
    }
    bool different = false;
    if (size >= 8) {
        for (std::size_t at = 0; at + 8 < size; at += 8) {
            different = different || differ<std::uint64_t>(ours + at, theirs + at);
        }
        different = different || differ<std::uint64_t>(ours + size - 8, theirs + size - 8);
    } else if (size >= 4) {
        different = differ<std::uint32_t>(ours, theirs) ||
                    differ<std::uint32_t>(ours + size - 4, theirs + size - 4);
    } else {
        for (std::size_t at = 0; at < size; ++at) {
            different = different || ours[at] != lower(theirs[at]);
        }
    }
    return different ? KnownHeader::other : static_cast<KnownHeader>(number);
}

}  // namespace tornado::httputil
