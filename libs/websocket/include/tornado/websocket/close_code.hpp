#pragma once

#include <cstdint>

namespace tornado::websocket {

/// The status of a Close frame (RFC 6455, 7.4, and IANA's registry).
using CloseCode = std::uint16_t;

/// The registered codes that a program may send.
namespace close_code {
inline constexpr CloseCode normal = 1000;
inline constexpr CloseCode going_away = 1001;
inline constexpr CloseCode protocol_error = 1002;
inline constexpr CloseCode unsupported_data = 1003;
inline constexpr CloseCode invalid_data = 1007;
inline constexpr CloseCode policy_violation = 1008;
inline constexpr CloseCode message_too_big = 1009;
inline constexpr CloseCode mandatory_extension = 1010;
inline constexpr CloseCode internal_error = 1011;
inline constexpr CloseCode service_restart = 1012;
inline constexpr CloseCode try_again_later = 1013;
inline constexpr CloseCode bad_gateway = 1014;
}  // namespace close_code

/// Whether a Close frame may carry the code: 1005, 1006 and 1015 only describe ends without one,
/// and what nobody has registered means nothing.
[[nodiscard]] constexpr bool is_sendable(CloseCode code) noexcept {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

}  // namespace tornado::websocket
