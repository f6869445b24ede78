#include "tornado/escape/html.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "code_point.hpp"
#include "html_entities.hpp"

namespace tornado::escape {

namespace {

constexpr std::string_view entity_of(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#x27;";
        default:
            return {};
    }
}

constexpr auto is_special = [] {
    std::array<bool, 256> table{};
    for (const char c : {'&', '<', '>', '"', '\''}) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

#ifdef __SSE2__
/// A bit for each of 16 characters that has to be escaped.
unsigned specials_of(const char* block) {
    const auto chars = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
    const auto are = [chars](char c) { return _mm_cmpeq_epi8(chars, _mm_set1_epi8(c)); };
    const auto quotes = _mm_or_si128(are('"'), are('\''));
    const auto brackets = _mm_or_si128(are('<'), are('>'));
    const auto all = _mm_or_si128(_mm_or_si128(quotes, brackets), are('&'));
    return static_cast<unsigned>(_mm_movemask_epi8(all));
}
#endif

std::size_t find_special(std::string_view text, std::size_t from) {
#ifdef __SSE2__
    constexpr std::size_t block = 16;
    for (; text.size() - from >= block; from += block) {
        if (const auto specials = specials_of(text.data() + from); specials != 0) {
            return from + static_cast<std::size_t>(std::countr_zero(specials));
        }
    }
#endif
    while (from < text.size() && !is_special[static_cast<unsigned char>(text[from])]) {
        ++from;
    }
    return from;
}

/// Appends `text`, whose first special character stands at `special`.
void append_escaped(std::string& out, std::string_view text, std::size_t special) {
    std::size_t plain = 0;
    while (special != text.size()) {
        out.append(text, plain, special - plain);
        out += entity_of(text[special]);
        plain = special + 1;
        special = find_special(text, plain);
    }
    out.append(text, plain);
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The value of a hexadecimal digit, or 16.
constexpr unsigned hex_value(char c) {
    if (is_digit(c)) {
        return static_cast<unsigned>(c - '0');
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : 16;
}

/// What HTML makes of a number that is Windows-1252's rather than Unicode's: 0x80 to 0x9F.
constexpr char32_t windows_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

/// Controls and noncharacters, which vanish.
constexpr bool is_dropped(char32_t number) {
    return (number >= 0x1 && number <= 0x8) || number == 0xB || (number >= 0xE && number <= 0x1F) ||
           number == 0x7F || (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;
}

void append_numbered(std::string& out, char32_t number) {
    constexpr char32_t replacement = 0xFFFD;
    if (number >= 0x80 && number <= 0x9F) {
        append_utf8(out, windows_1252[number - 0x80]);
    } else if (number == 0 || number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF)) {
        append_utf8(out, replacement);
    } else if (!is_dropped(number)) {
        append_utf8(out, number);
    }
}

/// Decodes the `&#...` that `text` begins with; returns how much of it that was, 0 for nothing.
std::size_t decode_number(std::string& out, std::string_view text) {
    const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
    const unsigned base = hex ? 16 : 10;
    const std::size_t first = hex ? 3 : 2;
    std::size_t i = first;
    char32_t number = 0;
    for (; i < text.size() && hex_value(text[i]) < base; ++i) {
        number = std::min<char32_t>(number * base + hex_value(text[i]), 0x110000);  // beyond all
    }
    if (i == first) {
        return 0;
    }
    append_numbered(out, number);
    return i < text.size() && text[i] == ';' ? i + 1 : i;
}

constexpr bool is_alphanumeric(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

/// The same for the `&name` or `&name;` that `text` begins with.
std::size_t decode_name(std::string& out, std::string_view text) {
    const auto longest = std::min(text.size() - 1, longest_entity_name);
    std::size_t size = 0;
    while (size < longest && is_alphanumeric(text[1 + size])) {
        ++size;
    }
    const auto name = text.substr(1, size);
    if (text.size() > 1 + size && text[1 + size] == ';') {
        if (const auto meaning = entity_text(name); !meaning.empty()) {
            out += meaning;
            return size + 2;
        }
    }
    for (size = std::min(size, longest_legacy_entity_name); size >= 2; --size) {
        if (const auto meaning = legacy_entity_text(name.substr(0, size)); !meaning.empty()) {
            out += meaning;
            return size + 1;
        }
    }
    return 0;
}

}  // namespace

std::string xhtml_escape(std::string_view text) {
    std::string out;
    const auto special = find_special(text, 0);
    if (special != text.size()) {
        out.reserve(text.size() + text.size() / 8 + 16);
    }
    append_escaped(out, text, special);
    return out;
}

void append_xhtml_escaped(std::string& out, std::string_view text) {
    append_escaped(out, text, find_special(text, 0));
}

std::string xhtml_unescape(std::string_view text) {
    auto ampersand = text.find('&');
    if (ampersand == text.npos) {
        return std::string{text};
    }
    std::string out;
    out.reserve(text.size());
    while (ampersand != text.npos) {
        out.append(text, 0, ampersand);
        text.remove_prefix(ampersand);
        auto used =
            text.size() > 1 && text[1] == '#' ? decode_number(out, text) : decode_name(out, text);
        if (used == 0) {
            out += '&';
            used = 1;
        }
        text.remove_prefix(used);
        ampersand = text.find('&');
    }
    out += text;
    return out;
}

std::string squeeze(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool gap = false;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) <= 0x20) {
            gap = true;
            continue;
        }
        if (gap && !out.empty()) {
            out += ' ';
        }
        gap = false;
        out += c;
    }
    return out;
}

}  // namespace tornado::escape
