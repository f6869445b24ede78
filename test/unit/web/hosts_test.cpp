#include <tornado/web/application.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/httpclient/errors.hpp>
#include <tornado/httputil/error.hpp>
#include <tornado/web/handlers.hpp>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(hosts)

struct Says : web::RequestHandler {
    explicit Says(std::string what) : text{std::move(what)} {}
    void get() { write(text); }
    std::string text;
};

struct HostTest : WebTest {
    App get_app() override {
        auto app = std::make_shared<web::Application>(
            std::vector{web::url<Says>("/foo", "wildcard"), web::url<Says>("/bar", "wildcard bar")},
            std::move(settings)
        );
        app->add_handlers(
            "www.example.com",
            {web::url<Says>("/foo", "[0]"), web::url<Says>("/named", {.name = "named"}, "named")}
        );
        app->add_handlers(R"(.*\.example\.com)", {web::url<Says>("/bar", "[1]")});
        app->add_handlers("www.example.com", {web::url<Says>("/baz", "[2]")});
        return app;
    }
    std::string of(std::string_view host, std::string_view path, std::string_view more = "") {
        auto connection = connect();
        connection.send(
            "GET " + std::string{path} + " HTTP/1.1\r\nHost: " + std::string{host} + "\r\n" +
            std::string{more} + "\r\n"
        );
        return connection.read_response().body;
    }
};

BOOST_FIXTURE_TEST_CASE(that_match_are_all_tried_before_the_constructors_routes, HostTest) {
    BOOST_TEST(of("www.example.com", "/foo") == "[0]");
    BOOST_TEST(of("www.example.com", "/bar") == "[1]");
    BOOST_TEST(of("www.example.com", "/baz") == "[2]");
    BOOST_TEST(of("WWW.Example.COM:80", "/foo") == "[0]");
    BOOST_TEST(of("other.example.com", "/foo") == "wildcard");
    BOOST_TEST(of("example.org", "/bar") == "wildcard bar");
    BOOST_TEST(of("www.example.com.evil.org", "/baz").find("404") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(that_are_unknown_are_taken_for_the_default_one_at_last, HostTest) {
    settings.default_host = "www.example.com";
    BOOST_TEST(of("example.org", "/foo") == "wildcard");
    BOOST_TEST(of("example.org", "/baz") == "[2]");
    BOOST_TEST(
        of("example.org", "/baz", "X-Real-Ip: 1.2.3.4\r\n").find("404") != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(have_names_too) {
    web::Application app{{web::url<Says>("/a", {.name = "a"}, "a")}};
    app.add_handlers("b", {web::url<Says>("/b", {.name = "b"}, "b")});
    BOOST_TEST(app.reverse_url("a") == "/a");
    BOOST_TEST(app.reverse_url("b") == "/b");
    BOOST_CHECK_THROW(
        app.add_handlers("c", {web::url<Says>("/c", {.name = "b"}, "c")}), std::invalid_argument
    );
    BOOST_CHECK_THROW(app.add_handlers("(", {}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fallback_handler)

struct Posted : web::RequestHandler {
    Future<void> post() {
        co_await gen::moment();
        write(request().path());
        write(" ");
        write(get_argument("a", "?"));
    }
};

/// Takes the body as it comes.
struct Streamed : web::RequestHandler {
    Future<void> prepare() { co_await gen::moment(); }
    Future<void> data_received(std::string_view chunk) {
        size += chunk.size();
        co_await gen::moment();
    }
    void post() { write(std::to_string(size)); }
    std::size_t size = 0;
};

BOOST_FIXTURE_TEST_CASE(gives_requests_to_another_application, WebTest) {
    web::Application other{
        {web::url<hosts::Says>("/other", "from the other"),
         web::url<Posted>("/posted"),
         web::url<Streamed>("/streamed")},
        {.log_function = [](web::RequestHandler&) {}}};
    routes.push_back(web::url<hosts::Says>("/own", "own"));
    routes.push_back(web::url<web::FallbackHandler>(".*", std::ref(other)));
    settings.xsrf_cookies = true;
    BOOST_TEST(get("/own").body == "own");
    BOOST_TEST(get("/other").body == "from the other");
    BOOST_TEST(get("/nowhere").code == 404);
    BOOST_TEST(
        fetch(
            "/posted",
            {.body = "a=b",
             .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
             .method = "POST"}
        )
            .body == "/posted b"
    );
    BOOST_TEST(post("12345", "/streamed").body == "5");
    auto connection = connect();
    connection.send(request_for("/other") + request_for("/own"));
    BOOST_TEST(connection.read_response().body == "from the other");
    BOOST_TEST(connection.read_response().body == "own");
}

/// Another server's part, that fails where `place` says.
struct FailingServer : httputil::HTTPServerConnectionDelegate {
    struct Delegate : httputil::HTTPMessageDelegate {
        Delegate(std::string its, httputil::HTTPConnection& its_exchange)
            : place{std::move(its)},
              exchange{its_exchange} {}
        Future<void> headers_received(httputil::RequestHead&, const httputil::Target&) override {
            if (place == "head") {
                throw httputil::HTTPInputError{httputil::Errc::body_too_large};
            }
            return Future<void>::ready();
        }
        Future<void> data_received(std::string_view) override {
            co_await gen::moment();
            if (place == "body") {
                throw httputil::HTTPInputError{httputil::Errc::malformed_multipart};
            }
        }
        void finish() override {
            if (place == "response") {
                exchange.write_headers(200, {}, {{"Content-Length", "9"}}, "half");
            }
            throw std::runtime_error{"broken behind"};
        }
        std::string place;
        httputil::HTTPConnection& exchange;
    };

    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return place == "nowhere" ? nullptr : std::make_unique<Delegate>(place, exchange);
    }
    std::string place;
};

BOOST_FIXTURE_TEST_CASE(a_request_is_answered_when_the_other_fails, WebTest) {
    FailingServer other;
    routes.push_back(web::url<web::FallbackHandler>("/", std::ref(other)));
    const std::pair<std::string, int> cases[] = {{"head", 413}, {"body", 400}, {"nowhere", 404}};
    for (const auto& [place, status] : cases) {
        other.place = place;
        BOOST_TEST(post("body").code == status);
    }
    const auto uncaught = expect_uncaught("broken behind");
    for (const std::string_view place : {"finish", "response"}) {
        other.place = place;
        BOOST_CHECK_THROW(post("body"), tornado::httpclient::HTTPStreamClosedError);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(debug_mode)

struct Failing : web::RequestHandler {
    void get() { throw std::runtime_error{"what went wrong"}; }
};

BOOST_FIXTURE_TEST_CASE(shows_what_was_thrown, WebTest) {
    settings.debug = true;
    settings.autoreload = false;
    serve<Failing>();
    const auto log = expect_uncaught();
    const auto response = get();
    BOOST_TEST(response.code == 500);
    BOOST_TEST(header(response, "Content-Type") == "text/plain; charset=UTF-8");
    BOOST_TEST(response.body.find("std::runtime_error: what went wrong") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sets_what_is_not_set) {
    const auto of = [](web::ApplicationSettings settings) {
        const web::Application app{{}, std::move(settings)};
        return std::to_string(*app.settings().autoreload) +
               std::to_string(*app.settings().serve_traceback) +
               std::to_string(*app.settings().static_hash_cache);
    };
    BOOST_TEST(of({}) == "001");
    BOOST_TEST(of({.autoreload = false, .debug = true}) == "010");
    BOOST_TEST(
        of({.autoreload = false, .debug = true, .serve_traceback = false, .static_hash_cache = true}
        ) == "001"
    );
}

BOOST_AUTO_TEST_SUITE_END()
