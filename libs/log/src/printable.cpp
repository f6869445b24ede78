#include "printable.hpp"

#include <cstddef>

namespace tornado::log {

namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

bool is_continuation(std::string_view text, std::size_t i) {
    return i < text.size() && (byte_at(text, i) & 0xC0) == 0x80;
}

/// The bytes of the printable character that starts at `i`, or 0 when there is none.
std::size_t printable_length(std::string_view text, std::size_t i) {
    const auto length = character_length(text, i);
    const auto character = text.substr(i, length);
    const bool shown = text[i] == '\t' || !(is_control(character) || is_misleading(character));
    return shown ? length : 0;
}

void append_escaped(std::string& out, unsigned byte) {
    constexpr char digits[] = "0123456789abcdef";
    out += "\\x";
    out += digits[byte >> 4];
    out += digits[byte & 0x0F];
}

}  // namespace

bool is_control(std::string_view character) {
    const auto first = character.empty() ? 0 : byte_at(character, 0);
    return character.size() == 1 ? first < 0x20 || first == 0x7F
                                 : first == 0xC2 && byte_at(character, 1) < 0xA0;
}

bool is_misleading(std::string_view character) {
    if (character.size() == 2) {
        return character == "\u061c";
    }
    return character.size() == 3 && (character == "\u200e" || character == "\u200f" ||
                                     (character >= "\u2028" && character <= "\u202e") ||
                                     (character >= "\u2066" && character <= "\u2069"));
}

std::size_t character_length(std::string_view text, std::size_t i) {
    const auto lead = byte_at(text, i);
    if (lead < 0x80) {
        return 1;
    }
    if (!is_continuation(text, i + 1)) {
        return 0;
    }
    const auto second = byte_at(text, i + 1);
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool overlong = lead == 0xE0 && second < 0xA0;
        const bool surrogate = lead == 0xED && second >= 0xA0;
        return overlong || surrogate || !is_continuation(text, i + 2) ? 0 : 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool overlong = lead == 0xF0 && second < 0x90;
        const bool beyond = lead == 0xF4 && second >= 0x90;  // above U+10FFFF
        return overlong || beyond || !is_continuation(text, i + 2) || !is_continuation(text, i + 3)
                   ? 0
                   : 4;
    }
    return 0;
}

void append_printable(std::string& out, std::string_view text) {
    while (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    std::size_t i = 0;
    while (i < text.size()) {
        if (const auto length = printable_length(text, i); length != 0) {
            out.append(text, i, length);
            i += length;
            continue;
        }
        if (text[i] == '\n') {
            out += "\n    ";
        } else {
            append_escaped(out, byte_at(text, i));
        }
        ++i;
    }
}

}  // namespace tornado::log
