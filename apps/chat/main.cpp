// A chat for everybody who opens its page: new messages come by long polling.
//
//     chat [--port=8888] [--history=FILE]
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/util/call_stack.hpp>
#include <tornado/web.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include "handlers.hpp"
#include "site.hpp"

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;

namespace {

void define_options() {
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define("debug", false, "show errors in the answers; start again when rebuilt");
    options::define("drain_timeout", 10, "seconds that requests have after SIGTERM");
    options::define("history", "", "keep the messages in this file; empty: in memory only");
    options::define<std::uint16_t>("port", 8888, "run on the given port");
    options::define("site", "", "the folder with the page; empty: `site` beside the program");
    options::define("xheaders", false, "behind a proxy on this machine: believe its headers");
}

void serve() {
    chat::MessageBuffer buffer;
    std::optional<chat::History> history;
    if (const auto file = options::get<std::string>("history"); !file.empty()) {
        history.emplace(file, buffer);
    }
    chat::History* const kept = history ? &*history : nullptr;

    const auto site_folder =
        site::site_folder(options::get<std::string>("site"), "templates/index.html");
    web::Application application{
        {web::url<chat::MessageNewHandler>("/a/message/new", std::ref(buffer), kept),
         web::url<chat::MessageUpdatesHandler>("/a/message/updates", std::ref(buffer)),
         web::url<chat::IndexHandler>("/", std::cref(buffer)),
         web::url<site::AssetHandler>("/conversation/(.*)", site::conversation_folder())},
        {.compress_response = true,
         .debug = options::get<bool>("debug"),
         .default_handler = web::url<site::NoPageHandler>(".*"),
         .static_handler = web::static_handler_class<site::AssetHandler>(),
         .static_path = site_folder + "/static",
         .template_path = site_folder + "/templates",
         .xsrf_cookie_kwargs = {.samesite = "Lax"},
         .xsrf_cookies = true}};
    auto& server = application.listen(
        options::get<std::uint16_t>("port"),
        {.address = options::get<std::string>("address"),
         .http = {.max_body_size = 65'536, .xheaders = options::get<bool>("xheaders")}}
    );

    application.drain_on_signal({.timeout = site::drain_timeout()});

    std::printf("Listening on %s\n", server.url().c_str());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
}

}  // namespace

int main(int argc, char** argv) try {
    define_options();
    options::refuse_rest(options::parse_command_line(argc, argv));
    if (options::get<bool>("debug")) {
        tornado::util::keep_call_stacks();
    }
    serve();
} catch (const options::Error& error) {
    std::fprintf(stderr, "chat: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "chat: %s\n", error.what());
    return 1;
}
