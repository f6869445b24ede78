#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace tornado::util {

/// One line for each address, which lies inside a call: `#0 function (file+0x12ab)`. Reads the
/// symbol tables of the program and its shared libraries; where those name nothing, `??` stands.
/// Slow: for reports only.
[[nodiscard]] std::string describe_calls(std::span<const std::uintptr_t> calls);

}  // namespace tornado::util
