#include <tornado/httpserver/http_server.hpp>

#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/concurrent/promise.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>

namespace httpserver = tornado::httpserver;
namespace httputil = tornado::httputil;
namespace testing = tornado::testing;
using namespace std::chrono_literals;
using tornado::Future;

namespace {

/// Answers a GET with 50 MB and anything else with the size of its body, which it takes at once, or
/// when the test says so.
struct Sizes : httputil::HTTPServerConnectionDelegate {
    struct Request : httputil::HTTPMessageDelegate {
        Request(Sizes& owner, httputil::HTTPConnection& where) : app{owner}, exchange{where} {}
        Future<void> headers_received(httputil::RequestHead& head, const httputil::Target&)
            override {
            is_get = head.method == "GET";
            return Future<void>::ready();
        }
        Future<void> data_received(std::string_view chunk) override {
            size += chunk.size();
            return app.hold ? app.taken.future() : Future<void>::ready();
        }
        void finish() override {
            exchange.send_response(
                200, "", {}, is_get ? std::string(50'000'000, 'x') : std::to_string(size)
            );
        }
        Sizes& app;
        httputil::HTTPConnection& exchange;
        bool is_get = false;
        std::size_t size = 0;
    };
    std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection& exchange
    ) override {
        return std::make_unique<Request>(*this, exchange);
    }

    bool hold = false;
    tornado::Promise<void> taken;
};

struct SlowTest : testing::AsyncHTTPTestCase {
    App get_app() override { return app; }
    httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    httpserver::HTTPServerOptions options;
    std::shared_ptr<Sizes> app = std::make_shared<Sizes>();
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n";
};

BOOST_AUTO_TEST_SUITE(slow_clients)

BOOST_FIXTURE_TEST_CASE(one_whose_body_drips_gets_408, SlowTest) {
    const testing::ExpectLog expected{
        tornado::log::gen_log(), "too slowly", {.level = tornado::log::Level::info}};
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(post);
    for (int second = 0; second < 9; ++second) {
        connection.send("x");
        time.advance(1s);
    }
    BOOST_TEST(expected.count() == 0U);  // a slow start is forgiven
    time.advance(3s);
    BOOST_TEST(connection.read_response().code == 408);
}

BOOST_FIXTURE_TEST_CASE(one_that_stalls_after_a_fast_beginning_gets_408, SlowTest) {
    const testing::ExpectLog expected{
        tornado::log::gen_log(), "too slowly", {.level = tornado::log::Level::info}};
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(999'999, 'x')
    );
    time.advance(8s);
    BOOST_TEST(expected.count() == 0U);
    time.advance(15s);
    BOOST_TEST(connection.read_response().code == 408);
}

BOOST_FIXTURE_TEST_CASE(a_body_has_its_timeout_for_itself_however_slow_the_application, SlowTest) {
    options.body_timeout = 5s;
    app->hold = true;
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(post + "x");
    time.advance(1h);
    app->hold = false;
    app->taken.set_result();
    time.advance(2s);
    connection.send(std::string(1999, 'x'));
    BOOST_TEST(connection.read_response().body == "2000");
}

BOOST_FIXTURE_TEST_CASE(one_that_never_says_anything_is_closed, SlowTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    time.advance(58s);
    BOOST_TEST(http_server().connection_count() == 1U);
    time.advance(4s);
    BOOST_TEST(http_server().connection_count() == 0U);
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(one_that_sends_on_after_its_refusal_gets_to_read_it, SlowTest) {
    options.max_body_size = 1000;
    const testing::ExpectLog expected{
        tornado::log::gen_log(), "too long", {.level = tornado::log::Level::info}};
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000000\r\n\r\n");
    for (int second = 0; second < 20; ++second) {
        connection.send(std::string(1000, 'x'));
        time.advance(1s);
    }
    BOOST_TEST(connection.read_response().code == 413);
    BOOST_TEST(http_server().connection_count() == 1U);
    while (http_server().connection_count() != 0) {  // though not for ever
        connection.send(std::string(1000, 'x'));
        time.advance(1s);
    }
    BOOST_CHECK(time.elapsed() <= 40s);
}

BOOST_FIXTURE_TEST_CASE(one_that_resets_while_nothing_is_read_is_noticed, SlowTest) {
    app->hold = true;
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(post + "x");
    time.settle();
    connection.reset();
    time.advance(3s);
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(one_whose_body_is_fast_enough_is_served, SlowTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(post);
    for (int second = 0; second < 20; ++second) {
        connection.send(std::string(100, 'x'));
        time.advance(900ms);
    }
    BOOST_TEST(connection.read_response().body == "2000");
}

BOOST_FIXTURE_TEST_CASE(the_time_that_the_application_takes_is_not_the_clients, SlowTest) {
    app->hold = true;
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(post + "x");
    time.advance(1h);
    app->hold = false;
    app->taken.set_result();
    time.advance(5s);
    connection.send(std::string(1999, 'x'));
    BOOST_TEST(connection.read_response().body == "2000");
}

BOOST_FIXTURE_TEST_CASE(a_rate_of_zero_is_no_limit, SlowTest) {
    options.min_body_rate = 0;
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(post + "x");
    time.advance(24h);
    connection.send(std::string(1999, 'x'));
    BOOST_TEST(connection.read_response().body == "2000");
}

BOOST_FIXTURE_TEST_CASE(one_that_takes_none_of_its_response_is_closed, SlowTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    time.advance(58s);
    BOOST_TEST(http_server().connection_count() == 1U);
    time.advance(4s);
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(one_that_takes_a_little_of_it_is_not, SlowTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int round = 0; round < 5; ++round) {
        time.advance(40s);
        static_cast<void>(connection.read_bytes(6'000'000));
    }
    BOOST_TEST(http_server().connection_count() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_blank_line_after_a_request_does_not_begin_the_next, SlowTest) {
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto connection = connect();
    connection.send(post + std::string(2000, 'x') + "\r\n");
    BOOST_TEST(connection.read_response().body == "2000");
    time.advance(50min);  // more than header_timeout, less than idle_connection_timeout
    connection.send(post + std::string(2000, 'x'));
    BOOST_TEST(connection.read_response().body == "2000");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
