#pragma once

#include <stdexcept>

namespace tornado::websocket {

/// The other end does not speak the WebSocket protocol as agreed. Mirrors
/// `tornado.websocket.WebSocketError`.
class WebSocketError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The connection is closed, or is being closed: nothing can be sent. Mirrors
/// `tornado.websocket.WebSocketClosedError`.
class WebSocketClosedError : public WebSocketError {
public:
    WebSocketClosedError() : WebSocketError{"the WebSocket is closed"} {}
};

}  // namespace tornado::websocket
