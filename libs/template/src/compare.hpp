#pragma once

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

/// Python's `==`, `is` and `<`. The last throws Error (TypeError) for values that have no order.
[[nodiscard]] bool are_equal(const Value& left, const Value& right);
[[nodiscard]] bool are_identical(const Value& left, const Value& right);
[[nodiscard]] bool is_less(const Value& left, const Value& right);

}  // namespace tornado::templating::detail
