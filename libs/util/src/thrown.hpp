#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace tornado::util {

using CallsOf = std::vector<std::uintptr_t> (*)(const void* thrown);

/// Finds the calls that led to a thrown object; null in programs that do not watch throws.
extern std::atomic<CallsOf> calls_of_thrown;

}  // namespace tornado::util
