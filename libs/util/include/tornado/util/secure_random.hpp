#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tornado::util {

/// Fills `bytes` from the kernel's generator (getrandom). Throws std::system_error if the kernel
/// refuses.
void fill_secure_random(std::span<std::byte> bytes);

/// `size` bytes from the kernel's generator, as raw bytes in a string.
[[nodiscard]] std::string secure_random_bytes(std::size_t size);

}  // namespace tornado::util
