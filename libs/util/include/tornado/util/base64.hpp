#pragma once

#include <string>
#include <string_view>

namespace tornado::util {

/// The bytes in base64 (RFC 4648, 4), padded.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace tornado::util
