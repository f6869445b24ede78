// Rooms to talk in, over WebSockets: what one says there all others see, whichever process or
// machine they are connected to.
//
//     websocket [--port=8888] [--processes=N] [--redis=redis://HOST]
#include <tornado/gen.hpp>
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/netutil.hpp>
#include <tornado/options.hpp>
#include <tornado/process.hpp>
#include <tornado/pubsub.hpp>
#include <tornado/web.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chat_socket.hpp"
#include "limits.hpp"
#include "site.hpp"
#include "talk.hpp"

namespace httpserver = tornado::httpserver;
namespace ioloop = tornado::ioloop;
namespace netutil = tornado::netutil;
namespace options = tornado::options;
namespace process = tornado::process;
namespace pubsub = tornado::pubsub;
namespace web = tornado::web;
using namespace std::chrono_literals;

namespace {

void define_options() {
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define("drain_timeout", 10, "seconds that pages have after SIGTERM");
    options::define<std::uint16_t>("port", 8888, "run on the given port");
    options::define("processes", 1, "serve with so many processes; 0: one for each processor");
    options::define(
        "redis",
        "",
        "reach other machines through this Redis: redis://[user:password@]host[:port]; with a "
        "password it had better stand in REDIS_URL, which no list of processes shows"
    );
    options::define("site", "", "the folder with the page; empty: `site` beside the program");
    options::define("xheaders", false, "behind a proxy on this machine: believe its headers");
}

std::string redis_url() {
    const char* const in_environment = std::getenv("REDIS_URL");
    const auto url = options::get<std::string>("redis");
    return url.empty() && in_environment != nullptr ? in_environment : url;
}

/// The last messages of each room are kept however old they are.
pubsub::BrokerOptions broker_options(const std::string& folder) {
    return {
        .host = {.folder = folder},
        .max_message_size = 64 * 1024,
        .max_topics = 2 * talk::most_rooms,
        .redis = {.prefix = "talk", .url = redis_url()},
        .replay = {.max_age = 0ms, .max_messages = talk::history_size}};
}

void serve_rooms(std::vector<netutil::Socket> sockets, pubsub::Broker& broker) {
    talk::Talk talk{broker};
    const auto site_folder = site::site_folder(options::get<std::string>("site"));
    web::Application application{
        {web::url<talk::ChatSocket>("/socket", std::ref(talk)),
         web::url<site::AssetHandler>("/conversation/(.*)", site::conversation_folder()),
         web::url<site::SiteHandler>("/(.*)", site_folder)},
        {.compress_response = true, .xsrf_cookie_kwargs = {.samesite = "Lax"}}};
    httpserver::HTTPServer server{
        application,
        {.max_body_size = 1'024,
         .max_connections = talk::most_connections,
         .xheaders = options::get<bool>("xheaders")}};
    server.add_sockets(std::move(sockets));
    server.drain_on_signal({.timeout = site::drain_timeout()});
    ioloop::IOLoop::current().start();
}

void serve(std::vector<netutil::Socket> sockets, const std::string& folder) {
    auto& loop = ioloop::IOLoop::current();
    pubsub::Broker broker{broker_options(folder)};
    loop.run_sync([&broker] { return broker.ready(); });
    serve_rooms(std::move(sockets), broker);
    try {
        loop.run_sync([&broker] { return broker.flush(); }, 1s);
    } catch (const ioloop::TimeoutError&) {
        // Redis is away, and does not hear that nobody is here any more.
    }
}

void run() {
    auto sockets = netutil::bind_sockets(
        options::get<std::uint16_t>("port"), {.address = options::get<std::string>("address")}
    );
    const auto url = httpserver::url_of(netutil::local_address(sockets.at(0).fileno()));
    std::printf("Listening on %s\n", url.c_str());
    std::fflush(stdout);
    if (options::get<int>("processes") == 1) {
        serve(std::move(sockets), "");
        return;
    }
    const pubsub::PrivateFolder folder;
    const auto close_sockets = [&sockets] { sockets.clear(); };
    if (process::fork_processes(options::get<int>("processes"), 100, close_sockets)) {
        serve(std::move(sockets), folder.path());
    }
}

}  // namespace

int main(int argc, char** argv) try {
    define_options();
    options::refuse_rest(options::parse_command_line(argc, argv));
    run();
} catch (const options::Error& error) {
    std::fprintf(stderr, "websocket: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "websocket: %s\n", error.what());
    return 1;
}
