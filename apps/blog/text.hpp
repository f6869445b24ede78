#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace blog {

/// Text as HTML and XML may hold it: what they may not becomes a space (XML 1.0, 2.2), and line
/// ends become "\n".
[[nodiscard]] std::string cleaned(std::string_view text);

/// Whether it is UTF-8 without line ends, control characters, or what cleaned() would change.
[[nodiscard]] bool is_line(std::string_view text);

/// How many characters UTF-8 has, as people and forms count them: code points.
[[nodiscard]] std::size_t length_of(std::string_view text);

}  // namespace blog
