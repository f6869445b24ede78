#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tornado::escape {

/// One character read from UTF-8; `size` is 0 when there is none.
struct CodePoint {
    char32_t value = 0;
    std::size_t size = 0;
};

/// The character that `bytes` begins with; none when they are empty or do not begin with valid
/// UTF-8.
[[nodiscard]] CodePoint decode_utf8(std::string_view bytes) noexcept;

/// Appends a character, which must be neither a surrogate nor beyond U+10FFFF, as UTF-8.
void append_utf8(std::string& out, char32_t character);

}  // namespace tornado::escape
