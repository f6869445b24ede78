#include <tornado/httpserver/http_server.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/log.hpp>

#include "waiting_app.hpp"

using namespace std::chrono_literals;

namespace {

struct TimeoutTest : WaitingTest {
    httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    /// A connection whose request waits.
    testing::RawConnection ask() {
        auto connection = connect();
        connection.send(request);
        await_request();
        return connection;
    }

    httpserver::HTTPServerOptions options{.handler_timeout = 5s};
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
};

testing::ExpectLog expect_timeout(int milliseconds = 5000) {
    return testing::ExpectLog{
        tornado::log::app_log(),
        "No response within " + std::to_string(milliseconds) + " ms: GET /"};
}

BOOST_AUTO_TEST_SUITE(handler_timeout)

BOOST_FIXTURE_TEST_CASE(who_answers_within_it_is_heard, TimeoutTest) {
    auto connection = ask();
    time.advance(4900ms);
    answer();
    BOOST_TEST(connection.read_response().body == "done");
    connection.send(request);  // and the next has it anew
    await_request();
    time.advance(4900ms);
    answer();
    BOOST_TEST(connection.read_response().body == "done");
}

BOOST_FIXTURE_TEST_CASE(beyond_it_the_answer_is_503_and_the_connection_closes, TimeoutTest) {
    const auto expected = expect_timeout();
    auto connection = ask();
    time.advance(6s);
    const auto response = connection.read_response();
    BOOST_TEST(response.code == 503);
    BOOST_TEST(response.headers.get("Connection").value() == "close");
    BOOST_TEST(response.headers.contains("Retry-After"));
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(the_delegate_is_told_and_what_it_says_later_is_dropped, TimeoutTest) {
    const auto expected = expect_timeout();
    auto connection = ask();
    BOOST_TEST(!app->exchange->timed_out());
    time.advance(6s);
    BOOST_TEST(app->lost == 1);
    BOOST_TEST(app->exchange->timed_out());
    BOOST_TEST(app->exchange->closed());
    answer();
    BOOST_TEST(connection.read_response().code == 503);
}

BOOST_FIXTURE_TEST_CASE(a_response_that_has_begun_breaks_off_visibly, TimeoutTest) {
    const auto expected = expect_timeout();
    auto connection = ask();
    app->exchange->write_headers(200, "", {}, "some");
    time.advance(6s);
    const auto seen = connection.read_until_close();
    BOOST_TEST(seen.ends_with("4\r\nsome\r\n"));  // and no last chunk
    BOOST_TEST(app->lost == 1);
}

BOOST_FIXTURE_TEST_CASE(a_response_that_the_end_would_complete_is_reset, TimeoutTest) {
    const auto expected = expect_timeout();
    auto connection = connect();
    connection.send("GET / HTTP/1.0\r\n\r\n");
    await_request();
    app->exchange->write_headers(200, "", {}, "some");
    time.advance(6s);
    BOOST_TEST(app->lost == 1);
    BOOST_TEST(http_server().connection_count() == 0U);  // at once, not after an orderly end
}

BOOST_FIXTURE_TEST_CASE(a_short_one_is_kept_too, TimeoutTest) {
    options.handler_timeout = 200ms;
    const auto expected = expect_timeout(200);
    auto connection = ask();
    time.advance(100ms);
    BOOST_TEST(app->lost == 0);
    time.advance(400ms);
    BOOST_TEST(app->lost == 1);
    BOOST_TEST(connection.read_response().code == 503);
}

BOOST_FIXTURE_TEST_CASE(none_is_the_default, TimeoutTest) {
    options = {};
    auto connection = ask();
    time.advance(24h);
    answer();
    BOOST_TEST(connection.read_response().body == "done");
}

BOOST_FIXTURE_TEST_CASE(a_delegate_may_say_otherwise, TimeoutTest) {
    auto connection = ask();
    app->exchange->set_handler_timeout(1h);
    time.advance(50min);
    answer();
    BOOST_TEST(connection.read_response().body == "done");
    const auto expected = expect_timeout(1000);
    connection.send(request);
    await_request();
    BOOST_CHECK(app->exchange->handler_timeout() == 5s);
    app->exchange->set_handler_timeout(1s);
    time.advance(2s);
    BOOST_TEST(connection.read_response().code == 503);
}

BOOST_FIXTURE_TEST_CASE(the_time_that_the_client_takes_to_send_does_not_count, TimeoutTest) {
    auto connection = connect();
    connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n");
    for (int second = 0; second < 10; ++second) {
        connection.send(std::string(200, 'x'));
        time.advance(1s);
    }
    await_request();
    time.advance(4s);
    answer();
    BOOST_TEST(connection.read_response().body == "done");
}

BOOST_FIXTURE_TEST_CASE(the_time_that_it_takes_to_read_does_not_count, TimeoutTest) {
    auto connection = ask();
    app->exchange->write_headers(200, "", {{"Content-Length", "20000001"}}, {});
    app->exchange->write(std::string(20'000'000, 'x'));
    time.advance(30s);
    BOOST_TEST(app->lost == 0);
    std::string seen;
    while (!seen.ends_with('x') || seen.size() < 20'000'000) {
        seen += connection.read_bytes(1);
    }
    time.advance(4s);
    BOOST_TEST(app->lost == 0);
    app->exchange->write("y");
    take()->finish();
    while (!seen.ends_with('y')) {
        seen += connection.read_bytes(1);
    }
    BOOST_TEST(app->lost == 0);
}

BOOST_FIXTURE_TEST_CASE(who_holds_a_piece_of_the_body_back_is_timed_too, TimeoutTest) {
    struct Holding : httputil::HTTPServerConnectionDelegate {
        struct Request : httputil::HTTPMessageDelegate {
            explicit Request(tornado::Promise<void>& promise) : taken{promise} {}
            Future<void> data_received(std::string_view) override { return taken.future(); }
            tornado::Promise<void>& taken;
        };
        std::unique_ptr<httputil::HTTPMessageDelegate> start_request(httputil::HTTPConnection&)
            override {
            return std::make_unique<Request>(taken);
        }
        tornado::Promise<void> taken;
    };
    const testing::ExpectLog expected{tornado::log::app_log(), "No response within 5000 ms: POST"};
    Holding holding;
    httpserver::HTTPServer server{holding, {.handler_timeout = 5s}};
    server.listen(0, {.address = "127.0.0.1"});
    testing::RawConnection connection{*this, {"127.0.0.1", server.port()}};
    connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\nx");
    time.advance(7s);
    BOOST_TEST(connection.read_response().code == 503);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
