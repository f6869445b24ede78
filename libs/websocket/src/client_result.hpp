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

}  // namespace tornado::websocket
