#include <tornado/wsgi/wsgi_container.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tornado/concurrent/promise.hpp>
#include <tornado/gen.hpp>
#include <tornado/routing.hpp>
#include <tornado/testing/expect_log.hpp>
#include <tornado/web.hpp>
#include <utility>

#include "../log_capture.hpp"
#include "fixture.hpp"

namespace httputil = tornado::httputil;
namespace routing = tornado::routing;
namespace web = tornado::web;
namespace wsgi = tornado::wsgi;

namespace {

/// One that has no descriptor left for a file.
class BrokenExchange final : public httputil::HTTPConnection {
public:
    explicit BrokenExchange(tornado::Promise<void>& gone) : gone_{gone} {}

    tornado::Future<void>
    write_headers(int, std::string_view, const httputil::HTTPHeaders&, std::string_view) override {
        return tornado::Future<void>::ready();
    }
    void send_response(int, std::string_view, const httputil::HTTPHeaders&, std::string&&)
        override {}
    tornado::Future<void> write(std::string) override { return tornado::Future<void>::ready(); }
    tornado::Future<void> write_file(int, std::uint64_t, std::size_t, std::shared_ptr<const void>)
        override {
        throw std::system_error{EMFILE, std::system_category(), "write_file"};
    }
    void finish() override {}
    void abort() noexcept override {}
    [[nodiscard]] bool closed() const noexcept override { return false; }
    [[nodiscard]] std::string remote_ip() const override { return "192.0.2.1"; }
    [[nodiscard]] std::string_view protocol() const noexcept override { return "http"; }

    std::unique_ptr<httputil::HTTPMessageDelegate> delegate;

private:
    void dispose() noexcept override {
        gone_.set_result();
        delete this;
    }
    tornado::Promise<void>& gone_;
};

}  // namespace

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
begun = []
def application(environ, start_response):
    begun.append(environ["PATH_INFO"])
    event("begun").set()
    event("go").wait(60)
    return text(start_response, "%s %s" % (begun, environ["wsgi.multithread"]))
)",
        {.max_waiting = 1, .threads = 1}
    );
    auto first = connect();
    first.send(get("/1"));
    wait_for_event("begun");
    auto second = connect();
    second.send(get("/2"));
    BOOST_TEST(fetch("/3").code == 503);  // so the second one has been read, and waits
    set_event("go");
    BOOST_TEST(first.read_response().body == "['/1'] False");
    BOOST_TEST(second.read_response().body == "['/1', '/2'] False");
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
    BOOST_TEST(fetch("/%62log/c").body == "/blog|/c");
    BOOST_TEST(fetch("/blogs").code == 404);
    BOOST_TEST(fetch("/blo").code == 404);
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

BOOST_FIXTURE_TEST_CASE(without_a_line_serves_as_many_as_it_has_threads, WSGITest) {
    serve(
        R"(
barrier = threading.Barrier(2)
def application(environ, start_response):
    barrier.wait(60)
    return text(start_response, "served")
)",
        {.max_waiting = 0, .threads = 2}
    );
    auto first = connect();
    auto second = connect();
    first.send(get("/"));
    second.send(get("/"));
    BOOST_TEST(first.read_response().body == "served");
    BOOST_TEST(second.read_response().body == "served");
}

BOOST_FIXTURE_TEST_CASE(refuses_what_has_waited_too_long, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    event("begun").set()
    event("go").wait(60)
    return text(start_response, "served")
)",
        {.threads = 1, .wait_timeout = std::chrono::seconds{1}}
    );
    const LogCapture logged;
    auto first = connect();
    first.send(get("/"));
    wait_for_event("begun");
    BOOST_TEST(fetch("/").code == 503);
    BOOST_TEST(logged.count("has waited too long") == 1);
    set_event("go");
    BOOST_TEST(first.read_response().body == "served");
}

BOOST_FIXTURE_TEST_CASE(tells_how_long_all_its_threads_have_been_taken, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    event("begun").set()
    event("go").wait(60)
    return text(start_response, "served")
)",
        {.threads = 1}
    );
    const auto none = std::chrono::milliseconds{0};
    BOOST_TEST((container->stuck_for() == none));
    auto client = connect();
    client.send(get("/"));
    wait_for_event("begun");
    while (container->stuck_for() == none) {
    }
    set_event("go");
    BOOST_TEST(client.read_response().body == "served");
    while (container->stuck_for() != none) {
    }
}

BOOST_FIXTURE_TEST_CASE(tells_how_long_one_has_kept_pythons_lock, WSGITest) {
    serve(
        R"(
import ctypes
python = ctypes.PyDLL(None)  # whose functions keep the lock
def application(environ, start_response):
    if environ["PATH_INFO"] == "/keep":
        python.usleep(1_000_000)
    return text(start_response, "served")
)",
        {.threads = 4}
    );
    using namespace std::chrono_literals;
    auto first = connect();
    auto second = connect();
    first.send(get("/keep"));
    second.send(get("/"));
    for (int i = 0; i < 50 && container->stuck_for() < 100ms; ++i) {
        run([] { return tornado::gen::sleep(10ms); });
    }
    BOOST_TEST((container->stuck_for() >= 100ms));
    BOOST_TEST(first.read_response().body == "served");
    BOOST_TEST(second.read_response().body == "served");
    BOOST_TEST((container->stuck_for() == 0ms));
}

BOOST_FIXTURE_TEST_CASE(that_closes_leaves_alone_what_does_not_end, WSGITest) {
    serve(
        R"(
def application(environ, start_response):
    event("begun").set()
    event("go").wait(60)
    event("ended").set()
    return text(start_response, "served")
)",
        {.end_timeout = std::chrono::milliseconds{1}}
    );
    const LogCapture logged;
    auto client = connect();
    client.send(get("/hang"));
    wait_for_event("begun");
    BOOST_TEST(!container->close());
    BOOST_TEST(!container->close());
    BOOST_TEST(logged.count("does not end GET /hang") == 1);
    set_event("go");  // what it uses is still there
    wait_for_event("ended");
}

BOOST_FIXTURE_TEST_CASE(that_has_closed_serves_nothing, WSGITest) {
    serve("def application(environ, start_response): return text(start_response, 'served')");
    BOOST_TEST(fetch("/").body == "served");
    BOOST_TEST(container->close());
    tornado::Promise<void> gone;
    const httputil::ExchangeRef exchange{new BrokenExchange{gone}};
    BOOST_CHECK_THROW(static_cast<void>(container->start_request(*exchange)), std::logic_error);
}

BOOST_FIXTURE_TEST_CASE(ends_in_a_forked_process_though_its_threads_are_not_there, WSGITest) {
    serve("def application(environ, start_response): return text(start_response, 'served')");
    BOOST_TEST(fetch("/").body == "served");
    const auto child = ::fork();
    if (child == 0) {
        ::alarm(60);  // if it hangs
        container->~WSGIContainer();
        ::_exit(0);
    }
    int status = -1;
    BOOST_TEST(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
}

BOOST_FIXTURE_TEST_CASE(lets_an_exchange_go_that_cannot_be_sent, WSGITest) {
    serve(R"(
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "x/y")])
    return environ["wsgi.file_wrapper"](open(threading.__file__, "rb"))
)");
    const LogCapture logged;
    tornado::Promise<void> gone;
    auto* const broken = new BrokenExchange{gone};
    {
        const httputil::ExchangeRef alive{broken};
        broken->delegate = container->start_request(*broken);
        httputil::RequestHead head;
        head.method = "GET";
        head.target = "/";
        httputil::Target target;
        target.path = "/";
        static_cast<void>(broken->delegate->headers_received(head, target));
        broken->delegate->finish();
    }
    run([&] { return gone.future(); });
    BOOST_TEST(logged.count("cannot be sent: ") == 1);
    BOOST_TEST(logged.count(", broken off") == 1);
}

BOOST_FIXTURE_TEST_CASE(logs_each_request_at_the_level_of_its_status, WSGITest) {
    using tornado::log::Level;
    serve(R"(
def application(environ, start_response):
    return text(start_response, "x", environ["PATH_INFO"][1:] + " As It Is")
)");
    for (const auto& [status, level] :
         {std::pair{"200", Level::info}, {"404", Level::warning}, {"500", Level::error}}) {
        const auto path = std::string{"/"} + status;
        const tornado::testing::ExpectLog logged{
            tornado::log::access_log(),
            std::string{"^"} + status + " GET " + path + R"( \(127\.0\.0\.1\) [0-9]+\.[0-9]{2}ms$)",
            {.level = level}};
        BOOST_TEST(std::to_string(fetch(path).code) == status);
    }
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_its_options) {
    const auto app = wsgi::PythonApp::from_source("application = print");
    BOOST_CHECK_THROW(wsgi::WSGIContainer(app, {.threads = 0}), std::invalid_argument);
    BOOST_CHECK_THROW(wsgi::WSGIContainer(app, {.script_name = "blog"}), std::invalid_argument);
    BOOST_CHECK_THROW(wsgi::WSGIContainer(app, {.script_name = "/blog/"}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
