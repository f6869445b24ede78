#pragma once

#include <string_view>

namespace tornado::httputil {

/// Whether the character may stand in a token: a method, the name of a field, a parameter
/// (RFC 9110, 5.6.2).
[[nodiscard]] constexpr bool is_token_char(char c) noexcept {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != marks.npos;
}

/// Whether the text is a token: one such character at least, and no other.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

}  // namespace tornado::httputil
