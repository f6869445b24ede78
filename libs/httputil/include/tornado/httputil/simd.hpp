#pragma once

#include <cstdint>

namespace tornado::httputil {

/// The instruction sets that the parsers of heads can use.
enum class Simd : std::uint8_t { scalar, sse42, avx2 };

/// The instruction set in use: the best one of this processor, unless use_simd() has chosen
/// another. Thread safety: any thread.
[[nodiscard]] Simd simd_in_use() noexcept;

/// Makes the parsers use `simd` from now on, in all threads, and says whether this processor and
/// build can. For tests and benchmarks: all choices give the same results. Thread safety: any
/// thread.
bool use_simd(Simd simd) noexcept;

}  // namespace tornado::httputil
