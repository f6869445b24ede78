#include <tornado/web/request_handler.hpp>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <tornado/iostream.hpp>

#include "../log_capture.hpp"
#include "support.hpp"

namespace {

constexpr std::string_view asks = "Connection: Upgrade\r\nUpgrade: echo\r\n";

/// Reads until `end` has come.
std::string read_through(testing::RawConnection& connection, std::string_view end = "\r\n\r\n") {
    std::string text;
    while (text.find(end) == text.npos) {
        text += connection.read_bytes(1);
    }
    return text;
}

Future<void> echo_lines(iostream::IOStream stream) {
    while (true) {
        auto line = co_await stream.read_until("\n");
        co_await stream.write(std::move(line));
    }
}

/// Echoes lines once the client has asked to.
struct Echo : web::RequestHandler {
    Future<void> get() {
        auto stream = upgrade("echo");
        while (true) {
            auto line = co_await stream.read_until("\n");
            co_await stream.write(std::move(line));
        }
    }
};

BOOST_AUTO_TEST_SUITE(handlers_that_upgrade)

BOOST_FIXTURE_TEST_CASE(go_on_with_the_stream, WebTest) {
    serve<Echo>();
    auto connection = connect();
    connection.send(request_for("/", asks) + "one\ntw");
    connection.send("o\n");
    const auto text = read_through(connection, "two\n");
    BOOST_TEST(text.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    BOOST_TEST(text.ends_with("\r\n\r\none\ntwo\n"));
    connection.shutdown_output();
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(send_their_headers_and_cookies, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_header("X-A", "1");
            set_cookie("c", "v");
            upgrade("echo").close();
        }
    };
    serve<Handler>();
    auto connection = connect();
    connection.send(request_for("/", asks));
    const auto head = read_through(connection);
    BOOST_TEST(head.find("X-A: 1\r\n") != head.npos);
    BOOST_TEST(head.find("Set-Cookie: c=v; Path=/\r\n") != head.npos);
    BOOST_TEST(head.find("Upgrade: echo\r\n") != head.npos);
    BOOST_TEST(head.find("Connection: Upgrade\r\n") != head.npos);
    BOOST_TEST(head.find("Content-") == head.npos);
}

BOOST_FIXTURE_TEST_CASE(answer_400_when_nobody_asked, WebTest) {
    const testing::ExpectLog expected{logging::gen_log(), "does not ask for an upgrade to echo"};
    serve<Echo>();
    BOOST_TEST(get().code == 400);
}

BOOST_FIXTURE_TEST_CASE(are_finished_and_logged_with_their_status, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        ~Handler() override { events.push_back("destroyed"); }
        void get() {
            const auto stream = upgrade("echo");
            events.push_back("upgraded");
        }
        void on_finish() override { events.push_back("on_finish"); }
        void on_connection_close() override { events.push_back("closed"); }
        Events& events;
    };
    Events events;
    settings.log_function = [&](web::RequestHandler& handler) {
        events.push_back(std::to_string(handler.get_status()));
    };
    serve<Handler>(std::ref(events));
    auto connection = connect();
    connection.send(request_for("/", asks));
    read_through(connection);
    BOOST_TEST(connection.read_until_close() == "");
    BOOST_TEST(joined(events) == "101 on_finish upgraded destroyed");
}

BOOST_FIXTURE_TEST_CASE(cannot_answer_any_more, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            const auto stream = upgrade("echo");
            BOOST_CHECK_THROW(write("x"), std::logic_error);
            BOOST_CHECK_THROW(flush(), std::logic_error);
            BOOST_CHECK_THROW(finish(), std::logic_error);
        }
    };
    serve<Handler>();
    auto connection = connect();
    connection.send(request_for("/", asks));
    read_through(connection);
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(take_the_connection_once, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            const auto stream = get_argument("upgrade", "") == "yes" ? upgrade("echo") : detach();
            BOOST_CHECK_THROW(detach(), std::logic_error);
            BOOST_CHECK_THROW(upgrade("echo"), std::logic_error);
        }
    };
    serve<Handler>();
    BOOST_TEST(fetch_raw(request_for("/", asks)) == "");
    BOOST_TEST(fetch_raw(request_for("/?upgrade=yes", asks)).starts_with("HTTP/1.1 101 "));
}

BOOST_FIXTURE_TEST_CASE(log_what_goes_wrong_with_the_stream, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            auto stream = upgrade("echo");
            co_await stream.read_until("\n");
            throw std::runtime_error{"not this line"};
        }
    };
    const auto expected = expect_uncaught("not this line");
    serve<Handler>();
    auto connection = connect();
    connection.send(request_for("/", asks) + "line\n");
    read_through(connection);
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(log_no_client_that_leaves, WebTest) {
    const LogCapture logged;
    serve<Echo>();
    {
        auto connection = connect();
        connection.send(request_for("/", asks));
        read_through(connection);
    }
    run([&]() -> Future<void> {
        while (http_server().connection_count() != 0) {
            co_await gen::moment();
        }
    });
    BOOST_TEST(logged.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(handlers_that_detach)

BOOST_FIXTURE_TEST_CASE(have_the_bare_stream, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Events& seen) : events{seen} {}
        Future<void> get() {
            auto stream = detach();
            co_await stream.write("no HTTP at all");
        }
        void on_finish() override { events.push_back("on_finish"); }
        Events& events;
    };
    Events events;
    settings.log_function = [&](web::RequestHandler&) { events.push_back("logged"); };
    serve<Handler>(std::ref(events));
    BOOST_TEST(fetch_raw(request_for("/")) == "no HTTP at all");
    BOOST_TEST(joined(events) == "");
}

BOOST_FIXTURE_TEST_CASE(may_leave_the_stream_to_others, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { echo_lines(detach()).ignore(); }
    };
    serve<Handler>();
    auto connection = connect();
    connection.send(request_for("/") + "one\n");
    BOOST_TEST(connection.read_bytes(4) == "one\n");
    connection.send("two\n");
    BOOST_TEST(connection.read_bytes(4) == "two\n");
}

BOOST_FIXTURE_TEST_CASE(may_do_so_in_prepare, WebTest) {
    struct Handler : web::RequestHandler {
        void prepare() { detach().write("prepared"); }
        void get() { BOOST_ERROR("the verb does not run"); }
    };
    serve<Handler>();
    BOOST_TEST(fetch_raw(request_for("/")) == "prepared");
}

BOOST_FIXTURE_TEST_CASE(answer_a_connect_first, WebTest) {
    struct Proxy : web::RequestHandler {
        Future<void> connect() {
            clear_header("Content-Type");
            flush();
            auto stream = detach();
            const auto line = co_await stream.read_until("\n");
            co_await stream.write("through: " + line);
        }
    };
    routes.push_back(web::url<Proxy>("").method("CONNECT", &Proxy::connect));
    auto connection = connect();
    connection.send("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\nhello\n");
    const auto text = connection.read_until_close();
    BOOST_TEST(text.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(text.ends_with("\r\n\r\nthrough: hello\n"));
}

BOOST_FIXTURE_TEST_CASE(cannot_once_the_response_is_finished, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            finish("done");
            BOOST_CHECK_THROW(detach(), std::logic_error);
        }
    };
    serve<Handler>();
    BOOST_TEST(get().body == "done");
}

BOOST_AUTO_TEST_SUITE_END()

/// A server with a limit, whose handler hands streams to the test.
struct DetachedTest : WebTest {
    struct Handler : web::RequestHandler {
        explicit Handler(DetachedTest& owner) : test{owner} {}
        void get() {
            test.streams.push_back(upgrade("echo", [this_test = &test] { ++this_test->drains; }));
        }
        DetachedTest& test;
    };
    DetachedTest() { serve<Handler>(std::ref(*this)); }
    ~DetachedTest() override { streams.clear(); }

    tornado::httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    testing::RawConnection upgraded() {
        auto connection = connect();
        connection.send(request_for("/", asks));
        BOOST_TEST(read_through(connection).starts_with("HTTP/1.1 101 "));
        return connection;
    }

    tornado::httpserver::HTTPServerOptions options;
    std::vector<iostream::IOStream> streams;
    int drains = 0;
};

BOOST_AUTO_TEST_SUITE(streams_of_a_server)

BOOST_FIXTURE_TEST_CASE(are_connections_but_no_requests_in_flight, DetachedTest) {
    options.max_requests_in_flight = 1;
    const auto first = upgraded();
    const auto second = upgraded();
    BOOST_TEST(http_server().connection_count() == 2U);
    streams.clear();
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(count_for_max_connections, DetachedTest) {
    options.max_connections = 1;
    const auto first = upgraded();
    auto second = connect();
    BOOST_TEST(second.read_response().code == 503);
}

BOOST_FIXTURE_TEST_CASE(hear_of_a_drain_which_waits_for_them, DetachedTest) {
    const auto connection = upgraded();
    const auto drained = http_server().drain();
    run([&]() -> Future<void> {
        while (drains == 0) {
            co_await gen::moment();
        }
    });
    BOOST_TEST(!drained.done());
    streams.clear();
    run([&] { return drained; });
    BOOST_TEST(drains == 1);
}

BOOST_FIXTURE_TEST_CASE(are_cut_off_when_the_drain_ends, DetachedTest) {
    const testing::ExpectLog expected{logging::gen_log(), "1 connections are cut off"};
    auto connection = upgraded();
    run([&] { return http_server().drain(0ms, 1ms); });
    BOOST_TEST(streams.front().closed());
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(are_cut_off_by_a_second_signal_to_stop, DetachedTest) {
    const testing::ExpectLog again{logging::gen_log(), "SIGTERM again"};
    const testing::ExpectLog expected{logging::gen_log(), "1 connections are cut off"};
    web::Application program{routes};
    const auto& server = program.listen(0, {.address = "127.0.0.1"});
    program.drain_on_signal({.delay = 0ms, .timeout = 1min});
    testing::RawConnection connection{*this, {"127.0.0.1", server.port()}};
    connection.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    const auto wait_for = [&](auto condition) {
        run([&, condition]() -> Future<void> {
            while (!condition()) {
                co_await gen::moment();
            }
        });
    };
    wait_for([&] { return streams.size() == 1; });
    std::raise(SIGTERM);
    wait_for([&] { return drains == 1; });
    BOOST_TEST(!streams.front().closed());
    io_loop().add_callback([] { std::raise(SIGTERM); });
    io_loop().start();  // until that stops it
    BOOST_TEST(streams.front().closed());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
