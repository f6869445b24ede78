// The handlers that the bench compares with one another; see doc/performance.md.
//
//     bench_server --port=N --workers=N --blocking-threshold=MILLISECONDS
//                  [--certfile=FILE --keyfile=FILE]
#include <tornado/gen.hpp>
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace gen = tornado::gen;
namespace httpserver = tornado::httpserver;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;
using tornado::Future;

namespace {

struct PlainHandler : web::RequestHandler {
    void get() { write("Hello, world!"); }
};

struct SuspendHandler : web::RequestHandler {
    Future<void> get() {
        co_await gen::moment();
        write("Hello, world!");
    }
};

struct JsonHandler : web::RequestHandler {
    void get() { write(boost::json::value{{"message", "Hello, world!"}}); }
};

struct ParamHandler : web::RequestHandler {
    void get(const std::string& value) { write(value); }
};

struct EchoHandler : web::RequestHandler {
    void post() { write(request().body()); }
};

/// Takes a body of any size and keeps nothing of it.
struct DiscardHandler : web::RequestHandler {
    void prepare() { request().connection().set_max_body_size(std::uint64_t{1} << 40U); }
    void data_received(std::string_view) {}
    void post() { write("Hello, world!"); }
};

/// The same for a form, whose files go to disk and away again.
struct FormHandler : web::RequestHandler {
    void prepare() {
        request().connection().set_max_body_size(std::uint64_t{1} << 40U);
        form.emplace(request());
    }
    Future<void> data_received(std::string_view chunk) { return form->data_received(chunk); }
    void post() {
        form->finish();
        write("Hello, world!");
    }
    std::optional<web::FormStream> form;
};

}  // namespace

int main(int argc, char** argv) try {
    options::define("blocking_threshold", 0, "milliseconds; 0: no watchdog");
    options::define("certfile", "", "speak TLS, with this certificate");
    options::define("keyfile", "", "the certificate's key");
    options::define("port", 8888, "run on this port of the loopback address");
    options::define("workers", 1, "processes that serve");
    options::parse_command_line(argc, argv);
    web::Application application{
        {web::url<PlainHandler>("/"),
         web::url<SuspendHandler>("/suspend"),
         web::url<JsonHandler>("/json"),
         web::url<ParamHandler>("/param/([^/]+)"),
         web::url<EchoHandler>("/echo"),
         web::url<DiscardHandler>("/discard"),
         web::url<FormHandler>("/form")}};
    httpserver::HTTPServer server{
        application,
        {.ssl_options = {
             .certfile = options::get<std::string>("certfile"),
             .keyfile = options::get<std::string>("keyfile")}}};
    server.bind(options::get<int>("port"), {.address = "127.0.0.1"});
    if (server.start(options::get<int>("workers"))) {
        server.drain_on_signal();
        std::printf("Listening on http://127.0.0.1:%d\n", server.port());
        std::fflush(stdout);
        auto& loop = ioloop::IOLoop::current();
        loop.set_blocking_log_threshold(std::chrono::milliseconds{
            options::get<int>("blocking_threshold")});
        loop.start();
    }
} catch (const std::exception& error) {
    std::fprintf(stderr, "bench_server: %s\n", error.what());
    return 1;
}
