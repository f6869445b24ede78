#pragma once

#include <cstddef>

#include "head_scanner.hpp"
#include "tornado/httputil/simd.hpp"

namespace tornado::httputil {

/// Fills the masks of `count` blocks of 64 bytes each.
using Classifier = void (*)(const char* data, std::size_t count, BlockMasks* out) noexcept;

/// The classifier for an instruction set, or null when this processor or build lacks it.
[[nodiscard]] Classifier classifier_for(Simd simd) noexcept;

}  // namespace tornado::httputil
