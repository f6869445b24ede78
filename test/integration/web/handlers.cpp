#include "handlers.hpp"

#include <tornado/escape.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace escape = tornado::escape;
namespace json = boost::json;
namespace web = tornado::web;
using tornado::Future;

namespace {

std::string joined(const std::vector<std::string>& values) {
    std::string text;
    for (const auto& value : values) {
        text.append(text.empty() && &value == &values.front() ? "" : "|").append(value);
    }
    return text;
}

struct Handler : web::RequestHandler {
    void check_xsrf_cookie() override {}  // tokens have their own tests

    int number(std::string_view name, int fallback) { return get_query_argument(name, fallback); }
    bool has(std::string_view name) { return !get_argument(name, "").empty(); }
};

struct ArgumentsHandler : Handler {
    void get() {
        for (const std::string name : {"a", "b"}) {
            for (const auto strip : {web::Strip::yes, web::Strip::no}) {
                write(name + " " + joined(get_arguments(name, strip)) + "\n");
            }
            for (const auto strip : {web::Strip::yes, web::Strip::no}) {
                write(name + " query_" + joined(get_query_arguments(name, strip)) + "\n");
            }
            for (const auto strip : {web::Strip::yes, web::Strip::no}) {
                write(name + " body_" + joined(get_body_arguments(name, strip)) + "\n");
            }
        }
        write("last " + get_argument("a", "none") + "\n");
    }
    void post() { get(); }
    void put() { get(); }
    void patch() { get(); }
};

struct RequiredHandler : Handler {
    void get() { write(get_argument("name")); }
    void post() { write(get_body_argument("name")); }
};

struct PathHandler : Handler {
    void get(std::string first, std::optional<std::string> second) {
        write(first + " " + second.value_or("-"));
    }
};

struct NamedHandler : Handler {
    void get(std::string year, std::string name) {
        write(year + " " + name + " " + reverse_url("named", {year, name}));
    }
};

struct StatusHandler : Handler {
    void get() {
        set_status(number("code", 200), get_argument("reason", ""));
        write("text");
    }
    void head() { get(); }
};

struct EmptyHandler : Handler {
    void get() { set_status(number("code", 204)); }
};

struct HeaderHandler : Handler {
    void get() {
        const auto name = get_argument("name");
        for (const auto& value : get_arguments("set")) {
            set_header(name, value);
        }
        for (const auto& value : get_arguments("add")) {
            add_header(name, value);
        }
        if (has("clear")) {
            clear_header(get_argument("clear"));
        }
        write("headers");
    }
};

struct CookiesHandler : Handler {
    void get() {
        for (const std::string name : {"a", "b", "session", "long"}) {
            write(name + "=" + get_cookie(name, "none") + "\n");
        }
    }
    void put() {
        web::CookieOptions more{
            .domain = get_argument("domain", ""),
            .httponly = has("httponly"),
            .samesite = get_argument("samesite", ""),
            .secure = has("secure")};
        if (has("path")) {
            more.path = get_argument("path");
        }
        if (has("max_age")) {
            more.max_age = std::chrono::seconds{number("max_age", 0)};
        }
        if (has("expires")) {
            more.expires =
                std::chrono::system_clock::time_point{std::chrono::seconds{number("expires", 0)}};
        }
        set_cookie(get_argument("name"), get_argument("value", "", web::Strip::no), more);
        if (has("again")) {
            set_cookie(get_argument("name"), get_argument("again"));
        }
        write("set");
    }
    void delete_() {
        set_cookie("kept", "1");
        if (has("name")) {
            clear_cookie(get_argument("name"), {.path = get_argument("path", "/")});
        } else {
            clear_all_cookies();
        }
        write("cleared");
    }
};

struct JsonHandler : Handler {
    void get() {
        write(json::object{
            {"text", get_argument("text", "")},
            {"list", {1, -2, 2.5, nullptr, true}},
            {"dict", {{"a", json::object{}}, {"b", json::array{}}}}});
    }
    void post() {
        const auto got = escape::json_decode(request().body());
        json::object answer;
        answer["got"] = got.value();
        write(answer);
    }
};

struct RedirectHandler : Handler {
    void get() {
        if (has("status")) {
            redirect(get_argument("url"), number("status", 0));
        } else {
            redirect(get_argument("url"), has("permanent"));
        }
    }
    void post() { get(); }
};

struct ErrorHandler : Handler {
    void get() {
        const auto kind = get_argument("kind");
        set_header("X-Lost", "yes");
        set_cookie("kept", "yes");
        write("lost");
        if (kind == "send") {
            send_error(number("code", 500));
            return;
        }
        throw_a(kind);
        if (kind == "twice") {
            finish();
            finish();
        } else if (kind == "write") {
            finish("all");
            write("too late");
        } else if (kind == "clear") {
            clear();
            write("after");
        }
    }

    void throw_a(const std::string& kind) {
        if (kind == "http") {
            throw web::HTTPError{number("code", 500)};
        }
        if (kind == "message") {
            throw web::HTTPError{number("code", 500), "for the log only"};
        }
        if (kind == "reason") {
            throw web::HTTPError{number("code", 500), {}, "Our own reason"};
        }
        if (kind == "missing") {
            throw web::MissingArgumentError{"name"};
        }
        if (kind == "exception") {
            throw std::invalid_argument{"secret"};
        }
        if (kind == "finish") {
            throw web::Finish{};
        }
        if (kind == "finish_text") {
            throw web::Finish{"more"};
        }
    }
};

struct OwnErrorHandler : Handler {
    void get() { throw web::HTTPError{number("code", 500), "hidden"}; }
    void write_error(int status_code, std::exception_ptr /*error*/) override {
        set_header("Content-Type", "text/plain");
        finish("own page of " + std::to_string(status_code));
    }
};

struct FlushHandler : Handler {
    Future<void> get() {
        if (has("length")) {
            set_header("Content-Length", get_argument("length"));
        }
        const auto count = number("count", 1);
        for (int i = 0; i < count; ++i) {
            write(std::string(static_cast<std::size_t>(number("size", 10)), 'x'));
            co_await flush();
        }
        if (has("end")) {
            co_await finish(get_argument("end"));
        }
    }
    Future<void> head() { return get(); }
};

struct EtagHandler : Handler {
    void get() {
        if (has("own")) {
            set_header("Etag", get_argument("own"));
        }
        write(get_argument("text", ""));
    }
    void head() { get(); }
    void post() { get(); }
};

struct NoEtagHandler : Handler {
    [[nodiscard]] std::optional<std::string> compute_etag() const override { return std::nullopt; }
    void get() { write("text"); }
};

struct MethodsHandler : Handler {
    void get() { write(request().method()); }
    void post() { get(); }
    void put() { get(); }
    void patch() { get(); }
    void delete_() { get(); }
    void options() { get(); }
    void head() { set_header("X-Method", "HEAD"); }
};

struct BodyHandler : Handler {
    void put() {
        write(
            std::string{request().method()} + " " + std::to_string(request().body().size()) + " "
        );
        write(request().body());
    }
    void post() { put(); }
    void patch() { put(); }
    void delete_() { put(); }
};

struct FilesHandler : Handler {
    void post() {
        for (const auto& [name, files] : request().files()) {
            for (const auto& file : files) {
                write(
                    name + ": " + file.filename + " " + file.content_type + " " +
                    std::to_string(file.body.size()) + "\n"
                );
            }
        }
        std::vector<std::string> names;
        for (const auto& [name, values] : request().body_arguments()) {
            names.emplace_back(name);
        }
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        for (const auto& name : names) {
            write(name + " = " + joined(get_body_arguments(name)) + "\n");
        }
    }
};

struct RequestHandler : Handler {
    void get() {
        auto& asked = request();
        std::vector<std::string> many;
        for (const auto value : asked.headers().get_list("X-Many")) {
            many.emplace_back(value);
        }
        for (const auto& value : std::vector<std::string>{
                 std::string{asked.method()},
                 std::string{asked.uri()},
                 std::string{asked.path()},
                 std::string{asked.query()},
                 std::string{asked.version()},
                 std::string{asked.protocol()},
                 std::string{asked.remote_ip()},
                 asked.headers().get("X-One").value_or("-"),
                 joined(many)}) {
            write(value + "\n");
        }
    }
};

struct PrepareHandler : Handler {
    void prepare() {
        set_header("X-Prepared", "yes");
        if (has("finish")) {
            finish("prepared");
        } else if (has("raise")) {
            throw web::HTTPError{403};
        } else if (has("redirect")) {
            redirect("/elsewhere");
        }
    }
    void get() { write("got"); }
    void post() { write("posted"); }
};

struct DefaultsHandler : Handler {
    void set_default_headers() override {
        set_header("X-Default", "always");
        set_header("Server", "ours");
    }
    void get() {
        set_header("X-Other", "sometimes");
        if (has("raise")) {
            throw web::HTTPError{400};
        }
        write("text");
    }
};

struct TypeHandler : Handler {
    void get() {
        set_header("Content-Type", get_argument("type"));
        if (has("vary")) {
            set_header("Vary", get_argument("vary"));
        }
        if (has("encoding")) {
            set_header("Content-Encoding", get_argument("encoding"));
        }
        write(std::string(static_cast<std::size_t>(number("size", 2000)), 'x'));
    }
    void head() { get(); }
};

struct StreamHandler : Handler {
    void prepare() {
        if (has("refuse")) {
            throw web::HTTPError{413};
        }
    }
    void data_received(std::string_view chunk) { size += chunk.size(); }
    void put() {
        write(
            std::to_string(size) + " " + std::to_string(request().body().size()) + " " +
            get_body_argument("a", "none")
        );
    }
    void post() { put(); }
    std::size_t size = 0;
};

struct HostHandler : Handler {
    explicit HostHandler(std::string text) : name{std::move(text)} {}
    void get() { write(name); }
    std::string name;
};

struct UrlHandler : Handler {
    void get() {
        write(reverse_url("path", {"a b", "\u00fc/?"}) + "\n");
        write(static_url("robots.txt") + "\n");
        write(static_url("robots.txt", false, false) + "\n");
        write(static_url("nothing") + "\n");
    }
};

}  // namespace

std::vector<web::Route> handler_routes() {
    return {
        web::url<ArgumentsHandler>("/h/arguments"),
        web::url<RequiredHandler>("/h/required"),
        web::url<PathHandler>("/h/path/([^/]*)/([^/]*)", {.name = "path"}),
        web::url<PathHandler>("/h/optional/([a-z]+)(?:/([0-9]+))?"),
        web::url<NamedHandler>("/h/named/(?P<year>[0-9]{4})/(?P<name>.*)", {.name = "named"}),
        web::url<StatusHandler>("/h/status"),
        web::url<EmptyHandler>("/h/empty"),
        web::url<HeaderHandler>("/h/header"),
        web::url<CookiesHandler>("/h/cookies"),
        web::url<JsonHandler>("/h/json"),
        web::url<RedirectHandler>("/h/redirect"),
        web::url<ErrorHandler>("/h/error"),
        web::url<OwnErrorHandler>("/h/own_error"),
        web::url<FlushHandler>("/h/flush"),
        web::url<EtagHandler>("/h/etag"),
        web::url<NoEtagHandler>("/h/no_etag"),
        web::url<MethodsHandler>("/h/methods"),
        web::url<BodyHandler>("/h/body"),
        web::url<FilesHandler>("/h/files"),
        web::url<RequestHandler>("/h/request"),
        web::url<PrepareHandler>("/h/prepare"),
        web::url<DefaultsHandler>("/h/defaults"),
        web::url<TypeHandler>("/h/type"),
        web::url<StreamHandler>("/h/stream"),
        web::url<HostHandler>("/h/host", std::string{"any host"}),
        web::url<UrlHandler>("/h/url"),
        web::url<web::ErrorHandler>("/h/gone", 410),
        web::url<web::RedirectHandler>("/h/moved/(?P<what>.*)/end", "/to/{what}", false)};
}

std::vector<web::Route> host_routes() {
    return {web::url<HostHandler>("/h/host", std::string{"our host"})};
}
