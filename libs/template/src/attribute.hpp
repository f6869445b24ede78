#pragma once

#include <string_view>

#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

/// A method of strings, lists, dicts or numbers.
struct Method {
    std::string_view name;
    std::size_t least;  ///< how many arguments it takes, besides the object
    std::size_t most;
    Value (*call)(const Value& self, const Arguments& arguments);
    bool takes_keywords = false;
};

/// The method of this name that values of this kind have; null when there is none.
[[nodiscard]] const Method* find_method(Kind kind, std::string_view name) noexcept;

/// The object of a method that is a value of its own, as `list.append` is; null for other values.
[[nodiscard]] const Value* object_of_method(const Value& method) noexcept;

}  // namespace tornado::templating::detail
