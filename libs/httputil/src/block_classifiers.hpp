#pragma once

#include <cstddef>

#include "head_scanner.hpp"
#include "tornado/httputil/simd.hpp"

namespace tornado::httputil {

/// Does what classify_blocks() says.
using Classifier =
    void (*)(const char* data, std::size_t count, std::size_t high_half, BlockMasks* out) noexcept;

/// The classifier for an instruction set, or null when this processor or build lacks it.
[[nodiscard]] Classifier classifier_for(Simd simd) noexcept;

}  // namespace tornado::httputil
