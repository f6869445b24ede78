#pragma once

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

// Python's operators. Each throws Error as Python would: TypeError, ZeroDivisionError; and
// OverflowError where the result is an integer beyond 64 bits.
[[nodiscard]] Value add(const Value& left, const Value& right);
[[nodiscard]] Value subtract(const Value& left, const Value& right);
[[nodiscard]] Value multiply(const Value& left, const Value& right);
[[nodiscard]] Value divide(const Value& left, const Value& right);
[[nodiscard]] Value floor_divide(const Value& left, const Value& right);
[[nodiscard]] Value modulo(const Value& left, const Value& right);
[[nodiscard]] Value power(const Value& left, const Value& right);
[[nodiscard]] Value bit_and(const Value& left, const Value& right);
[[nodiscard]] Value bit_or(const Value& left, const Value& right);
[[nodiscard]] Value bit_xor(const Value& left, const Value& right);
[[nodiscard]] Value shift_left(const Value& left, const Value& right);
[[nodiscard]] Value shift_right(const Value& left, const Value& right);
[[nodiscard]] Value negate(const Value& value);
[[nodiscard]] Value plus(const Value& value);
[[nodiscard]] Value invert(const Value& value);

}  // namespace tornado::templating::detail
