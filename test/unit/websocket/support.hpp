#pragma once

#include <string>
#include <string_view>
#include <tornado/websocket/frame.hpp>

namespace websocket = tornado::websocket;
using websocket::FrameHead;
using websocket::MaskKey;
using websocket::Opcode;

inline constexpr MaskKey test_key{'\x12', '\xA4', '\x06', '\xF8'};

/// A client's frame, masked.
inline std::string
masked(Opcode opcode, std::string_view payload, bool fin = true, bool rsv1 = false) {
    std::string frame;
    websocket::append_frame(
        frame, {.opcode = opcode, .fin = fin, .compressed = rsv1, .mask = test_key}, payload
    );
    return frame;
}

/// A server's frame.
inline std::string
plain(Opcode opcode, std::string_view payload, bool fin = true, bool rsv1 = false) {
    std::string frame;
    websocket::append_frame(frame, {.opcode = opcode, .fin = fin, .compressed = rsv1}, payload);
    return frame;
}
