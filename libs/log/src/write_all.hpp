#pragma once

#include <string_view>
#include <system_error>

namespace tornado::log {

/// Writes all of `text` to `fd`, by one write(2) where the kernel takes it all, waiting where the
/// descriptor is full. After an error `written`, if it is there, says how many bytes went out.
[[nodiscard]] std::error_code
write_all(int fd, std::string_view text, std::size_t* written = nullptr) noexcept;

}  // namespace tornado::log
