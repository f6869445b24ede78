#pragma once

#include <system_error>

namespace tornado::locale {

/// What can be wrong with a file of translations.
enum class Errc {
    not_a_catalogue = 1,     ///< does not begin as a gettext catalogue (.mo) does
    unsupported_version,     ///< a catalogue of a later format
    truncated,               ///< a table or a text reaches beyond the end, or lacks its final NUL
    too_large,               ///< more than max_translations_size bytes
    unknown_charset,         ///< the encoding that it names is not known here
    malformed_text,          ///< bytes that are no text in the file's encoding
    malformed_plural_forms,  ///< see PluralForms::parse()
    duplicate_message,       ///< one message twice in a catalogue
    overlapping_texts,       ///< a catalogue whose texts would take more than the file has
};

/// The category of Errc, "tornado.locale".
[[nodiscard]] const std::error_category& error_category() noexcept;

[[nodiscard]] inline std::error_code make_error_code(Errc error) noexcept {
    return {static_cast<int>(error), error_category()};
}

}  // namespace tornado::locale

template <>
struct std::is_error_code_enum<tornado::locale::Errc> : std::true_type {};
