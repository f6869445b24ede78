// The handlers that the bench compares with one another; see doc/performance.md.
//
//     bench_server --port=N --workers=N --blocking-threshold=MILLISECONDS
//                  [--certfile=FILE --keyfile=FILE] [--static=FOLDER] [--compress]
#include <tornado/gen.hpp>
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/util/ignore_sigpipe.hpp>
#include <tornado/web.hpp>

#include <zlib.h>

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

/// Ten KiB of what compresses as pages do.
const std::string& text() {
    static const auto made = [] {
        std::string text;
        for (unsigned value = 1; text.size() < 10'240;
             value = value * 1'664'525U + 1'013'904'223U) {
            text += "<li class=\"item\">" + std::to_string(value % 100'000) + "</li>\n";
        }
        text.resize(10'240);
        return text;
    }();
    return made;
}

/// Without an Etag, whose making would cost by the size of what it is made of.
struct TextHandler : web::RequestHandler {
    void get() { write(text()); }
    std::optional<std::string> compute_etag() const override { return std::nullopt; }
};

/// Compresses by zlib alone, as cheaply as that can be used.
struct ZlibHandler : TextHandler {
    void get() {
        static auto* const stream = [] {
            auto* const made = new z_stream{};
            deflateInit2(made, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
            return made;
        }();
        deflateReset(stream);
        std::string out(deflateBound(stream, text().size()), '\0');
        stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text().data()));
        stream->avail_in = static_cast<uInt>(text().size());
        stream->next_out = reinterpret_cast<Bytef*>(out.data());
        stream->avail_out = static_cast<uInt>(out.size());
        deflate(stream, Z_FINISH);
        out.resize(stream->total_out);
        set_header("Content-Encoding", "gzip");
        write(out);
    }
};

}  // namespace

int main(int argc, char** argv) try {
    tornado::util::ignore_sigpipe();  // as nginx does
    options::define("blocking_threshold", 0, "milliseconds; 0: no watchdog");
    options::define("certfile", "", "speak TLS, with this certificate");
    options::define("compress", false, "compress responses by gzip");
    options::define("keyfile", "", "the certificate's key");
    options::define("port", 8888, "run on this port of the loopback address");
    options::define("static", "", "a folder to serve at /static/");
    options::define("workers", 1, "processes that serve");
    options::parse_command_line(argc, argv);
    web::Application application{
        {web::url<PlainHandler>("/"),
         web::url<SuspendHandler>("/suspend"),
         web::url<JsonHandler>("/json"),
         web::url<ParamHandler>("/param/([^/]+)"),
         web::url<EchoHandler>("/echo"),
         web::url<DiscardHandler>("/discard"),
         web::url<FormHandler>("/form"),
         web::url<TextHandler>("/text"),
         web::url<ZlibHandler>("/zlib")},
        {.compress_encodings = {"gzip"},
         .compress_response = options::get<bool>("compress"),
         .static_path = options::get<std::string>("static")}};
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
