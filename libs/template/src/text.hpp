#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text in UTF-8, by its characters. A byte that continues a character belongs to the one before
/// it, even where the bytes are no UTF-8 at all, so every text has characters.
namespace tornado::templating::text {

[[nodiscard]] constexpr bool continues(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// How many characters there are.
[[nodiscard]] std::size_t length(std::string_view text) noexcept;

/// Where the character begins that comes after the one at `position`.
[[nodiscard]] inline std::size_t next(std::string_view text, std::size_t position) noexcept {
    ++position;
    while (position < text.size() && continues(text[position])) {
        ++position;
    }
    return position;
}

/// Where the character of this number begins; the end of the text for its length.
[[nodiscard]] std::size_t offset(std::string_view text, std::size_t character) noexcept;

/// The first character, U+FFFD if it is not valid UTF-8. The text must not be empty.
[[nodiscard]] char32_t decode(std::string_view text) noexcept;

/// Appends a character as UTF-8.
void append(std::string& out, char32_t character);

// What Python's str methods of these names say of one character.
[[nodiscard]] bool is_space(char32_t character) noexcept;
[[nodiscard]] bool is_alpha(char32_t character) noexcept;
[[nodiscard]] bool is_upper(char32_t character) noexcept;
[[nodiscard]] bool is_lower(char32_t character) noexcept;
[[nodiscard]] bool is_printable(char32_t character) noexcept;

// The text with each character changed, by Unicode's rules.
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string title(std::string_view text);
[[nodiscard]] std::string capitalize(std::string_view text);
[[nodiscard]] std::string swapcase(std::string_view text);

/// Without the white space at its ends.
[[nodiscard]] std::string_view strip_left(std::string_view text) noexcept;
[[nodiscard]] std::string_view strip_right(std::string_view text) noexcept;

}  // namespace tornado::templating::text
