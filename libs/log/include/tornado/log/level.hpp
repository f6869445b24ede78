#pragma once

#include <optional>
#include <string_view>

namespace tornado::log {

/// How much a record matters; a greater level matters more. The numbers are those of Python's
/// logging.
enum class Level : unsigned char { debug = 10, info = 20, warning = 30, error = 40, critical = 50 };

/// The level's name in capitals, such as "WARNING".
[[nodiscard]] std::string_view level_name(Level level) noexcept;

/// The level of that name in either case, or nullopt when there is none of that name.
[[nodiscard]] std::optional<Level> parse_level(std::string_view name) noexcept;

}  // namespace tornado::log
