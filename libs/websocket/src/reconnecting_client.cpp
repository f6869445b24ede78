#include "tornado/websocket/reconnecting_client.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "client_result.hpp"
#include "tornado/gen.hpp"
#include "tornado/log.hpp"
#include "tornado/util/scope_exit.hpp"
#include "tornado/websocket/frame.hpp"
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
      reconnect_{reconnect},
      ending_{std::make_shared<Ending>()} {
    check_connect(request_, options_);
}

Future<std::optional<Message>> ReconnectingClient::read_message() {
    while (true) {
        if (socket_ == nullptr) {
            if (ending_->closed) {
                co_return std::nullopt;
            }
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
}

/// Tries once, unless close() comes in between.
Future<void> ReconnectingClient::connect() {
    const auto ending = ending_;
    const auto connecting = try_to_connect();
    ending->connecting = connecting;
    const util::ScopeExit over{[&ending] { ending->connecting.reset(); }};
    try {
        co_await connecting;
    } catch (const CancelledError&) {
        if (!ending->closed) {
            connecting.cancel();
            throw;
        }
    }
}

/// What keeps it from connecting makes the next try wait.
Future<void> ReconnectingClient::try_to_connect() {
    co_await wait();
    std::string why;
    try {
        const auto socket = co_await websocket_connect(request_, options_);
        ++connections_;
        if (on_connect_) {
            co_await on_connect_(*socket);
        }
        socket_ = socket;
        co_return;
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

void ReconnectingClient::close(std::optional<int> code, std::string_view reason) {
    check_close(code, reason);
    ending_->closed = true;
    if (ending_->connecting) {
        ending_->connecting->cancel();
    }
    if (socket_ != nullptr) {
        socket_->close(code, reason);
    }
}

}  // namespace tornado::websocket
