#include <tornado/httpserver/http_server.hpp>

#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/gen.hpp>
#include <tornado/testing.hpp>

#include "waiting_app.hpp"

namespace {

struct OverloadTest : WaitingTest {
    httpserver::HTTPServerOptions get_httpserver_options() override { return options; }

    httpserver::HTTPServerOptions options;
};

BOOST_AUTO_TEST_SUITE(overload)

BOOST_FIXTURE_TEST_CASE(requests_beyond_the_limit_get_503_and_may_go_on, OverloadTest) {
    options.max_requests_in_flight = 1;
    auto first = connect();
    auto second = connect();
    first.send(request);
    await_request();
    second.send(request);
    const auto refused = second.read_response();
    BOOST_TEST(refused.code == 503);
    BOOST_TEST(refused.headers.get("Retry-After").value_or("") == "1");
    BOOST_TEST(!refused.headers.contains("Connection"));
    answer();
    BOOST_TEST(first.read_response().body == "done");

    second.send(request);
    await_request();
    answer();
    BOOST_TEST(second.read_response().body == "done");
}

BOOST_FIXTURE_TEST_CASE(a_body_beyond_the_limit_is_not_waited_for, OverloadTest) {
    options.max_requests_in_flight = 1;
    auto first = connect();
    first.send(request);
    await_request();
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
    first.send(request);
    await_request();
    const auto waiting = take();
    auto check = connect();
    check.send("GET /healthz?full HTTP/1.1\r\nHost: a\r\n\r\n");
    await_request();
    answer();
    BOOST_TEST(check.read_response().body == "done");
    check.send(request);
    BOOST_TEST(check.read_response().code == 503);
}

BOOST_FIXTURE_TEST_CASE(a_request_counts_until_its_exchange_is_over, OverloadTest) {
    options.max_requests_in_flight = 1;
    {
        auto lost = connect();
        lost.send(request);
        await_request();
        lost.close();
        while (app->lost == 0) {
            run([] { return gen::sleep(std::chrono::milliseconds{0}); });
        }
        take()->abort();
    }
    auto next = connect();
    next.send(request);
    await_request();
    answer();
    BOOST_TEST(next.read_response().body == "done");
}

BOOST_FIXTURE_TEST_CASE(connections_beyond_the_limit_get_503_and_close, OverloadTest) {
    options.max_connections = 1;
    auto first = connect();
    first.send(request);
    await_request();
    auto second = connect();
    const auto refused = second.read_response();
    BOOST_TEST(refused.code == 503);
    BOOST_TEST(refused.headers.get("Retry-After").value_or("") == "1");
    BOOST_TEST(second.read_until_close() == "");
    second.close();
    answer();
    BOOST_TEST(first.read_response().body == "done");
    first.close();
    while (http_server().connection_count() != 0) {
        run([] { return gen::sleep(std::chrono::milliseconds{0}); });
    }
    auto third = connect();
    third.send(request);
    await_request();
    answer();
    BOOST_TEST(third.read_response().body == "done");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
