#pragma once

#include <array>
#include <string_view>

namespace tornado::locale {

/// What a locale is called.
struct LocaleName {
    std::string_view code;     ///< such as "es_LA"
    std::string_view name_en;  ///< in English
    std::string_view name;     ///< in its own language, in UTF-8
};

/// The names of well-known locales, sorted by code; for a page that lets people choose, say.
/// Mirrors `tornado.locale.LOCALE_NAMES`.
extern const std::array<LocaleName, 62> LOCALE_NAMES;

/// The locale's name in its own language, or "Unknown".
[[nodiscard]] std::string_view name_of(std::string_view code) noexcept;

}  // namespace tornado::locale
