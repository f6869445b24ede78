#pragma once

#include <string_view>
#include <system_error>

namespace tornado::log {

/// Writes all of `text` to `fd`, by one write(2) where the kernel takes it all, waiting where the
/// descriptor is full.
[[nodiscard]] std::error_code write_all(int fd, std::string_view text) noexcept;

}  // namespace tornado::log
