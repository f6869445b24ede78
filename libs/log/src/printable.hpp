#pragma once

#include <string>
#include <string_view>

namespace tornado::log {

/// Appends `text` so that it can be shown on a terminal as one record: newlines are indented, and
/// what is not valid UTF-8 or is a control character other than newline and tab becomes `\xNN`,
/// byte by byte.
void append_printable(std::string& out, std::string_view text);

}  // namespace tornado::log
