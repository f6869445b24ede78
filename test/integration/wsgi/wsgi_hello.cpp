// An application of ours as a Python module, for servers that are written in Python.
#include <tornado/web.hpp>
#include <tornado/wsgi_application.hpp>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <tornado/gen.hpp>
#include <utility>
#include <vector>

namespace gen = tornado::gen;
namespace web = tornado::web;
using namespace std::chrono_literals;
using tornado::Future;

namespace {

struct MainHandler : web::RequestHandler {
    void get() { write("Hello, " + get_argument("name", "world")); }
    void head() { get(); }
    void post() { write("posted " + get_body_argument("name")); }
};

struct PathHandler : web::RequestHandler {
    void get(const std::string& path) {
        set_header("X-Remote", request().remote_ip());
        set_cookie("seen", "yes");
        write(path + " " + std::string{request().protocol()});
    }
};

struct SizeHandler : web::RequestHandler {
    void put() { write(std::to_string(request().body().size())); }
};

struct SleepHandler : web::RequestHandler {
    Future<void> get() {
        co_await gen::sleep(1s);
        write("not reached");
    }
};

struct FlushHandler : web::RequestHandler {
    Future<void> get() {
        write("one");
        co_await flush();
    }
};

struct LargeHandler : web::RequestHandler {
    void get(const std::string& size) { write(std::string(std::stoul(size), 'x')); }
};

/// With the files of the folder WSGI_HELLO_FILES.
std::unique_ptr<web::Application> make_application() {
    web::ApplicationSettings settings;
    if (const auto* const folder = std::getenv("WSGI_HELLO_FILES")) {
        settings.static_path = folder;
    }
    return std::make_unique<web::Application>(
        std::vector{
            web::url<MainHandler>("/"),
            web::url<PathHandler>("/path/(.*)"),
            web::url<SizeHandler>("/size"),
            web::url<SleepHandler>("/sleep"),
            web::url<FlushHandler>("/flush"),
            web::url<LargeHandler>("/large/(.*)")},
        std::move(settings)
    );
}

}  // namespace

TORNADO_WSGI_MODULE(wsgi_hello, make_application)
