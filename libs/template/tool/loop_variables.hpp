#pragma once

#include <vector>

#include "program.hpp"

namespace tornado::templating::tool {

/// For each variable of a program, by its slot: whether nothing but `for` gives it a value, and it
/// is only read within these loops. Such a variable may have the type of what the loop runs over.
[[nodiscard]] std::vector<bool> loop_variables(const detail::Program& program);

}  // namespace tornado::templating::tool
