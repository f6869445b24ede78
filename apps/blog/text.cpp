#include "text.hpp"

#include <tornado/escape.hpp>

#include <algorithm>

namespace blog {

namespace {

/// U+FFFE and U+FFFF, which are no characters.
bool begins_with_none(std::string_view text) {
    return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF");
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
}

}  // namespace

std::string cleaned(std::string_view text) {
    std::string clean;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto rest = text.substr(i);
        if (begins_with_none(rest)) {
            clean += ' ';
            i += 2;
        } else if (rest.front() == '\r') {
            clean += rest.starts_with("\r\n") ? "" : "\n";
        } else {
            const bool is_kept =
                !is_control(rest.front()) || rest.front() == '\n' || rest.front() == '\t';
            clean += is_kept ? rest.front() : ' ';
        }
    }
    return clean;
}

bool is_line(std::string_view text) {
    return tornado::escape::is_valid_utf8(text) &&
           std::none_of(text.begin(), text.end(), is_control) && cleaned(text) == text;
}

std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not the middle of one
    }));
}

}  // namespace blog
