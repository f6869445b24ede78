#pragma once

#include <limits>
#include <string_view>

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

/// A function that every template knows.
struct Builtin {
    std::string_view name;
    std::size_t least;  ///< how many arguments it takes
    std::size_t most;
    Value (*call)(const Arguments& arguments);
    bool takes_keywords = false;
    /// For the name of a type: whether a value is of it.
    bool (*is_instance)(const Value& value) = nullptr;
};

inline constexpr auto any_number = std::numeric_limits<std::size_t>::max();

[[nodiscard]] Value builtin_value(const Builtin& builtin) noexcept;

/// The built-in function that a value is; null for other values.
[[nodiscard]] const Builtin* as_builtin(const Value& value) noexcept;

// The functions by subject.
[[nodiscard]] const std::vector<Builtin>& sequence_builtins();
[[nodiscard]] const std::vector<Builtin>& number_builtins();
[[nodiscard]] const std::vector<Builtin>& object_builtins();
[[nodiscard]] const std::vector<Builtin>& escape_builtins();

}  // namespace tornado::templating::detail
