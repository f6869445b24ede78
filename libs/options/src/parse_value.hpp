#pragma once

#include <string_view>
#include <vector>

#include "tornado/options/value.hpp"

namespace tornado::options {

/// Reads a value as it stands on the command line. Throws Error.
[[nodiscard]] Value parse_value(std::string_view text, const Type& type);

/// Reads one value of a list, or the only one. Throws Error.
[[nodiscard]] Scalar parse_scalar(std::string_view text, const Type& type);

}  // namespace tornado::options
