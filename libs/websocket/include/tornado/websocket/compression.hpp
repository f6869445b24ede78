#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/websocket/extension.hpp"

namespace tornado::websocket {

/// How an end of a connection compresses, and lets the other one compress (RFC 7692).
///
/// Context takeover makes similar messages smaller, as each may refer to the former ones, and costs
/// each connection a window of up to 32 KiB on the side that reads and more on the side that
/// writes. Mirrors the dict of `WebSocketHandler.get_compression_options`.
struct CompressionOptions {
    int compression_level = 6;  ///< 0 to 9
    int mem_level = 8;          ///< 1 to 9
    std::size_t min_size = 0;   ///< messages of fewer bytes are sent as they are
    bool own_context_takeover = false;
    int own_max_window_bits = 15;  ///< 8 to 15
    bool peer_context_takeover = false;
    int peer_max_window_bits = 15;  ///< 8 to 15
};

/// What both ends have agreed on.
struct DeflateAgreement {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    int server_max_window_bits = 15;
    int client_max_window_bits = 15;
};

/// A server's answer, and what it means.
struct DeflateAnswer {
    DeflateAgreement agreement;
    std::string field;  ///< for Sec-WebSocket-Extensions
};

/// Throws std::invalid_argument with a sentence for a value out of range.
void check(const CompressionOptions& options);

/// The answer to the first offer of permessage-deflate that can be accepted; nullopt when there is
/// none: one with an unknown, repeated or malformed parameter is declined (RFC 7692, 7).
[[nodiscard]] std::optional<DeflateAnswer>
answer_offers(const std::vector<Extension>& offers, const CompressionOptions& options);

/// A client's offers, the best first, for Sec-WebSocket-Extensions.
[[nodiscard]] std::string make_offer(const CompressionOptions& options);

/// What a server's answer to make_offer() means; nullopt when it must not answer so, and the
/// connection fails (RFC 7692, 7).
[[nodiscard]] std::optional<DeflateAgreement>
read_answer(const Extension& answer, const CompressionOptions& options);

}  // namespace tornado::websocket
