#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tornado::auth {

/// Names and values of a query or a form, as they are: they are encoded on their way out.
using Parameters = std::vector<std::pair<std::string, std::string>>;

}  // namespace tornado::auth
