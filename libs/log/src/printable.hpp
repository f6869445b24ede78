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

/// Appends `text` so that it can be shown on a terminal as one record: newlines are indented, and
/// what is not valid UTF-8 or is a control character other than newline and tab becomes `\xNN`,
/// byte by byte.
void append_printable(std::string& out, std::string_view text);

}  // namespace tornado::log
