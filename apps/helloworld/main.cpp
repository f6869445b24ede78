// The shortest program: one handler, one route, one port.
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;

struct MainHandler : web::RequestHandler {
    void get() { write("Hello, world"); }
};

int main(int argc, char** argv) try {
    options::define("address", "127.0.0.1", "listen on this address; empty for all");
    options::define<std::uint16_t>("port", 8888, "run on the given port");
    options::refuse_rest(options::parse_command_line(argc, argv));
    web::Application application{{web::url<MainHandler>("/")}};
    application.drain_on_signal();
    const auto& server = application.listen(
        options::get<std::uint16_t>("port"), {.address = options::get<std::string>("address")}
    );
    std::printf("Listening on %s\n", server.url().c_str());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
} catch (const options::Error& error) {
    std::fprintf(stderr, "helloworld: %s\n", error.what());
    return 2;
} catch (const std::exception& error) {
    std::fprintf(stderr, "helloworld: %s\n", error.what());
    return 1;
}
