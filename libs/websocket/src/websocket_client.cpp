// A client's WebSocket once it is open.
#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

#include "client_result.hpp"
#include "tornado/escape/json.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"

namespace tornado::websocket {

// Options

WebSocketOptions& WebSocketOptions::close_timeout(std::chrono::milliseconds timeout) {
    connection_.close_timeout = timeout;
    return *this;
}
WebSocketOptions& WebSocketOptions::compression(const CompressionOptions& options) {
    compression_ = options;
    return *this;
}
WebSocketOptions& WebSocketOptions::connect_timeout(ioloop::Duration timeout) {
    connect_timeout_ = timeout;
    return *this;
}
WebSocketOptions& WebSocketOptions::max_message_size(std::size_t bytes) {
    connection_.max_message_size = bytes;
    return *this;
}
WebSocketOptions& WebSocketOptions::on_ping_callback(DataCallback callback) {
    ping_callback_ = std::move(callback);
    return *this;
}
WebSocketOptions& WebSocketOptions::on_pong_callback(DataCallback callback) {
    pong_callback_ = std::move(callback);
    return *this;
}
WebSocketOptions& WebSocketOptions::ping_interval(std::chrono::milliseconds interval) {
    connection_.ping_interval = interval;
    return *this;
}
WebSocketOptions& WebSocketOptions::ping_timeout(std::chrono::milliseconds timeout) {
    ping_timeout_ = timeout;
    return *this;
}
WebSocketOptions& WebSocketOptions::proxy(std::string host, int port, std::string authorization) {
    proxy_ = Proxy{std::move(host), port, std::move(authorization)};
    return *this;
}
WebSocketOptions& WebSocketOptions::resolver(std::shared_ptr<netutil::Resolver> resolver) {
    resolver_ = std::move(resolver);
    return *this;
}
WebSocketOptions& WebSocketOptions::send_queue(const SendQueueOptions& options) {
    connection_.send_queue = options;
    return *this;
}
WebSocketOptions& WebSocketOptions::subprotocols(std::vector<std::string> names) {
    subprotocols_ = std::move(names);
    return *this;
}

// The connection

namespace {

/// Keeps what a coroutine that has been called lives in.
template <typename Callbacks>
Future<void> finish_call(std::shared_ptr<Callbacks> /*kept*/, Future<void> started) {
    co_await started;
}

/// The last call to the message callback: after the former one has ended.
template <typename Callbacks>
Future<void> call_at_end(std::shared_ptr<Callbacks> callbacks, ConnectionRef connection) {
    co_await connection->when_idle();
    co_await callbacks->message(std::nullopt);
}

}  // namespace

WebSocketClientConnection::WebSocketClientConnection(Result result, WebSocketOptions options)
    : headers_{std::move(result.headers)},
      subprotocol_{std::move(result.subprotocol)} {
    if (options.message_callback_ || options.ping_callback_ || options.pong_callback_) {
        callbacks_ = std::make_shared<Callbacks>();
        callbacks_->message = std::move(options.message_callback_);
        callbacks_->ping = std::move(options.ping_callback_);
        callbacks_->pong = std::move(options.pong_callback_);
    }
    options.connection_.deflate = result.deflate;
    connection_ = Connection::make(*this, options.connection_);
    connection_->attach(std::move(result.stream));
    // What has come already is handed out once the caller has the connection.
    ioloop::IOLoop::current().add_callback([connection = connection_] { connection->start(); });
}

WebSocketClientConnection::~WebSocketClientConnection() {
    connection_->abandon();
}

Future<std::optional<Message>> WebSocketClientConnection::read_message() {
    if (callbacks_ != nullptr && callbacks_->message) {
        throw std::logic_error{
            "the messages go to the on_message_callback: there are none to read"};
    }
    if (reader_ && !reader_->done()) {
        throw std::logic_error{"a message is being read already: await that read first"};
    }
    has_read_ = true;
    if (waiting_) {
        auto message = Future<std::optional<Message>>::ready(std::move(waiting_));
        waiting_.reset();
        stop_holding_back();
        return message;
    }
    if (connection_->ended()) {
        return Future<std::optional<Message>>::ready(std::nullopt);
    }
    reader_.emplace();
    return reader_->future();
}

/// Lets more messages come.
void WebSocketClientConnection::stop_holding_back() {
    if (auto taken = std::exchange(taken_, std::nullopt)) {
        taken->set_result();
    }
}

/// Whether messages that nobody waits for stay with the server: not when they would keep its Close
/// from being seen.
bool WebSocketClientConnection::holds_back() const noexcept {
    return !connection_->is_closing() && (has_read_ || !awaits_end_);
}

Started WebSocketClientConnection::message_received(Incoming& incoming) {
    Message message{
        incoming.gathered != nullptr ? std::move(*incoming.gathered) : std::string{incoming.data},
        incoming.binary};
    if (callbacks_ != nullptr && callbacks_->message) {
        const auto callbacks = callbacks_;  // what is called may let go of this object
        auto started = callbacks->message(std::move(message));
        return started.done() ? started.state() : finish_call(callbacks, started).state();
    }
    if (reader_ && !reader_->done()) {
        std::exchange(reader_, std::nullopt)->set_result(std::move(message));
        connection_->pause();
        return {};
    }
    if (!waiting_) {
        waiting_ = std::move(message);
    }
    if (!holds_back()) {
        return {};
    }
    taken_.emplace();
    return taken_->future().state();
}

Started WebSocketClientConnection::ping_received(std::string_view data) {
    if (const auto callbacks = callbacks_; callbacks != nullptr && callbacks->ping) {
        callbacks->ping(data);
    }
    return {};
}

Started WebSocketClientConnection::pong_received(std::string_view data) {
    if (const auto callbacks = callbacks_; callbacks != nullptr && callbacks->pong) {
        callbacks->pong(data);
    }
    return {};
}

void WebSocketClientConnection::connection_ended() noexcept {
    try {
        tell_of_end();
    } catch (...) {
        callback_failed(std::current_exception());
    }
}

void WebSocketClientConnection::tell_of_end() {
    for (auto& waiter : std::exchange(closing_, {})) {
        waiter.set_result();
    }
    if (reader_ && !reader_->done()) {
        std::exchange(reader_, std::nullopt)->set_result(std::nullopt);
    }
    if (callbacks_ != nullptr && callbacks_->message) {
        ioloop::IOLoop::current().add_callback([callbacks = callbacks_, connection = connection_] {
            return call_at_end(callbacks, connection);
        });
    }
}

void WebSocketClientConnection::callback_failed(std::exception_ptr error) noexcept {
    log::app_log().error(
        "Uncaught exception in a WebSocket's callback: ", log::format_exception(error)
    );
}

Future<void> WebSocketClientConnection::write_message(std::string_view message, bool binary) {
    return connection_->write(binary, message);
}
Future<void> WebSocketClientConnection::write_message(std::string&& message, bool binary) {
    return connection_->write(binary, std::move(message));
}
Future<void> WebSocketClientConnection::write_json(const boost::json::value& message) {
    return write_message(escape::json_encode(message));
}
Future<void> WebSocketClientConnection::write_json_object(const boost::json::object& message) {
    return write_json(boost::json::value(message));
}
void WebSocketClientConnection::ping(std::string_view data) {
    connection_->ping(data);
}
void WebSocketClientConnection::close(std::optional<int> code, std::string_view reason) {
    connection_->close(code, reason);
    stop_holding_back();
}

Future<void> WebSocketClientConnection::wait_closed() {
    if (connection_->ended()) {
        return Future<void>::ready();
    }
    awaits_end_ = true;
    if (!holds_back()) {
        stop_holding_back();
    }
    return closing_.emplace_back().future();
}

std::optional<CloseCode> WebSocketClientConnection::close_code() const noexcept {
    return connection_->close_code();
}
const std::string& WebSocketClientConnection::close_reason() const noexcept {
    return connection_->close_reason();
}
SendQueueCounters WebSocketClientConnection::send_queue() const noexcept {
    return connection_->send_queue();
}

}  // namespace tornado::websocket
