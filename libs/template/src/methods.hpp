#pragma once

#include <vector>

#include "attribute.hpp"

namespace tornado::templating::detail {

/// The methods of each kind, in the order of their names.
[[nodiscard]] const std::vector<Method>& string_methods();
[[nodiscard]] const std::vector<Method>& list_methods();
[[nodiscard]] const std::vector<Method>& tuple_methods();
[[nodiscard]] const std::vector<Method>& dict_methods();
[[nodiscard]] const std::vector<Method>& integer_methods();
[[nodiscard]] const std::vector<Method>& floating_methods();

/// Sorts as Python's `sorted()` does, by what `key` makes of each item unless that is None.
void sort_items(std::vector<Value>& items, const Value& key, bool reverse);

/// The argument at this place or of this name; null when it is not given.
[[nodiscard]] const Value*
argument(const Arguments& arguments, std::size_t place, std::string_view name);

/// Throws Error (TypeError) for a named argument that is none of these.
void check_names(const Arguments& arguments, std::initializer_list<std::string_view> names);

}  // namespace tornado::templating::detail
