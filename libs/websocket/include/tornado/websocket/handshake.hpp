#pragma once

#include <string>
#include <string_view>

#include "tornado/httputil/http_headers.hpp"

namespace tornado::websocket {

/// The Sec-WebSocket-Accept that answers a key (RFC 6455, 4.2.2). Mirrors
/// `WebSocketProtocol13.compute_accept_value`.
[[nodiscard]] std::string accept_key(std::string_view key);

/// A client's new Sec-WebSocket-Key: 16 random bytes in base64.
[[nodiscard]] std::string make_key();
/// Whether it is 16 bytes in base64.
[[nodiscard]] bool is_valid_key(std::string_view key) noexcept;

/// What a server answers to the opening handshake of a client; status 101 means that it accepts.
struct HandshakeVerdict {
    int status = 101;
    std::string_view reason = {};  ///< a sentence for the client
};

/// Checks that a request asks for a WebSocket (RFC 6455, 4.2.1), except for the origin.
/// `check_upgrade()` looks at Upgrade and Connection, `check_version()` at the rest: Tornado asks
/// for the origin in between. Status 426 goes with `Sec-WebSocket-Version: 13`. An empty
/// Sec-WebSocket-Protocol or Sec-WebSocket-Extensions, which some proxies leave behind, counts as
/// absent.
[[nodiscard]] HandshakeVerdict check_upgrade(const httputil::HTTPHeaders& headers);
[[nodiscard]] HandshakeVerdict check_version(const httputil::HTTPHeaders& headers);

/// Whether a page of `origin` belongs to `host`, the request's Host: scheme left aside, both name
/// the same host and port.
[[nodiscard]] bool is_same_origin(std::string_view origin, std::string_view host);

}  // namespace tornado::websocket
