#include <tornado/httpserver/http_server.hpp>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <optional>
#include <string>
#include <tornado/gen.hpp>
#include <tornado/httpserver/http_server.hpp>
#include <tornado/log.hpp>
#include <tornado/testing.hpp>

#include "waiting_app.hpp"

namespace iostream = tornado::iostream;
namespace logging = tornado::log;
using namespace std::chrono_literals;

namespace {

struct DrainTest : WaitingTest {
    /// Whether the server's port still takes connections.
    bool accepts() {
        try {
            auto connection = connect();
            return true;
        } catch (const iostream::StreamClosedError&) {
            return false;
        }
    }
};

BOOST_AUTO_TEST_SUITE(drain)

BOOST_FIXTURE_TEST_CASE(closes_idle_connections_and_listeners, DrainTest) {
    auto fresh = connect();
    auto used = connect();
    used.send(request);
    await_request();
    answer();
    BOOST_TEST(used.read_response().body == "done");

    const auto drained = http_server().drain();
    BOOST_TEST(http_server().draining());
    BOOST_TEST(fresh.read_until_close() == "");
    BOOST_TEST(used.read_until_close() == "");
    fresh.close();
    used.close();
    run([&] { return drained; });
    BOOST_TEST(http_server().connection_count() == 0U);
    BOOST_TEST(!accepts());
}

BOOST_FIXTURE_TEST_CASE(a_request_in_flight_is_answered_and_told_of_the_close, DrainTest) {
    auto connection = connect();
    connection.send(request);
    await_request();
    const auto drained = http_server().drain();
    run([] { return gen::sleep(0ms); });
    BOOST_TEST(!drained.done());
    answer();
    const auto response = connection.read_response();
    BOOST_TEST(response.body == "done");
    BOOST_TEST(response.headers.get("Connection").value_or("") == "close");
    BOOST_TEST(connection.read_until_close() == "");
    connection.close();
    run([&] { return drained; });
    BOOST_TEST(app->lost == 0);
}

BOOST_FIXTURE_TEST_CASE(a_request_whose_head_has_begun_is_answered, DrainTest) {
    auto connection = connect();
    connection.send(request);
    await_request();
    answer();
    BOOST_TEST(connection.read_response().body == "done");
    connection.send(request.substr(0, 10));
    run([&]() -> Future<void> {  // until the server has the beginning
        for (int turn = 0; turn < 100; ++turn) {
            co_await gen::sleep(0ms);
        }
    });
    const auto drained = http_server().drain();
    connection.send(request.substr(10));
    await_request();
    answer();
    BOOST_TEST(connection.read_response().headers.get("Connection").value_or("") == "close");
    connection.close();
    run([&] { return drained; });
}

BOOST_FIXTURE_TEST_CASE(a_response_that_has_begun_as_kept_alive_ends_and_closes, DrainTest) {
    auto connection = connect();
    connection.send(request);
    await_request();
    app->exchange->write_headers(200, "", {{"Content-Length", "4"}}, "do");
    const auto drained = http_server().drain();
    run([] { return gen::sleep(0ms); });
    app->exchange->write("ne");
    app->exchange->finish();
    app->exchange = {};
    const auto response = connection.read_response();
    BOOST_TEST(response.body == "done");
    BOOST_TEST(connection.read_until_close() == "");
    connection.close();
    run([&] { return drained; });
}

BOOST_FIXTURE_TEST_CASE(goes_on_as_before_for_the_delay, DrainTest) {
    const auto drained = http_server().drain(1ms);
    BOOST_TEST(http_server().draining());
    auto connection = connect();
    connection.send(request);
    await_request();
    if (!drained.done()) {
        answer();
        BOOST_TEST(connection.read_response().body == "done");
    }
    connection.close();
    run([&] { return drained; });
    BOOST_TEST(!accepts());
}

BOOST_FIXTURE_TEST_CASE(cuts_off_what_is_left_at_the_deadline, DrainTest) {
    const testing::ExpectLog expected{logging::gen_log(), "1 connections are cut off"};
    auto connection = connect();
    connection.send(request);
    await_request();
    run([&] { return http_server().drain(0ms, 1ms); });
    BOOST_TEST(app->lost == 1);
    BOOST_TEST(http_server().connection_count() == 0U);
    BOOST_TEST(connection.read_until_close() == "");
}

BOOST_FIXTURE_TEST_CASE(called_again_it_is_the_same, DrainTest) {
    auto connection = connect();
    connection.send(request);
    await_request();
    const auto first = http_server().drain();
    const auto second = http_server().drain(0ms, 0ms);
    answer();
    connection.close();
    run([&] { return second; });
    BOOST_TEST(first.done());
}

BOOST_FIXTURE_TEST_CASE(a_signal_drains_and_stops_the_loop, DrainTest) {
    http_server().drain_on_signal();
    auto connection = connect();
    connection.send(request);
    await_request();
    ::raise(SIGTERM);
    io_loop().call_later(1ms, [&] { answer(); });
    io_loop().start();  // until the drain is over; the client closes when it has its response
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_second_signal_means_now, DrainTest) {
    const testing::ExpectLog expected{logging::gen_log(), "SIGINT again"};
    http_server().drain_on_signal();
    auto connection = connect();
    connection.send(request);
    await_request();
    ::raise(SIGINT);
    io_loop().call_later(1ms, [] { ::raise(SIGINT); });
    io_loop().start();
    BOOST_TEST(app->lost == 1);
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
