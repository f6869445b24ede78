#pragma once

#include <string>
#include <string_view>

namespace tornado::websocket {

/// The parts of a ws: or wss: URL (RFC 6455, 3).
struct WebSocketUrl {
    bool secure = false;
    int port = 80;
    std::string host;       ///< an IPv6 address without its brackets
    std::string authority;  ///< host and port as written: the Host field
    std::string target;     ///< path and query
    std::string userinfo;   ///< "name:password", decoded; empty: none
};

/// Throws std::invalid_argument with a sentence: for another scheme, a fragment, a bad host or
/// port, a space or a control character.
[[nodiscard]] WebSocketUrl parse_websocket_url(std::string_view text);

}  // namespace tornado::websocket
