// A server that sends every line back, and a client that asks it to.
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/iostream.hpp>
#include <tornado/log.hpp>
#include <tornado/netutil.hpp>
#include <tornado/options.hpp>
#include <tornado/tcpclient.hpp>
#include <tornado/tcpserver.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace ioloop = tornado::ioloop;
namespace iostream = tornado::iostream;
namespace netutil = tornado::netutil;
namespace options = tornado::options;
namespace tcpclient = tornado::tcpclient;
namespace tcpserver = tornado::tcpserver;
using tornado::Future;

constexpr std::size_t longest_line = 65'536;

struct EchoServer : tcpserver::TCPServer {
    Future<void> handle_stream(iostream::IOStream stream, netutil::Address address) override {
        tornado::log::app_log().info("Connection from ", address.host(), " port ", address.port());
        while (!draining()) {
            auto line = co_await stream.read_until("\n", longest_line);
            co_await stream.write(std::move(line));
        }
    }
};

/// Listens where systemd says, if it does, and otherwise where the options say.
void listen(EchoServer& server) {
    auto passed = netutil::systemd_sockets();
    for (auto& [name, socket] : passed) {
        server.add_socket(std::move(socket));
    }
    if (passed.empty()) {
        server.listen(
            options::get<std::uint16_t>("port"), {.address = options::get<std::string>("address")}
        );
    }
}

void serve() {
    EchoServer server;
    if (options::get<bool>("proxy_protocol")) {
        server.set_proxy_protocol({.trusted = {"127.0.0.1", "::1", "unix"}});
    }
    listen(server);
    server.drain_on_signal({.timeout = std::chrono::seconds{options::get<int>("drain_timeout")}});
    std::printf(
        "Listening on tcp://%s:%d\n", options::get<std::string>("address").c_str(), server.port()
    );
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
}

/// Sends each line and prints what comes back for it.
Future<void> ask(std::vector<std::string> lines) {
    tcpclient::TCPClient client;
    const std::chrono::seconds timeout{options::get<int>("timeout")};
    auto stream = co_await client.connect(
        options::get<std::string>("connect"),
        options::get<std::uint16_t>("port"),
        tcpclient::ConnectOptions().timeout(timeout)
    );
    for (const auto& line : lines) {
        co_await stream.write(line + "\n");
        const auto answer = co_await stream.read_until("\n", longest_line);
        std::printf("%s", answer.c_str());
    }
}

int main(int argc, char** argv) try {
    options::define("address", "127.0.0.1", "server: listen on this address");
    options::define("connect", "", "be a client of the server on this host");
    options::define("drain_timeout", 5, "server: seconds that clients have after SIGTERM");
    options::define<std::uint16_t>("port", 8888, "listen on this port, or connect to it");
    options::define("proxy_protocol", false, "server: connections come through a local proxy");
    options::define("timeout", 10, "client: seconds to connect");
    auto lines = options::parse_command_line(argc, argv);
    if (options::get<std::string>("connect").empty()) {
        options::refuse_rest(lines);
        serve();
    } else {
        ioloop::IOLoop::current().run_sync([&] { return ask(std::move(lines)); });
    }
} catch (const options::Error& error) {
    std::fprintf(stderr, "tcpecho: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "tcpecho: %s\n", error.what());
    return 1;
} catch (const tornado::CancelledError&) {
    return 1;
}
