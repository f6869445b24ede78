// Our client, for servers that nobody here wrote: sends each line of its input as a message, prints
// each answer, then closes and prints how.
//
//     websocket_client URL [--compress] [--takeover] [--subprotocol=NAME]
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/websocket.hpp>

#include <iostream>
#include <string>

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace websocket = tornado::websocket;
using tornado::Future;

namespace {

websocket::WebSocketOptions socket_options() {
    websocket::WebSocketOptions chosen;
    if (options::get<bool>("takeover")) {
        chosen.compression({.own_context_takeover = true, .peer_context_takeover = true});
    } else if (options::get<bool>("compress")) {
        chosen.compression({});
    }
    if (const auto name = options::get<std::string>("subprotocol"); !name.empty()) {
        chosen.subprotocols({name});
    }
    return chosen;
}

Future<void> talk(std::string url) {
    const auto chosen = socket_options();
    const auto socket = co_await websocket::websocket_connect(url, chosen);
    std::cout << "open " << socket->selected_subprotocol().value_or("-") << " "
              << (socket->is_compressed() ? "compressed" : "plain") << "\n";
    std::string line;
    while (std::getline(std::cin, line)) {
        co_await socket->write_message(line);
        const auto answer = co_await socket->read_message();
        if (!answer) {
            break;
        }
        std::cout << answer->data << "\n";
    }
    socket->close(1000, "done");
    co_await socket->wait_closed();
    std::cout << "closed " << socket->close_code().value_or(0) << "\n";
}

}  // namespace

int main(int argc, char** argv) {
    options::define("compress", false, "offer compression");
    options::define("takeover", false, "offer compression with context takeover");
    options::define("subprotocol", std::string{}, "offer this subprotocol");
    const auto rest = options::parse_command_line(argc, argv);
    if (rest.size() != 1) {
        std::cerr << "one URL, please\n";
        return 2;
    }
    try {
        ioloop::IOLoop::current().run_sync([&] { return talk(rest.front()); });
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
