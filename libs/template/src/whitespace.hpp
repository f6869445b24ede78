#pragma once

#include <string>
#include <string_view>

namespace tornado::templating::detail {

/// Whether there is a white space mode of this name: all, single, oneline.
[[nodiscard]] bool is_whitespace_mode(std::string_view mode) noexcept;

/// The mode of a file that does not say: `single` for .html and .js, `all` for others.
[[nodiscard]] std::string_view default_whitespace(std::string_view name) noexcept;

/// The text with its white space as the mode, which must be one, wants it.
[[nodiscard]] std::string filtered(std::string_view mode, std::string_view text);

}  // namespace tornado::templating::detail
