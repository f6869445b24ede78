#include "tornado/websocket/reconnecting_client.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tornado/gen.hpp"
#include "tornado/log.hpp"
#include "tornado/websocket/masking.hpp"

namespace tornado::websocket {

ReconnectingClient::ReconnectingClient(
    httpclient::HTTPRequest request,
    WebSocketOptions options,
    OnConnect on_connect,
    const ReconnectOptions& reconnect
)
    : request_{std::move(request)},
      options_{std::move(options)},
      on_connect_{std::move(on_connect)},
      reconnect_{reconnect} {}

Future<std::optional<Message>> ReconnectingClient::read_message() {
    while (!closed_) {
        if (socket_ == nullptr) {
            co_await connect();
            continue;
        }
        const auto socket = socket_;
        auto message = co_await socket->read_message();
        if (message) {
            delay_ = std::chrono::milliseconds::zero();
            co_return message;
        }
        socket_.reset();
    }
    co_return std::nullopt;
}

/// Tries once. What keeps it from connecting makes the next try wait.
Future<void> ReconnectingClient::connect() {
    co_await wait();
    if (closed_) {
        co_return;
    }
    std::string why;
    try {
        const auto socket = co_await websocket_connect(request_, options_);
        ++connections_;
        if (on_connect_) {
            co_await on_connect_(*socket);
        }
        if (!closed_) {
            socket_ = socket;
        }
        co_return;
    } catch (const std::invalid_argument&) {
        throw;
    } catch (const std::exception& error) {
        why = error.what();
    }
    log::gen_log().warning("No WebSocket to ", request_.url(), ": ", why);
}

Future<void> ReconnectingClient::wait() {
    const auto longest = std::exchange(
        delay_, std::min(std::max(delay_ * 2, reconnect_.first_delay), reconnect_.max_delay)
    );
    if (longest.count() == 0) {
        co_return;
    }
    const auto chance = static_cast<unsigned char>(random_mask_key().front());
    co_await gen::sleep(longest - longest * chance / 512);
}

Future<void> ReconnectingClient::write_message(std::string_view message, bool binary) {
    if (socket_ == nullptr) {
        return Future<void>::failed(std::make_exception_ptr(WebSocketClosedError{})).ignore();
    }
    return socket_->write_message(message, binary);
}

void ReconnectingClient::close(std::optional<CloseCode> code, std::string_view reason) {
    closed_ = true;
    if (socket_ != nullptr) {
        socket_->close(code, reason);
    }
}

}  // namespace tornado::websocket
