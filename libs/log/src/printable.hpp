#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tornado::log {

/// The bytes of the character in UTF-8 that starts at `i` (RFC 3629, 4), or 0 when none does.
[[nodiscard]] std::size_t character_length(std::string_view text, std::size_t i);

/// Whether this character, of at least one byte, is a control character (U+0000 to U+001F, U+007F
/// to U+009F).
[[nodiscard]] bool is_control(std::string_view character);

/// Whether this character cannot be seen, but turns the text around it or breaks its line: marks of
/// direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), U+2028 and U+2029.
[[nodiscard]] bool is_misleading(std::string_view character);

/// Appends `text` so that it can be shown on a terminal as one record: newlines are indented, and
/// what is not valid UTF-8, misleads or is a control character other than newline and tab becomes
/// `\xNN`, byte by byte.
void append_printable(std::string& out, std::string_view text);

}  // namespace tornado::log
