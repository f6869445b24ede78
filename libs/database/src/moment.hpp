#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tornado/database/value.hpp"

namespace tornado::database {

/// "2026-11-26 11:14:43.120000", in UTC.
[[nodiscard]] std::string moment_text(Moment moment);

/// Reads "2026-11-26", "2026-11-26 11:14", "2026-11-26T11:14:43.12Z", "2026-11-26 13:14:43+02" and
/// the like; UTC unless it says otherwise. Nullopt for what is no such text.
[[nodiscard]] std::optional<Moment> parse_moment(std::string_view text) noexcept;

}  // namespace tornado::database
