#pragma once

#include <string>
#include <string_view>

namespace tornado::websocket {

/// Bytes in base64 (RFC 4648, 4).
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace tornado::websocket
