#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tornado::websocket {

/// The SHA-1 of a text (RFC 3174). The handshake asks for it; it protects nothing.
[[nodiscard]] std::array<std::uint8_t, 20> sha1(std::string_view text);

}  // namespace tornado::websocket
