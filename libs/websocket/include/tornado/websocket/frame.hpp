#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/websocket/close_code.hpp"
#include "tornado/websocket/masking.hpp"

namespace tornado::websocket {

/// What a frame is (RFC 6455, 5.2).
enum class Opcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA
};

[[nodiscard]] constexpr bool is_control(Opcode opcode) noexcept {
    return (static_cast<unsigned>(opcode) & 0x8U) != 0;
}

/// The most that a control frame carries, in bytes (RFC 6455, 5.5).
inline constexpr std::size_t max_control_payload = 125;
/// The longest head of a frame.
inline constexpr std::size_t max_frame_head = 14;

/// The head of a frame to be sent.
struct FrameHead {
    Opcode opcode = Opcode::text;
    bool fin = true;
    bool compressed = false;  ///< RSV1: the message is compressed (RFC 7692, 6)
    std::uint64_t length = 0;
    std::optional<MaskKey> mask = {};  ///< as clients have it
};

/// Appends a frame's head, with the shortest form of the length.
void append_frame_head(std::string& out, const FrameHead& head);
/// Appends a whole frame; its length is the payload's. The payload is masked as the head says.
void append_frame(std::string& out, FrameHead head, std::string_view payload);

/// Throws std::invalid_argument with a sentence for text that is not UTF-8 (RFC 6455, 5.6).
void check_message(bool binary, std::string_view data);
/// Throws std::invalid_argument with a sentence for a code or a reason that cannot be sent.
void check_close(std::optional<int> code, std::string_view reason);

/// The payload of a Close frame. Without a code there is no reason either.
[[nodiscard]] std::string close_payload(std::optional<CloseCode> code, std::string_view reason);

}  // namespace tornado::websocket
