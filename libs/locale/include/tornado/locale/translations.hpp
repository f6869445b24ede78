#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/locale/locale.hpp"

namespace tornado::locale {

/// The most bytes that a file of translations may have.
inline constexpr std::size_t max_translations_size = 64 * 1024 * 1024;

/// The loaded locale that fits one of these codes best: the first code that has one, for itself or
/// for its language alone, "pt" for "pt-BR". `-` and `_` mean the same, and case does not matter. A
/// code of more than two parts fits nothing. When none fits, the default locale. Mirrors
/// `tornado.locale.get`.
[[nodiscard]] std::shared_ptr<const Locale> get(const std::vector<std::string>& codes);

/// The same of codes one by one: `get("pt-BR", "en")`.
template <std::convertible_to<std::string_view>... Codes>
[[nodiscard]] std::shared_ptr<const Locale> get(const Codes&... codes) {
    return get(std::vector<std::string>{std::string{std::string_view{codes}}...});
}

/// Says in which locale the program's own messages are; "en_US" unless told otherwise. It needs no
/// translations. Mirrors `tornado.locale.set_default_locale`.
void set_default_locale(std::string code);

/// Loads translations from all files in the folder that are named after a locale, such as
/// `es_GT.csv`, in place of all that were loaded before.
///
/// Each row has a message, its translation, and, for messages about a number, the word "singular"
/// or "plural"; for others "unknown", or nothing. Without an `encoding` a file's byte order mark
/// says whether it is UTF-16; else it is UTF-8. A file of another name, one that cannot be read,
/// and a row with another word in the third column are logged as errors and skipped.
///
/// Throws std::filesystem::filesystem_error when the folder cannot be read, and
/// std::invalid_argument for an encoding that is not known here; nothing is then changed.
/// Blocks while it reads: call it when the program starts. Thread safety: this and all others here,
/// from any thread. Mirrors `tornado.locale.load_translations`.
///
///     "I love you","Te amo"
///     "%(name)s liked this","A %(name)s les gustó esto","plural"
///     "%(name)s liked this","A %(name)s le gustó esto","singular"
void load_translations(const std::string& directory, std::string_view encoding = {});

/// Loads translations from all catalogues `<directory>/<locale>/LC_MESSAGES/<domain>.mo`, in place
/// of all that were loaded before. A catalogue that is malformed or cannot be read is logged as an
/// error and skipped.
///
/// Throws std::filesystem::filesystem_error when the folder cannot be read; nothing is then
/// changed. Blocks while it reads. Mirrors `tornado.locale.load_gettext_translations`.
void load_gettext_translations(const std::string& directory, std::string_view domain);

/// The codes of all locales there are, sorted: those with translations, and the default.
/// Mirrors `tornado.locale.get_supported_locales`.
[[nodiscard]] std::vector<std::string> get_supported_locales();

}  // namespace tornado::locale
