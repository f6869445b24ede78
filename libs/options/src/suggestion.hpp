#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tornado::options {

/// The one of `known` that `word` was probably meant to be, or nothing.
[[nodiscard]] std::string_view
nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace tornado::options
