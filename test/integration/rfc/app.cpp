// What the suite of raw requests talks to: a handler for each thing that a request can meet.
//
//     rfc_app --port=N [--max-body-size=BYTES] [--max-header-size=BYTES]
//     [--header-timeout=MILLISECONDS]
//             [--body-timeout=MILLISECONDS] [--min-body-rate=BYTES] [--write-timeout=MILLISECONDS]
//             [--decompress-request]
#include <tornado/gen.hpp>
#include <tornado/httpserver.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/options.hpp>
#include <tornado/web.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

namespace gen = tornado::gen;
namespace httpserver = tornado::httpserver;
namespace ioloop = tornado::ioloop;
namespace options = tornado::options;
namespace web = tornado::web;
using tornado::Future;

namespace {

struct PlainHandler : web::RequestHandler {
    void set_default_headers() override { set_header("Content-Type", "text/plain"); }
};

struct HelloHandler : web::RequestHandler {
    void get() { write("Hello, world"); }
};

/// Answers with what it understood: method, target, body.
struct EchoHandler : PlainHandler {
    void get() { echo(); }
    void head() { echo(); }
    void post() { echo(); }
    void delete_() { echo(); }
    void patch() { echo(); }
    void put() { echo(); }
    void options() { echo(); }
    void propfind() { echo(); }

private:
    void echo() {
        write(request().method());
        write(" ");
        write(request().uri());
        write(" ");
        write(request().body());
    }
};

/// The same, but not at once.
struct WaitHandler : PlainHandler {
    Future<void> get() { return echo(); }
    Future<void> post() { return echo(); }

private:
    Future<void> echo() {
        co_await gen::moment();
        co_await gen::moment();
        write(request().uri());
        write(" ");
        write(request().body());
    }
};

/// The values of the field `name`, a line each, and the host that was asked for.
struct FieldHandler : PlainHandler {
    void get(const std::string& name) {
        for (const auto value : request().headers().get_list(name)) {
            write(value);
            write("\n");
        }
    }
};

struct HostHandler : PlainHandler {
    void get() {
        write(request().host());
        write(" ");
        write(request().host_name());
    }
};

struct ArgumentHandler : PlainHandler {
    void get() { list(); }
    void post() { list(); }

private:
    void list() {
        for (const auto& value : get_arguments("a", web::Strip::no)) {
            write("[" + value + "]");
        }
    }
};

struct CookieHandler : PlainHandler {
    void get() { write(get_cookie("a", "none")); }
};

struct GroupHandler : PlainHandler {
    void get(const std::string& value) { write(value); }
};

/// A body in pieces, each flushed.
struct StreamHandler : PlainHandler {
    Future<void> get() {
        for (const auto* const piece : {"one ", "two ", "three"}) {
            write(piece);
            co_await flush();
            co_await gen::moment();
        }
    }
    Future<void> head() { return get(); }
};

struct StatusHandler : PlainHandler {
    void get(int status) { set_status(status); }
    void head(int status) { set_status(status); }
};

/// Announces ten bytes and sends another number of them.
struct LengthHandler : PlainHandler {
    Future<void> get(std::size_t size) {
        set_header("Content-Length", 10);
        co_await flush();
        write(std::string(size, 'x'));
        co_await flush();
    }
};

struct BrokenHandler : PlainHandler {
    void get() { throw std::runtime_error{"broken before its head is sent"}; }
};

struct BrokenLaterHandler : PlainHandler {
    Future<void> get() {
        write("a part");
        co_await flush();
        throw std::runtime_error{"broken when its head is sent"};
    }
};

/// Has a version and a date, as a document has.
struct DocumentHandler : PlainHandler {
    explicit DocumentHandler(std::string etag) : etag_{std::move(etag)} {}
    void get() { answer(); }
    void head() { answer(); }

private:
    void answer() {
        if (!etag_.empty()) {
            set_header("Etag", etag_);
        }
        set_header("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        write("document");
    }
    [[nodiscard]] std::optional<std::string> compute_etag() const override { return {}; }

    std::string etag_;
};

/// A file that is not on disk, with a version and the same date.
struct FileHandler : web::StaticFileHandler {
    explicit FileHandler(std::string bytes) : StaticFileHandler{"/"}, bytes_{std::move(bytes)} {}
    Future<void> get() { return StaticFileHandler::get("file.txt"); }
    Future<void> head() { return StaticFileHandler::head("file.txt"); }

private:
    Future<std::optional<std::string>>
    validate_absolute_path(std::string /*root*/, std::string absolute_path) override {
        return Future<std::optional<std::string>>::ready(std::move(absolute_path));
    }
    Future<web::StaticContentRef> get_content(std::string /*absolute_path*/) override {
        using namespace std::chrono;
        const auto date = sys_days{1994y / November / 6} + 8h + 49min + 37s;
        return Future<web::StaticContentRef>::ready(web::StaticContent::of(bytes_, "v1", date));
    }

    std::string bytes_;
};

/// As many bytes as are asked for.
struct BytesHandler : PlainHandler {
    Future<void> get(std::size_t size) {
        const std::string piece(64UL * 1024, 'x');
        for (; size > piece.size(); size -= piece.size()) {
            write(piece);
            co_await flush();
        }
        write(std::string_view{piece}.substr(0, size));
    }
};

std::vector<web::Route> routes() {
    using std::string;
    return {
        web::url<HelloHandler>("/"),
        web::url<EchoHandler>("/echo").method("PROPFIND", &EchoHandler::propfind),
        web::url<WaitHandler>("/wait/.*"),
        web::url<FieldHandler>("/field/(.+)"),
        web::url<HostHandler>("/host"),
        web::url<ArgumentHandler>("/args"),
        web::url<CookieHandler>("/cookie"),
        web::url<GroupHandler>("/group/([^/]*)"),
        web::url<StreamHandler>("/stream"),
        web::url<StatusHandler>("/status/([0-9]+)"),
        web::url<LengthHandler>("/length/([0-9]+)"),
        web::url<BrokenHandler>("/broken"),
        web::url<BrokenLaterHandler>("/broken-later"),
        web::url<DocumentHandler>("/strong", string{"\"v1\""}),
        web::url<DocumentHandler>("/weak", string{"W/\"v1\""}),
        web::url<DocumentHandler>("/dated", string{}),
        web::url<FileHandler>("/file", string{"0123456789"}),
        web::url<FileHandler>("/empty", string{}),
        web::url<BytesHandler>("/bytes/([0-9]+)"),
    };
}

std::chrono::milliseconds milliseconds(const char* option) {
    return std::chrono::milliseconds{options::get<int>(option)};
}

std::size_t size(const char* option) {
    return static_cast<std::size_t>(options::get<int>(option));
}

}  // namespace

int main(int argc, char** argv) try {
    options::define("body_timeout", 0, "milliseconds");
    options::define("decompress_request", false, "takes gzip off bodies");
    options::define("header_timeout", 60'000, "milliseconds");
    options::define("idle_timeout", 60'000, "milliseconds");
    options::define("max_body_size", 1'000'000, "bytes");
    options::define("max_header_size", 65'536, "bytes");
    options::define("min_body_rate", 0, "bytes a second, at once");
    options::define(
        "usual_body_rate", false, "the least rate of a body as a server has it by itself"
    );
    options::define("port", 8888, "run on this port of the loopback address");
    options::define("write_timeout", 60'000, "milliseconds");
    options::parse_command_line(argc, argv);
    web::Application application{routes()};
    const httpserver::HTTPServerOptions usual;
    const bool has_usual_rate = options::get<bool>("usual_body_rate");
    const auto& server = application.listen(
        options::get<int>("port"),
        {.address = "127.0.0.1",
         .http =
             {.body_timeout = milliseconds("body_timeout"),
              .decompress_request = options::get<bool>("decompress_request"),
              .header_timeout = milliseconds("header_timeout"),
              .idle_connection_timeout = milliseconds("idle_timeout"),
              .max_body_size = size("max_body_size"),
              .max_header_size = size("max_header_size"),
              .min_body_rate = has_usual_rate ? usual.min_body_rate : size("min_body_rate"),
              .min_body_rate_grace =
                  has_usual_rate ? usual.min_body_rate_grace : std::chrono::milliseconds{0},
              .write_timeout = milliseconds("write_timeout")}}
    );
    application.drain_on_signal();
    std::printf("Listening on http://127.0.0.1:%d\n", server.port());
    std::fflush(stdout);
    ioloop::IOLoop::current().start();
} catch (const std::exception& error) {
    std::fprintf(stderr, "rfc_app: %s\n", error.what());
    return 1;
}
