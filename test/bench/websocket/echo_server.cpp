// The WebSocket server that the bench compares with others.
//
//     websocket_echo_server --port=N
//
// Echoes at /, with compression at /deflate and with context takeover at /takeover. A message that
// begins with an exclamation mark goes to all connections.
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>
#include <tornado/websocket.hpp>

#include <cstdio>
#include <exception>
#include <optional>

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;
namespace websocket = tornado::websocket;

namespace {

struct Echo : websocket::WebSocketHandler {
    void open() { all.add(*this); }
    void on_message(websocket::MessageView message) {
        if (!message.data.starts_with('!')) {
            write_message(message.data, message.binary);
            return;
        }
        all.write_message(message.data, message.binary);
    }
    static inline websocket::Group all;
};

struct Deflating : Echo {
    std::optional<websocket::CompressionOptions> get_compression_options() override {
        return websocket::CompressionOptions{};
    }
};

struct TakingOver : Echo {
    std::optional<websocket::CompressionOptions> get_compression_options() override {
        return websocket::CompressionOptions{
            .own_context_takeover = true, .peer_context_takeover = true};
    }
};

}  // namespace

int main(int argc, char** argv) try {
    options::define("port", 8888, "run on this port of the loopback address");
    options::parse_command_line(argc, argv);
    web::Application application{
        {web::url<Echo>("/"), web::url<Deflating>("/deflate"), web::url<TakingOver>("/takeover")}};
    application.listen(options::get<int>("port"), {.address = "127.0.0.1"});
    ioloop::IOLoop::current().start();
} catch (const std::exception& error) {
    std::fprintf(stderr, "websocket_echo_server: %s\n", error.what());
    return 1;
}
