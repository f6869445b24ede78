#pragma once

#include <string_view>

namespace tornado::escape {

/// Whether the bytes are UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond
/// U+10FFFF, nothing cut short.
[[nodiscard]] bool is_valid_utf8(std::string_view bytes) noexcept;

}  // namespace tornado::escape
