#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/concurrent/promise.hpp"
#include "tornado/httpclient/http_request.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/ioloop/timeout.hpp"
#include "tornado/iostream/resolver.hpp"
#include "tornado/websocket/compression.hpp"
#include "tornado/websocket/connection.hpp"
#include "tornado/websocket/errors.hpp"
#include "tornado/websocket/message.hpp"

namespace boost::json {
class value;
class object;
}  // namespace boost::json

namespace tornado::websocket {

/// How websocket_connect() connects; each call returns the object itself.
///
///     co_await websocket_connect(url, WebSocketOptions().subprotocols(protocols));
class WebSocketOptions {
public:
    /// Gets each message, and nullopt at the end; with it there is no read_message(). The next
    /// message waits for what it returns.
    using MessageCallback = std::function<Future<void>(std::optional<Message> message)>;
    /// Gets the data of a ping, which has been answered already, or of a pong.
    using DataCallback = std::function<void(std::string_view data)>;

    WebSocketOptions& close_timeout(std::chrono::milliseconds timeout);  ///< 5 s
    /// Offers compression; by default there is none.
    WebSocketOptions& compression(const CompressionOptions& options);
    /// For all until the handshake is done; 20 s, or as the request says.
    WebSocketOptions& connect_timeout(ioloop::Duration timeout);
    WebSocketOptions& max_message_size(std::size_t bytes);  ///< 10 MiB
    /// A callback that returns nothing, or a Future<void>.
    template <typename F>
    WebSocketOptions& on_message_callback(F callback) {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, std::optional<Message>>>) {
            message_callback_ = [callback =
                                     std::move(callback)](std::optional<Message> message) mutable {
                callback(std::move(message));
                return Future<void>::ready();
            };
        } else {
            message_callback_ = std::move(callback);
        }
        return *this;
    }
    WebSocketOptions& on_ping_callback(DataCallback callback);
    WebSocketOptions& on_pong_callback(DataCallback callback);
    WebSocketOptions& ping_interval(std::chrono::milliseconds interval);  ///< zero: no pings
    WebSocketOptions& ping_timeout(std::chrono::milliseconds timeout);  ///< as long as the interval
    /// Goes through an HTTP proxy, by CONNECT; as the request's own settings may say, too.
    /// `authorization` is the value of Proxy-Authorization, if that is needed.
    WebSocketOptions& proxy(std::string host, int port, std::string authorization = {});
    WebSocketOptions& resolver(std::shared_ptr<netutil::Resolver> resolver);
    WebSocketOptions& send_queue(const SendQueueOptions& options);
    /// What is offered, the best first, each once.
    WebSocketOptions& subprotocols(std::vector<std::string> names);

private:
    friend class WebSocketClientConnection;
    friend class ClientHandshake;
    struct Proxy {
        std::string host;
        int port;
        std::string authorization;
    };

    ConnectionOptions connection_;
    std::optional<CompressionOptions> compression_;
    std::optional<ioloop::Duration> connect_timeout_;
    std::optional<std::chrono::milliseconds> ping_timeout_;
    MessageCallback message_callback_;
    DataCallback ping_callback_;
    DataCallback pong_callback_;
    std::optional<Proxy> proxy_;
    std::shared_ptr<netutil::Resolver> resolver_;
    std::vector<std::string> subprotocols_;
};

/// A client's end of a WebSocket. Made by websocket_connect().
///
/// Ownership: shared; when the last holder goes, an open connection is closed with 1001, and what
/// has been written still goes.
/// Thread safety: one loop, one thread. Mirrors `tornado.websocket.WebSocketClientConnection`.
class WebSocketClientConnection final : private ConnectionUser {
public:
    WebSocketClientConnection(const WebSocketClientConnection&) = delete;
    WebSocketClientConnection& operator=(const WebSocketClientConnection&) = delete;
    ~WebSocketClientConnection();

    /// The next message; nullopt once the connection is closed. One message at most waits here,
    /// further ones stay with the server; after close() those that nobody waits for are dropped,
    /// but for the first. Throws std::logic_error when a read is pending, or when there is an
    /// on_message_callback. Cancellation: the message stays for the next read.
    Future<std::optional<Message>> read_message();

    /// As WebSocketHandler::write_message().
    Future<void> write_message(std::string_view message, bool binary = false);
    Future<void> write_message(std::string&& message, bool binary = false);
    Future<void> write_message(const char* message, bool binary = false) {
        return write_message(std::string_view{message}, binary);
    }
    template <std::same_as<boost::json::value> J>
    Future<void> write_message(const J& message) {
        return write_json(message);
    }
    template <std::same_as<boost::json::object> J>
    Future<void> write_message(const J& message) {
        return write_json_object(message);
    }
    /// Throws std::invalid_argument for more than 125 bytes, and WebSocketClosedError.
    void ping(std::string_view data = {});
    /// As WebSocketHandler::close().
    void close(std::optional<int> code = std::nullopt, std::string_view reason = {});
    /// Done when the connection is over. Messages that are not read hold its end back, unless
    /// close() has been called; while none has ever been read here they are dropped instead, but
    /// for the first.
    Future<void> wait_closed();

    [[nodiscard]] std::optional<CloseCode> close_code() const noexcept;
    [[nodiscard]] const std::string& close_reason() const noexcept;
    [[nodiscard]] const std::optional<std::string>& selected_subprotocol() const noexcept {
        return subprotocol_;
    }
    /// Of the server's response to the handshake.
    [[nodiscard]] const httputil::HTTPHeaders& headers() const noexcept { return headers_; }
    [[nodiscard]] bool is_compressed() const noexcept { return connection_->is_compressed(); }
    [[nodiscard]] bool is_open() const noexcept { return !connection_->is_closing(); }
    [[nodiscard]] SendQueueCounters send_queue() const noexcept;
    void set_nodelay(bool on) noexcept { connection_->set_nodelay(on); }

private:
    friend class ClientHandshake;
    struct Result;
    struct Callbacks;
    WebSocketClientConnection(Result result, WebSocketOptions options);

    Started message_received(Incoming& message) override;
    Started ping_received(std::string_view data) override;
    Started pong_received(std::string_view data) override;
    void connection_ended() noexcept override;
    void callback_failed(std::exception_ptr error) noexcept override;
    void tell_of_end();
    void stop_holding_back();
    [[nodiscard]] bool holds_back() const noexcept;
    Future<void> write_json(const boost::json::value& message);
    Future<void> write_json_object(const boost::json::object& message);

    ConnectionRef connection_;
    std::shared_ptr<Callbacks> callbacks_;  ///< null: none; kept by what calls them
    httputil::HTTPHeaders headers_;
    std::optional<std::string> subprotocol_;
    std::optional<Message> waiting_;      ///< has come, and nobody has read it
    std::optional<Promise<void>> taken_;  ///< for who waits until it is read
    std::optional<Promise<std::optional<Message>>> reader_;
    std::vector<Promise<void>> closing_;
    bool has_read_ = false;
    bool awaits_end_ = false;
};

using WebSocketClient = std::shared_ptr<WebSocketClientConnection>;

/// Opens a WebSocket: to a ws: or wss: URL, or as a request with such a URL says, which may have
/// headers, credentials, TLS options, a proxy and a connect_timeout. It is a GET without a body.
/// Redirects are not followed.
///
/// Errors: httpclient::HTTPClientError with the server's status when it refuses or redirects, and
/// HTTPTimeoutError; WebSocketError when its answer breaks RFC 6455, 4.1, or is 2xx; what keeps a
/// TCPClient from connecting. Throws std::invalid_argument for a URL or options that cannot be.
/// Cancellation: closes all that it has opened. Mirrors `tornado.websocket.websocket_connect`.
///
///     auto socket = co_await websocket_connect("ws://localhost:8888/echo");
///     co_await socket->write_message("hello");
///     auto answer = co_await socket->read_message();
Future<WebSocketClient>
websocket_connect(httpclient::HTTPRequest request, WebSocketOptions options = {});

}  // namespace tornado::websocket
