#include "charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <tornado/escape/utf8.hpp>
#include <tornado/util/scope_exit.hpp>

#include "tornado/locale/error.hpp"

namespace tornado::locale {

namespace {

constexpr std::string_view utf8_mark = "\xef\xbb\xbf";
constexpr std::string_view little_endian_mark = "\xff\xfe";
constexpr std::string_view big_endian_mark = "\xfe\xff";

/// The name in lower case with only its letters and digits, so that "UTF-8", "utf8" and "utf_8" are
/// one.
std::string folded(std::string_view encoding) {
    std::string name;
    for (const char c : encoding) {
        if (c >= 'A' && c <= 'Z') {
            name += static_cast<char>(c - 'A' + 'a');
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            name += c;
        }
    }
    return name;
}

void append_utf8(std::string& out, unsigned code_point) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F));
    };
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xC0 | (code_point >> 6));
        tail(0);
    } else if (code_point < 0x10000) {
        out += static_cast<char>(0xE0 | (code_point >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (code_point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

Result<std::string> decode_utf8(std::string_view bytes) {
    if (bytes.starts_with(utf8_mark)) {
        bytes.remove_prefix(utf8_mark.size());
    }
    if (!escape::is_valid_utf8(bytes)) {
        return Errc::malformed_text;
    }
    return std::string{bytes};
}

Result<std::string> decode_utf16(std::string_view bytes, bool big_endian) {
    if (bytes.size() % 2 != 0) {
        return Errc::malformed_text;
    }
    const auto unit = [&](std::size_t i) {
        const unsigned first = static_cast<unsigned char>(bytes[i]);
        const unsigned second = static_cast<unsigned char>(bytes[i + 1]);
        return big_endian ? first << 8 | second : second << 8 | first;
    };
    std::string text;
    text.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        auto code_point = unit(i);
        if (code_point >= 0xD800 && code_point <= 0xDFFF) {
            const auto low = i + 2 < bytes.size() ? unit(i + 2) : 0;
            if (code_point >= 0xDC00 || low < 0xDC00 || low > 0xDFFF) {
                return Errc::malformed_text;  // a surrogate that has no partner
            }
            code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        }
        append_utf8(text, code_point);
    }
    return text;
}

Result<std::string> decode_utf16_by_mark(std::string_view bytes) {
    const bool big_endian = bytes.starts_with(big_endian_mark);
    if (big_endian || bytes.starts_with(little_endian_mark)) {
        bytes.remove_prefix(2);
    }
    return decode_utf16(bytes, big_endian);
}

bool is_name_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view{"-_.:+()"}.find(c) != std::string_view::npos;
}

Result<std::string> decode_by_iconv(std::string_view bytes, const std::string& encoding) {
    if (!std::ranges::all_of(encoding, is_name_character)) {
        return Errc::unknown_charset;  // iconv takes orders behind a slash, such as to skip errors
    }
    const auto converter = ::iconv_open("UTF-8", encoding.c_str());
    if (converter == reinterpret_cast<iconv_t>(-1)) {
        return Errc::unknown_charset;
    }
    const util::ScopeExit closed{[&] { ::iconv_close(converter); }};
    std::string text;
    auto* input = const_cast<char*>(bytes.data());  // iconv does not write there
    auto left = bytes.size();
    bool flushed = false;
    while (!flushed) {
        char buffer[4096];
        auto* output = buffer;
        auto room = sizeof buffer;
        flushed = left == 0;  // the last call writes what the encoding still keeps back
        const auto outcome = ::iconv(converter, flushed ? nullptr : &input, &left, &output, &room);
        text.append(buffer, sizeof buffer - room);
        if (outcome == static_cast<std::size_t>(-1) && errno != E2BIG) {
            return Errc::malformed_text;
        }
    }
    return text;
}

bool is_utf8(std::string_view name) {
    return name == "utf8" || name == "utf8sig" || name == "ascii" || name == "usascii";
}

}  // namespace

Result<std::string> decode(std::string_view bytes, std::string_view encoding) {
    const auto name = folded(encoding);
    if (name.empty()) {
        const bool wide =
            bytes.starts_with(little_endian_mark) || bytes.starts_with(big_endian_mark);
        return wide ? decode_utf16_by_mark(bytes) : decode_utf8(bytes);
    }
    if (is_utf8(name)) {
        return decode_utf8(bytes);
    }
    if (name == "utf16") {
        return decode_utf16_by_mark(bytes);
    }
    if (name == "utf16le" || name == "utf16be") {
        return decode_utf16(bytes, name == "utf16be");
    }
    return decode_by_iconv(bytes, std::string{encoding});
}

bool is_known_charset(std::string_view encoding) {
    return decode({}, encoding).error() != Errc::unknown_charset;
}

}  // namespace tornado::locale
