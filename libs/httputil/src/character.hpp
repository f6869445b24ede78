#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tornado/httputil/token.hpp"
#include "tornado/util/ascii.hpp"

namespace tornado::httputil {

/// The byte classes of RFC 9110 and RFC 3986 that our parsers ask for, as bits of one table.
enum CharacterClass : std::uint16_t {
    token_char = 1,    ///< tchar
    value_char = 2,    ///< may stand in a field value: TAB, SP, VCHAR, obs-text
    visible_char = 4,  ///< may stand in a target: VCHAR, obs-text
    digit_char = 8,
    hex_char = 16,
    host_char =
        32,  ///< unreserved or sub-delims, as in a reg-name; but no comma, which joins two fields
    cookie_char = 64,  ///< may stand in a cookie value without quotes, as Python has it
    path_char = 128,   ///< may stand in a target's path: RFC 3986, and what clients do not escape
    query_char = 256,  ///< the same for its query
};

constexpr bool is_one_of(char c, std::string_view set) {
    return set.find(c) != set.npos;
}

constexpr std::array<std::uint16_t, 256> make_character_table() {
    std::array<std::uint16_t, 256> table{};
    for (int i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
        const bool visible = i > 0x20 && i != 0x7f;
        int bits = 0;
        bits |= is_token_char(c) ? token_char : 0;
        bits |= visible || c == ' ' || c == '\t' ? value_char : 0;
        bits |= visible ? visible_char : 0;
        bits |= digit ? digit_char : 0;
        bits |= digit || (i >= 'a' && i <= 'f') || (i >= 'A' && i <= 'F') ? hex_char : 0;
        bits |= digit || letter || is_one_of(c, "-._~!$&'()*+;=") ? host_char : 0;
        bits |= digit || letter || is_one_of(c, "!#$%&'*+-.^_`|~:") ? cookie_char : 0;
        const bool path = digit || letter || is_one_of(c, "-._~!$&'()*+,;=:@/%[]|^");
        bits |= path ? path_char : 0;
        bits |= path || is_one_of(c, "?\\`{}") || i >= 0x80 ? query_char : 0;
        table[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(bits);
    }
    return table;
}

inline constexpr auto character_table = make_character_table();

constexpr bool is(char c, CharacterClass what) noexcept {
    return (character_table[static_cast<unsigned char>(c)] & what) != 0;
}

constexpr bool all_are(std::string_view text, CharacterClass what) noexcept {
    unsigned common = what;  // without a branch for each: what comes is nearly always right
    for (const char c : text) {
        common &= character_table[static_cast<unsigned char>(c)];
    }
    return common != 0;
}

using util::equals_ignore_case;
using util::lower;

constexpr char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// `text` without the spaces and tabs around it (OWS), and without anything else removed.
constexpr std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

/// The text up to `separator`, which goes from `rest` along with it; `rest` is null data when there
/// is no more.
constexpr std::string_view take_until(std::string_view& rest, char separator) noexcept {
    const auto end = rest.find(separator);
    const auto piece = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    return piece;
}

}  // namespace tornado::httputil
