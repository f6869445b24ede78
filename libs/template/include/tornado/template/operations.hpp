#pragma once

#include <optional>

#include "tornado/template/value.hpp"

// What the language does to values; templates that run and those that were compiled do it alike.
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

/// Python's `==`, `is` and `<`. The last throws Error (TypeError) for values that have no order.
[[nodiscard]] bool are_equal(const Value& left, const Value& right);
[[nodiscard]] bool are_identical(const Value& left, const Value& right);
[[nodiscard]] bool is_less(const Value& left, const Value& right);

/// What `object.name` is. Throws Error (AttributeError) when there is no such thing.
[[nodiscard]] Value attribute_of(const Value& object, std::string_view name);

/// Calls a value. What the user's function throws comes out as an Error; see there.
[[nodiscard]] Value call(const Value& callable, const Arguments& arguments);

/// Calls `object.name(arguments)`.
[[nodiscard]] Value
call_method(const Value& object, std::string_view name, const Arguments& arguments);

/// What `[index]` gives of a list, tuple, string or dict, and `[start:stop:step]` of the former.
[[nodiscard]] Value subscript(const Value& container, const Value& index);
[[nodiscard]] Value slice(
    const Value& container,
    std::optional<std::int64_t> start,
    std::optional<std::int64_t> stop,
    std::optional<std::int64_t> step
);

/// Python's `item in container`.
[[nodiscard]] bool contains(const Value& container, const Value& item);

/// A list or tuple of these.
[[nodiscard]] Value make_list(std::vector<Value> items, Kind kind = Kind::list);

/// A list of consecutive numbers, made as it is read: what `range()` gives.
[[nodiscard]] Value make_range(std::int64_t start, std::int64_t stop, std::int64_t step);

}  // namespace tornado::templating::detail
