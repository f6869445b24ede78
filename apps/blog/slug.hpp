#pragma once

#include <string>
#include <string_view>

namespace blog {

/// A title as part of an address: "Crème brûlée, twice!" is "creme-brulee-twice"; "entry" when
/// nothing is left.
[[nodiscard]] std::string slug_of(std::string_view title);

}  // namespace blog
