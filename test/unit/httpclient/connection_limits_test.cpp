#include <tornado/httpclient/async_http_client.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/testing/virtual_time.hpp>

#include "support.hpp"

namespace {

struct LimitTest : ClientTest {
    LimitTest() {
        options.max_clients = 20;
        options.max_connections_per_host = 2;
    }
    std::vector<Future<HTTPResponse>> start(int count, const std::string& url) {
        std::vector<Future<HTTPResponse>> all;
        for (int i = 0; i < count; ++i) {
            all.push_back(the_client().fetch(url));
        }
        return all;
    }
};

/// Lets the test say when each connection's request is answered.
struct HeldServer {
    Future<void> serve(iostream::IOStream& stream) {
        while (true) {
            co_await stream.read_until("\r\n\r\n");
            ++asked;
            most = std::max(most, ++open);
            co_await gen::moment();
            co_await gen::moment();
            --open;
            std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";
            answer += closes ? "Connection: close\r\n\r\nok" : "\r\nok";
            co_await stream.write(answer);
            if (closes) {
                co_return;
            }
        }
    }
    int asked = 0;
    int open = 0;
    int most = 0;
    bool closes = false;
    ScriptedServer server{[this](iostream::IOStream& stream, int) { return serve(stream); }};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connection_limits, LimitTest)

BOOST_AUTO_TEST_CASE(hold_for_busy_connections) {
    HeldServer held;
    const auto all = start(20, held.server.url());
    run([&] { return gen::multi(all); });
    BOOST_TEST(held.asked == 20);
    BOOST_TEST(held.most == 2);
    BOOST_TEST(held.server.connections == 2);
    BOOST_TEST(fetch_from(held.server.url()).time_info.connection_reused);
}

BOOST_AUTO_TEST_CASE(let_new_connections_be_made_for_those_that_end) {
    HeldServer held;
    held.closes = true;
    const auto all = start(7, held.server.url());
    run([&] { return gen::multi(all); });
    BOOST_TEST(held.most == 2);
    BOOST_TEST(held.server.connections == 7);
}

BOOST_AUTO_TEST_CASE(show_how_long_a_fetch_has_waited_before_it_was_sent) {
    const testing::VirtualTime time{io_loop()};
    options.max_connections_per_host = 1;
    ScriptedServer server{[](iostream::IOStream& stream, int) -> Future<void> {
        for (int i = 0; i < 2; ++i) {
            co_await stream.read_until("\r\n\r\n");
            co_await gen::sleep(5s);
            co_await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    }};
    const auto first = the_client().fetch(server.url());
    const auto response = fetch_from(server.url());
    BOOST_TEST(first.done());
    BOOST_TEST(response.time_info.connection_reused);
    BOOST_CHECK(response.time_info.pretransfer == 5s);
    BOOST_CHECK(response.time_info.starttransfer == 10s);
}

BOOST_AUTO_TEST_CASE(are_each_hosts_own) {
    HeldServer one;
    HeldServer two;
    auto all = start(4, one.server.url());
    for (const auto& each : start(4, two.server.url())) {
        all.push_back(each);
    }
    run([&] { return gen::multi(all); });
    BOOST_TEST(one.server.connections == 2);
    BOOST_TEST(two.server.connections == 2);
}

BOOST_AUTO_TEST_CASE(hold_a_fetch_no_longer_than_it_has_time) {
    testing::VirtualTime time{io_loop()};
    const auto all = start(2, get_url("/never"));
    HTTPRequest third{get_url("/")};
    BOOST_CHECK(failure<HTTPTimeoutError>(third.connect_timeout(3s)).phase() == FetchPhase::queue);
    BOOST_CHECK((time.elapsed() == 3s));
    for (const auto& each : all) {
        each.cancel();
    }
    BOOST_TEST(fetch_from("/").code == 200);
}

BOOST_AUTO_TEST_CASE(give_a_place_that_is_cancelled_to_the_next) {
    const auto all = start(2, get_url("/never"));
    const auto third = the_client().fetch(get_url("/third"));
    const auto fourth = the_client().fetch(get_url("/fourth"));
    settle();
    third.cancel();
    settle();
    BOOST_TEST(!fourth.done());
    all[0].cancel();
    BOOST_TEST(run([&] { return fourth; }).code == 200);
    all[1].cancel();
}

BOOST_AUTO_TEST_CASE(hold_for_connections_that_are_being_made_and_for_those_that_fail) {
    const auto url = [] {
        const auto [socket, port] = testing::bind_unused_port();
        return "http://127.0.0.1:" + std::to_string(port) + "/";
    }();
    for (const auto& each : start(10, url)) {
        BOOST_CHECK_THROW(run([&] { return each; }), std::system_error);
    }
    BOOST_TEST(the_client().active_count() == 0U);
}

BOOST_AUTO_TEST_CASE(are_no_trap_for_dead_connections) {
    int requests = 0;
    ScriptedServer server{[&](iostream::IOStream& stream, int) -> Future<void> {
        co_await stream.read_until("\r\n\r\n");
        ++requests;
        co_await stream.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        co_await stream.read_until("\r\n\r\n");  // and closes
    }};
    for (int i = 0; i < 3; ++i) {
        const auto all = start(2, server.url());
        run([&] { return gen::multi(all); });
    }
    BOOST_TEST(requests == 6);
}

BOOST_AUTO_TEST_CASE(end_with_the_client) {
    const auto all = start(5, get_url("/never"));
    settle();
    the_client().close();
    for (const auto& each : all) {
        BOOST_CHECK_THROW(run([&] { return each; }), HTTPClientError);
    }
}

BOOST_AUTO_TEST_SUITE_END()
