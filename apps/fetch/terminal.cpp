#include "terminal.hpp"

#include <unistd.h>

namespace {

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 && byte <= 0x9f;
}

/// How many bytes of a UTF-8 character follow `c`, its first.
int bytes_behind(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
}

void append_escape(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\x");
    out.push_back(hex[byte >> 4U]);
    out.push_back(hex[byte & 15U]);
}

}  // namespace

std::string printable(std::string_view text, std::FILE* to) {
    if (::isatty(::fileno(to)) == 0) {
        return std::string{text};
    }
    std::string out;
    int behind = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\xc2' && i + 1 < text.size() && is_control(text[i + 1])) {
            append_escape(out, text[++i]);
            behind = 0;
        } else if (behind == 0 && is_control(c)) {
            append_escape(out, c);
        } else {
            const bool continues = (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
            behind = continues && behind > 0 ? behind - 1 : bytes_behind(c);
            out.push_back(c);
        }
    }
    return out;
}
