#include <tornado/httpserver/http_server.hpp>

#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/gen.hpp>
#include <tornado/testing.hpp>

#include "waiting_app.hpp"

namespace {

struct OverloadTest : WaitingTest {
    httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    /// Sends a request that waits for its answer.
    void begin(testing::RawConnection& connection) {
        connection.send(request);
        await_request();
    }
    /// Answers what waits, and sees that the client gets it.
    void end(testing::RawConnection& connection) {
        answer();
        BOOST_TEST(connection.read_response().body == "done");
    }

    httpserver::HTTPServerOptions options;
};

BOOST_AUTO_TEST_SUITE(overload)

BOOST_FIXTURE_TEST_CASE(requests_beyond_the_limit_get_503_and_may_go_on, OverloadTest) {
    options.max_requests_in_flight = 1;
    auto first = connect();
    auto second = connect();
    begin(first);
    second.send(request);
    const auto refused = second.read_response();
    BOOST_TEST(refused.code == 503);
    BOOST_TEST(refused.headers.get("Retry-After").value_or("") == "1");
    BOOST_TEST(!refused.headers.contains("Connection"));
    end(first);

    begin(second);
    end(second);
}

BOOST_FIXTURE_TEST_CASE(a_body_beyond_the_limit_is_not_waited_for, OverloadTest) {
    options.max_requests_in_flight = 1;
    auto first = connect();
    begin(first);
    auto second = connect();
    second.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    const auto refused = second.read_response("POST");
    BOOST_TEST(refused.code == 503);
    BOOST_TEST(refused.headers.get("Connection").value_or("") == "close");
    BOOST_TEST(second.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(health_checks_are_spared, OverloadTest) {
    options.max_requests_in_flight = 1;
    options.spared_paths = {"/healthz"};
    auto first = connect();
    begin(first);
    const auto waiting = take();
    auto check = connect();
    check.send("GET /healthz?full HTTP/1.1\r\nHost: a\r\n\r\n");
    await_request();
    end(check);
    check.send(request);
    BOOST_TEST(check.read_response().code == 503);
}

BOOST_FIXTURE_TEST_CASE(a_request_counts_until_its_exchange_is_over, OverloadTest) {
    options.max_requests_in_flight = 1;
    {
        auto lost = connect();
        begin(lost);
        lost.close();
        while (app->lost == 0) {
            run([] { return gen::sleep(std::chrono::milliseconds{0}); });
        }
        take()->abort();
    }
    auto next = connect();
    begin(next);
    end(next);
}

BOOST_FIXTURE_TEST_CASE(an_idle_connection_makes_room_for_a_new_one, OverloadTest) {
    options.max_connections = 2;
    testing::VirtualTime time{io_loop(), testing::VirtualTime::Mode::manual};
    auto silent = connect();
    auto busy = connect();
    begin(busy);
    time.advance(std::chrono::seconds{2});
    auto next = connect();
    time.settle();
    BOOST_TEST(silent.read_until_close() == "");
    end(busy);
    begin(next);
    end(next);
}

BOOST_FIXTURE_TEST_CASE(connections_beyond_the_limit_get_503_and_close, OverloadTest) {
    options.max_connections = 1;
    auto first = connect();
    begin(first);
    auto second = connect();
    const auto refused = second.read_response();
    BOOST_TEST(refused.code == 503);
    BOOST_TEST(refused.headers.get("Retry-After").value_or("") == "1");
    BOOST_TEST(second.read_until_close() == "");
    second.close();
    end(first);
    first.close();
    while (http_server().connection_count() != 0) {
        run([] { return gen::sleep(std::chrono::milliseconds{0}); });
    }
    auto third = connect();
    begin(third);
    end(third);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
