#pragma once

#include <system_error>

namespace tornado::escape {

/// What can be wrong with text that is to be decoded.
enum class Errc {
    invalid_utf8 = 1,  ///< bytes that are not UTF-8
    malformed_query,   ///< a field of a query string without "="
};

/// The category of Errc, "tornado.escape".
[[nodiscard]] const std::error_category& error_category() noexcept;

[[nodiscard]] inline std::error_code make_error_code(Errc error) noexcept {
    return {static_cast<int>(error), error_category()};
}

}  // namespace tornado::escape

template <>
struct std::is_error_code_enum<tornado::escape::Errc> : std::true_type {};
