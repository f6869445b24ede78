// What WebSocket clients that nobody here wrote talk to, and suites of raw cases.
//
//     websocket_app --port=N [--ping-interval=MILLISECONDS] [--max-message-size=BYTES]
//
// /echo sends back what comes, /deflate too, compressed if the client wants that, with context
// takeover at /takeover; /close?code=N&reason=TEXT closes; /count?n=N sends N messages and closes;
// /protocol chooses the last subprotocol; /page is a page that tests a browser's WebSocket.
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>
#include <tornado/websocket.hpp>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;
namespace websocket = tornado::websocket;
using tornado::Future;

namespace {

struct EchoSocket : websocket::WebSocketHandler {
    bool check_origin(std::string_view origin) override {
        return get_query_argument("origin", "") == "any" || WebSocketHandler::check_origin(origin);
    }
    void on_message(websocket::MessageView message) { write_message(message.data, message.binary); }
};

struct DeflateSocket : EchoSocket {
    std::optional<websocket::CompressionOptions> get_compression_options() override {
        return websocket::CompressionOptions{};
    }
};

struct TakeoverSocket : EchoSocket {
    std::optional<websocket::CompressionOptions> get_compression_options() override {
        return websocket::CompressionOptions{
            .own_context_takeover = true, .peer_context_takeover = true};
    }
};

struct CloseSocket : websocket::WebSocketHandler {
    void open() {
        const auto code = get_query_argument("code", 0);
        close(
            code == 0 ? std::nullopt : std::optional{static_cast<websocket::CloseCode>(code)},
            get_query_argument("reason", "")
        );
    }
};

struct CountSocket : websocket::WebSocketHandler {
    Future<void> open() {
        const auto count = get_query_argument("n", 3);
        for (int i = 0; i < count; ++i) {
            co_await write_message(std::to_string(i));
        }
        close(1000);
    }
};

struct ProtocolSocket : EchoSocket {
    std::optional<std::string> select_subprotocol(const std::vector<std::string>& offered
    ) override {
        return offered.empty() ? std::nullopt : std::optional{offered.back()};
    }
};

/// Shows what a browser's WebSocket makes of /deflate.
struct PageHandler : web::RequestHandler {
    void get() {
        write(R"(<!DOCTYPE html><title>waiting</title><pre id="log"></pre><script>
const log = text => { document.getElementById("log").textContent += text + "\n"; };
const socket = new WebSocket("ws://" + location.host + "/deflate");
socket.binaryType = "arraybuffer";
const big = "\u00e9".repeat(100000);
socket.onopen = () => {
    log("open " + socket.extensions.split(";")[0]);
    socket.send("Hello"); socket.send(new Uint8Array([0, 255])); socket.send(big); socket.send("");
};
// The browser's virtual time passes in an instant, but for requests that are under way.
setInterval(() => fetch("/page"), 20);
let count = 0;
socket.onmessage = event => {
    const data = event.data;
    if (data instanceof ArrayBuffer) log("binary " + new Uint8Array(data).join(" "));
    else log(data === big ? "big" : "text " + data);
    if (++count === 4) socket.close(3001, "done");
};
socket.onclose = event => log("close " + event.code + " " + event.wasClean);
</script>)");
    }
};

}  // namespace

int main(int argc, char** argv) {
    options::define("port", 0, "run on the given port");
    options::define("ping_interval", 0, "milliseconds between pings, 0 for none");
    options::define("max_message_size", 64 * 1024 * 1024, "bytes of the largest message taken");
    options::parse_command_line(argc, argv);

    web::Application application{
        {web::url<EchoSocket>("/echo"),
         web::url<EchoSocket>("/"),
         web::url<DeflateSocket>("/deflate"),
         web::url<TakeoverSocket>("/takeover"),
         web::url<CloseSocket>("/close"),
         web::url<CountSocket>("/count"),
         web::url<ProtocolSocket>("/protocol"),
         web::url<PageHandler>("/page")},
        {.websocket_max_message_size =
             static_cast<std::size_t>(options::get<int>("max_message_size")),
         .websocket_ping_interval = std::chrono::milliseconds{options::get<int>("ping_interval")}}};
    const auto& server = application.listen(options::get<int>("port"), {.address = "127.0.0.1"});
    application.drain_on_signal();
    std::printf("Listening on http://127.0.0.1:%d\n", server.port());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
}
