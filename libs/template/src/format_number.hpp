#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

/// How a value is to be shown, as both `%` and format() describe it.
struct FormatSpec {
    std::string fill = " ";
    char align = 0;  ///< one of `<>=^`; 0 for the type's own way
    char sign = '-';
    bool no_negative_zero = false;  ///< what is shown as zero has no sign
    bool alternate = false;
    std::size_t width = 0;
    char grouping = 0;
    std::optional<int> precision;
    char type = 0;
};

/// Brings a text to the width. `sign` is what stands before any zeros that fill up a number.
[[nodiscard]] std::string
padded(const FormatSpec& spec, std::string_view sign, std::string_view text, char align);

/// A number by its spec, whose type must be one of integers' or of floats'.
[[nodiscard]] std::string format_integer(const FormatSpec& spec, std::int64_t number);
[[nodiscard]] std::string format_floating(const FormatSpec& spec, double number);

}  // namespace tornado::templating::detail
