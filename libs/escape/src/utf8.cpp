#include "tornado/escape/utf8.hpp"

#include <cstdint>
#include <cstring>

#include "code_point.hpp"

namespace tornado::escape {

namespace {

unsigned byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

/// How many bytes at the beginning are ASCII, counted eight at a time.
std::size_t ascii_prefix(std::string_view bytes) {
    constexpr std::uint64_t high_bits = 0x8080808080808080U;
    std::size_t i = 0;
    while (bytes.size() - i >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, sizeof word);
        if ((word & high_bits) != 0) {
            break;
        }
        i += sizeof word;
    }
    while (i < bytes.size() && byte_at(bytes, i) < 0x80) {
        ++i;
    }
    return i;
}

char as_char(char32_t value) {
    return static_cast<char>(static_cast<unsigned char>(value));
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) noexcept {
    for (;;) {
        bytes.remove_prefix(ascii_prefix(bytes));
        if (bytes.empty()) {
            return true;
        }
        // Text in other alphabets has many in a row.
        while (!bytes.empty() && byte_at(bytes, 0) >= 0x80) {
            const auto size = decode_utf8(bytes).size;
            if (size == 0) {
                return false;
            }
            bytes.remove_prefix(size);
        }
    }
}

CodePoint decode_utf8(std::string_view bytes) noexcept {
    if (bytes.empty()) {
        return {};
    }
    const auto lead = byte_at(bytes, 0);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead < 0xC2 || lead > 0xF4 || bytes.size() < size) {
        return {};
    }
    char32_t value = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto byte = byte_at(bytes, i);
        if ((byte & 0xC0U) != 0x80U) {
            return {};
        }
        value = value << 6U | (byte & 0x3FU);
    }
    const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return overlong || surrogate || value > 0x10FFFF ? CodePoint{} : CodePoint{value, size};
}

void append_utf8(std::string& out, char32_t character) {
    if (character < 0x80) {
        out += as_char(character);
        return;
    }
    if (character < 0x800) {
        out += as_char(0xC0U | character >> 6U);
    } else {
        if (character < 0x10000) {
            out += as_char(0xE0U | character >> 12U);
        } else {
            out += as_char(0xF0U | character >> 18U);
            out += as_char(0x80U | (character >> 12U & 0x3FU));
        }
        out += as_char(0x80U | (character >> 6U & 0x3FU));
    }
    out += as_char(0x80U | (character & 0x3FU));
}

}  // namespace tornado::escape
