#pragma once

#include <cstddef>
#include <string_view>

namespace tornado::escape {

inline constexpr std::size_t longest_entity_name = 31;
inline constexpr std::size_t longest_legacy_entity_name = 6;

/// The text of `&name;`, in UTF-8; empty when there is no such entity. Names are case-sensitive.
[[nodiscard]] std::string_view entity_text(std::string_view name) noexcept;

/// The text of `&name` with no semicolon after it, which only entities older than HTML 4 may lack.
[[nodiscard]] std::string_view legacy_entity_text(std::string_view name) noexcept;

}  // namespace tornado::escape
