#pragma once

#include <string>
#include <string_view>

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

/// Python's `text % value`, `text.format(...)` and `format(value, spec)`.
[[nodiscard]] std::string format_percent(std::string_view text, const Value& values);
[[nodiscard]] std::string format_fields(std::string_view text, const Arguments& arguments);
[[nodiscard]] std::string format_value(const Value& value, std::string_view spec);

/// `repr()` in ASCII.
[[nodiscard]] std::string ascii(const Value& value);

}  // namespace tornado::templating::detail
