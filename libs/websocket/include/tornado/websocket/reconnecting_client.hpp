#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/websocket/websocket_connect.hpp"

namespace tornado::websocket {

/// How long a client waits before it connects again: the first time `first_delay`, then twice as
/// long each time, up to `max_delay`; a connection that has brought a message begins anew. Each
/// wait is shortened by chance, by up to a half, so that the clients of a server that comes back do
/// not all come at once.
struct ReconnectOptions {
    std::chrono::milliseconds first_delay{500};
    std::chrono::milliseconds max_delay{30'000};
};

/// A client whose connection comes back: whenever it is lost, or cannot be made, the next
/// read_message() connects again.
///
/// Messages that are on their way when a connection is lost are lost with it: what must not be
/// missed is asked for in `on_connect`, which is called with each new connection before anything is
/// read from it.
///
/// Ownership: must outlive the futures of its reads. Thread safety: one loop, one thread.
///
///     websocket::ReconnectingClient client{url, {}, [&](auto& socket) {
///         return socket.write_message("since " + std::to_string(last));
///     }};
///     auto message = co_await client.read_message();
class ReconnectingClient {
public:
    using OnConnect = std::function<Future<void>(WebSocketClientConnection& socket)>;

    /// The options must not have an on_message_callback. Throws std::invalid_argument for a URL or
    /// options that cannot be.
    explicit ReconnectingClient(
        httpclient::HTTPRequest request,
        WebSocketOptions options = {},
        OnConnect on_connect = nullptr,
        const ReconnectOptions& reconnect = {}
    );

    /// The next message, of this connection or of the next one; nullopt only after close(). One at
    /// a time. What on_connect fails with counts as a lost connection, and is logged.
    /// Cancellation: at once; no message is lost.
    Future<std::optional<Message>> read_message();
    /// Fails with WebSocketClosedError while there is no connection.
    Future<void> write_message(std::string_view message, bool binary = false);
    /// Ends it for good: a read_message() that waits gives what has come, and then nullopt. Throws
    /// std::invalid_argument for what cannot be sent. Harmless when repeated.
    void close(std::optional<int> code = std::nullopt, std::string_view reason = {});

    [[nodiscard]] bool is_connected() const noexcept {
        return socket_ != nullptr && socket_->is_open();
    }
    /// How many connections there have been.
    [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }

private:
    /// Outlives the client while a cancelled read unwinds.
    struct Ending {
        bool closed = false;
        std::optional<Future<void>> connecting = {};  ///< for close() to cancel
    };
    Future<void> connect();
    Future<void> try_to_connect();
    Future<void> wait();

    httpclient::HTTPRequest request_;
    WebSocketOptions options_;
    OnConnect on_connect_;
    ReconnectOptions reconnect_;
    WebSocketClient socket_;
    std::chrono::milliseconds delay_{0};
    std::uint64_t connections_ = 0;
    std::shared_ptr<Ending> ending_;
};

}  // namespace tornado::websocket
