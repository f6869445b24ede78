#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tornado/gen.hpp>
#include <tornado/iostream.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <tornado/websocket.hpp>
#include <tornado/websocket/frame_reader.hpp>
#include <utility>
#include <vector>

#include "support.hpp"

namespace gen = tornado::gen;
namespace httputil = tornado::httputil;
namespace testing = tornado::testing;
namespace web = tornado::web;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::Promise;
using websocket::Message;
using websocket::MessageView;
using websocket::WebSocketClient;
using websocket::WebSocketHandler;
using websocket::WebSocketOptions;

inline constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";

inline std::string handshake_request(
    std::string_view path = "/",
    std::string_view more = "",
    std::string_view version = "13"
) {
    return "GET " + std::string{path} + " HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n" +
           "Connection: Upgrade\r\nSec-WebSocket-Key: " + std::string{sample_key} +
           "\r\nSec-WebSocket-Version: " + std::string{version} + "\r\n" + std::string{more} +
           "\r\n";
}

/// A client's connection on which a test says every byte, and hears frames.
class RawSocket {
public:
    RawSocket(testing::RawConnection connection, std::string_view request)
        : connection_{std::move(connection)} {
        connection_.send(request);
        while (text_.find("\r\n\r\n") == text_.npos) {
            text_ += connection_.read_bytes(1);
        }
        const auto end = text_.find("\r\n\r\n") + 4;
        head = text_.substr(0, end);
        text_.erase(0, end);
    }

    void send(std::string_view bytes) { connection_.send(bytes); }
    void shutdown_output() { connection_.shutdown_output(); }
    void close() { connection_.close(); }

    /// The next event: "text:Hello", "close1000:bye", or "end".
    std::string next() {
        while (true) {
            const auto event = reader.next(text_);
            const std::string data{event.data};
            text_.erase(0, event.consumed);
            using Kind = websocket::FrameReader::Kind;
            switch (event.kind) {
                case Kind::text:
                    return "text:" + data;
                case Kind::binary:
                    return "binary:" + data;
                case Kind::ping:
                    return "ping:" + data;
                case Kind::pong:
                    return "pong:" + data;
                case Kind::close:
                    return "close" + std::to_string(event.code) + ":" + data;
                case Kind::failure:
                    return "failure:" + data;
                default:
                    break;
            }
            try {
                text_ += connection_.read_bytes(1);
            } catch (const tornado::iostream::StreamClosedError&) {
                return "end";
            }
        }
    }
    /// The bytes that came beyond the head.
    [[nodiscard]] std::string_view unread() const { return text_; }
    [[nodiscard]] bool has(std::string_view line) const {
        return head.find(std::string{line} + "\r\n") != head.npos;
    }

    std::string head;
    websocket::FrameReader reader{false, 100'000'000};

private:
    testing::RawConnection connection_;
    std::string text_;
};

using Events = std::vector<std::string>;

inline std::string joined(const Events& events) {
    std::string all;
    for (const auto& event : events) {
        all += (all.empty() ? "" : " ") + event;
    }
    return all;
}

/// A test that says in its body what to serve.
struct SocketTest : testing::AsyncHTTPTestCase {
    SocketTest() { tornado::log::access_log().set_level(std::nullopt); }
    ~SocketTest() override { tornado::log::access_log().clear_level(); }

    App get_app() override {
        return std::make_shared<web::Application>(routes, std::move(settings));
    }
    /// Serves H, made from `args`, at "/".
    template <typename H, typename... Args>
    void serve(Args... args) {
        routes.push_back(web::url<H>("/", std::move(args)...));
    }
    RawSocket open(std::string_view path = "/", std::string_view more = "") {
        return RawSocket{connect(), handshake_request(path, more)};
    }
    std::string socket_url(std::string_view path = "/") {
        return "ws://127.0.0.1:" + std::to_string(get_http_port()) + std::string{path};
    }
    WebSocketClient dial(std::string_view path = "/", WebSocketOptions options = {}) {
        return run([&] { return websocket::websocket_connect(socket_url(path), options); });
    }
    std::string read(const WebSocketClient& client) {
        const auto message = run([&] { return client->read_message(); });
        return message ? message->data : "(closed)";
    }
    /// Runs the loop until the condition holds.
    template <typename F>
    void wait_until(F condition) {
        run([&]() -> Future<void> {
            while (!condition()) {
                co_await gen::moment();
            }
        });
    }

    std::vector<web::Route> routes;
    web::ApplicationSettings settings;
};

struct Echo : WebSocketHandler {
    void on_message(MessageView message) { write_message(message.data, message.binary); }
};

/// Notes all that it is told.
struct Noting : WebSocketHandler {
    explicit Noting(Events& seen) : events{seen} {}
    void open() { events.emplace_back("open"); }
    void on_message(std::string message) { events.push_back(std::move(message)); }
    void on_ping(std::string_view data) { events.push_back("ping:" + std::string{data}); }
    void on_pong(std::string_view data) { events.push_back("pong:" + std::string{data}); }
    void on_close() {
        events.push_back(
            "closed:" + (close_code() ? std::to_string(*close_code()) : "none") + ":" +
            close_reason()
        );
    }
    void on_finish() override { events.emplace_back("finish"); }
    Events& events;
};

struct EchoCompressed : Echo {
    std::optional<websocket::CompressionOptions> get_compression_options() override {
        return websocket::CompressionOptions{};
    }
};

inline std::string client_close(int code, std::string_view reason = "") {
    return masked(
        Opcode::close, websocket::close_payload(static_cast<websocket::CloseCode>(code), reason)
    );
}

inline testing::ExpectLog expect_error(std::string_view what) {
    return testing::ExpectLog{tornado::log::app_log(), what};
}
