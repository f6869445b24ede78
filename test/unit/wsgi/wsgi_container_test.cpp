#include <tornado/wsgi/wsgi_container.hpp>

#include <stdexcept>
#include <tornado/routing.hpp>
#include <tornado/web.hpp>

#include "../log_capture.hpp"
#include "fixture.hpp"

namespace httputil = tornado::httputil;
namespace routing = tornado::routing;
namespace web = tornado::web;
namespace wsgi = tornado::wsgi;

BOOST_AUTO_TEST_SUITE(wsgi_container)

BOOST_FIXTURE_TEST_CASE(serves_a_python_application, WSGITest) {
    serve_validated(R"(
def application(environ, start_response):
    return text(start_response, "Hello world!")
)");
    const auto response = fetch("/");
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.body == "Hello world!");
    BOOST_TEST(response.headers.get("Content-Type").value() == "text/plain");
}

BOOST_FIXTURE_TEST_CASE(runs_requests_at_the_same_time_on_several_threads, WSGITest) {
    serve_validated(R"(
barrier = threading.Barrier(2)
def application(environ, start_response):
    return text(start_response, "ok %d" % barrier.wait(60))
)");
    auto first = connect();
    auto second = connect();
    first.send(get("/"));
    second.send(get("/"));
    const auto one = first.read_response().body;
    const auto two = second.read_response().body;
    BOOST_TEST(std::min(one, two) == "ok 0");
    BOOST_TEST(std::max(one, two) == "ok 1");
}

BOOST_FIXTURE_TEST_CASE(streams_several_responses_at_the_same_time, WSGITest) {
    serve_validated(R"(
barrier = threading.Barrier(2)
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"ok "
    yield b"%d" % barrier.wait(60)
)");
    auto first = connect();
    auto second = connect();
    first.send(get("/"));
    second.send(get("/"));
    const auto one = first.read_response().body;
    const auto two = second.read_response().body;
    BOOST_TEST(std::min(one, two) == "ok 0");
    BOOST_TEST(std::max(one, two) == "ok 1");
}

BOOST_FIXTURE_TEST_CASE(runs_one_request_after_another_on_one_thread, WSGITest) {
    serve_validated(
        R"(
running = []
def application(environ, start_response):
    running.append(1)
    count = len(running)
    running.pop()
    return text(start_response, "%d %s" % (count, environ["wsgi.multithread"]))
)",
        {.threads = 1}
    );
    BOOST_TEST(fetch("/").body == "1 False");
    BOOST_TEST(fetch("/").body == "1 False");
}

BOOST_FIXTURE_TEST_CASE(is_a_target_of_rules, WSGITest) {
    serve("def application(environ, start_response): return text(start_response, 'python')");
    const auto router = std::make_shared<routing::RuleRouter>(std::vector<routing::Rule>{
        {"/python", *container}, {"/native", [](httputil::HTTPServerRequest& request) {
                                      request.connection().send_response(200, {}, {}, "native");
                                  }}});
    struct Other : AsyncHTTPTestCase {
        App get_app() override { return app; }
        App app;
    };
    Other other;
    other.app = router;
    BOOST_TEST(other.fetch("/python").body == "python");
    BOOST_TEST(other.fetch("/native").body == "native");
    BOOST_TEST(other.fetch("/none").code == 404);
}

BOOST_FIXTURE_TEST_CASE(takes_what_an_application_falls_back_to, WSGITest) {
    serve(R"(
def application(environ, start_response):
    return text(start_response, environ["PATH_INFO"].encode() + environ["wsgi.input"].read())
)");
    struct Main : web::RequestHandler {
        void get() { write("native"); }
    };
    struct Other : AsyncHTTPTestCase {
        App get_app() override { return app; }
        App app;
    };
    Other other;
    other.app = std::make_shared<web::Application>(std::vector{
        web::url<Main>("/"), web::url<web::FallbackHandler>("/.*", std::ref(*container))});
    BOOST_TEST(other.fetch("/").body == "native");
    BOOST_TEST(other.fetch("/post", {.body = "=body", .method = "POST"}).body == "/post=body");
}

BOOST_FIXTURE_TEST_CASE(knows_where_it_is_mounted, WSGITest) {
    serve_validated(
        R"(
def application(environ, start_response):
    return text(start_response, environ["SCRIPT_NAME"] + "|" + environ["PATH_INFO"])
)",
        {.script_name = "/blog"}
    );
    BOOST_TEST(fetch("/blog/a/b").body == "/blog|/a/b");
    BOOST_TEST(fetch("/blog").body == "/blog|");
    BOOST_TEST(fetch("/blogs").code == 404);
    BOOST_TEST(fetch("/").code == 404);
}

BOOST_FIXTURE_TEST_CASE(refuses_what_waits_in_too_long_a_line, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    if environ["PATH_INFO"] == "/wait":
        event("begun").set()
        event("go").wait(60)
    return text(start_response, "served")
)",
        {.max_waiting = 1, .threads = 1}
    );
    const LogCapture logged;
    auto first = connect();
    first.send(get("/wait"));
    wait_for_event("begun");
    auto second = connect();
    second.send(get("/wait"));
    // Both have been read when a third one's answer is there: they share a loop.
    BOOST_TEST(fetch("/").code == 503);
    set_event("go");
    BOOST_TEST(first.read_response().body == "served");
    BOOST_TEST(second.read_response().body == "served");
    BOOST_TEST(fetch("/").code == 200);
    BOOST_TEST(logged.count("too many requests wait") == 1);
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_its_options) {
    const auto app = wsgi::PythonApp::from_source("application = print");
    BOOST_CHECK_THROW(wsgi::WSGIContainer(app, {.threads = 0}), std::invalid_argument);
    BOOST_CHECK_THROW(wsgi::WSGIContainer(app, {.script_name = "blog"}), std::invalid_argument);
    BOOST_CHECK_THROW(wsgi::WSGIContainer(app, {.script_name = "/blog/"}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
