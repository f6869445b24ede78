#pragma once

#include <optional>
#include <string>

#include "tornado/websocket/websocket_connect.hpp"

namespace tornado::websocket {

/// What a client's handshake has come to.
struct WebSocketClientConnection::Result {
    iostream::StreamRef stream;
    httputil::HTTPHeaders headers;
    std::optional<DeflateAgreement> deflate;
    std::optional<std::string> subprotocol;
};

/// What a client is to call: null for what it does not want.
struct WebSocketClientConnection::Callbacks {
    WebSocketOptions::MessageCallback message;
    WebSocketOptions::DataCallback ping;
    WebSocketOptions::DataCallback pong;
};

/// Throws std::invalid_argument for a request or options with which websocket_connect() would.
void check_connect(const httpclient::HTTPRequest& request, const WebSocketOptions& options);

}  // namespace tornado::websocket
