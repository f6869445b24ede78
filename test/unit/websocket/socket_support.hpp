#pragma once

#include <malloc.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tornado/gen.hpp>
#include <tornado/iostream.hpp>
#include <tornado/log.hpp>
#include <tornado/tcpserver.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>
#include <tornado/websocket.hpp>
#include <tornado/websocket/frame_reader.hpp>
#include <tornado/websocket/handshake.hpp>
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

/// An event in words: "text:Hello", "close1000:bye"; nothing for none.
inline std::string told(const websocket::FrameReader::Event& event) {
    using Kind = websocket::FrameReader::Kind;
    const std::string data{event.data};
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
            return "";
    }
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
    void reset() { connection_.reset(); }

    /// The next event: "text:Hello", "close1000:bye", or "end".
    std::string next() {
        while (true) {
            const auto event = reader.next(text_);
            auto said = told(event);
            text_.erase(0, event.consumed);
            if (!said.empty()) {
                return said;
            }
            try {
                text_ += connection_.read_bytes(1);
            } catch (const tornado::iostream::StreamClosedError&) {
                return "end";
            }
        }
    }
    /// Takes about so many bytes and puts them aside for next().
    void take(std::size_t count) {
        for (const auto enough = text_.size() + count; text_.size() < enough;) {
            text_ += connection_.read_bytes(1);
        }
    }
    /// Gives out what take() has put aside.
    std::string take_all() { return std::exchange(text_, {}); }
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

extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

/// What the program holds of the heap.
inline std::size_t allocated_bytes() {
    return __sanitizer_get_current_allocated_bytes != nullptr
               ? __sanitizer_get_current_allocated_bytes()
               : ::mallinfo2().uordblks;
}

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

/// A server that answers each connection's request so.
class ScriptedServer final : public tornado::tcpserver::TCPServer {
public:
    using Script =
        std::function<Future<void>(tornado::iostream::IOStream& stream, std::string head)>;
    explicit ScriptedServer(Script script) : script_{std::move(script)} {
        auto [socket, chosen] = testing::bind_unused_port();
        add_socket(std::move(socket));
        port = chosen;
    }
    [[nodiscard]] std::string url() const { return "ws://127.0.0.1:" + std::to_string(port) + "/"; }
    int port = 0;

protected:
    Future<void> handle_stream(tornado::iostream::IOStream stream, tornado::netutil::Address)
        override {
        auto head = co_await stream.read_until("\r\n\r\n");
        co_await script_(stream, std::move(head));
    }

private:
    Script script_;
};

/// The answer to a client's handshake that accepts it.
inline std::string accepting(const std::string& head, const std::string& more = "") {
    const auto at = head.find("Sec-WebSocket-Key: ") + 19;
    const auto key = head.substr(at, head.find("\r\n", at) - at);
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           websocket::accept_key(key) + "\r\n" + more + "\r\n";
}

/// Hears the frames of a client, as a scripted server.
class ClientFrames {
public:
    explicit ClientFrames(tornado::iostream::IOStream& stream) : stream_{stream} {}

    websocket::FrameReader& reader() { return reader_; }

    /// The next one: "text:Hello", "close1000:bye", or "end".
    Future<std::string> next() {
        while (true) {
            const auto event = reader_.next(text_);
            auto said = told(event);
            text_.erase(0, event.consumed);
            if (!said.empty()) {
                co_return said;
            }
            try {
                text_ += co_await stream_.read_bytes(65536, true);
            } catch (const tornado::iostream::StreamClosedError&) {
                said = "end";
            }
            if (!said.empty()) {
                co_return said;
            }
        }
    }

private:
    tornado::iostream::IOStream& stream_;
    websocket::FrameReader reader_{true, 100'000'000};
    std::string text_;
};

/// Sends `text`, and waits for the client's end.
inline Future<void> say(tornado::iostream::IOStream& stream, std::string text) {
    co_await stream.write(text);
    co_await stream.read_until_close();
}

inline testing::ExpectLog expect_error(std::string_view what) {
    return testing::ExpectLog{tornado::log::app_log(), what};
}
