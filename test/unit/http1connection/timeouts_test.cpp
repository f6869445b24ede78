#include <tornado/http1connection/server_connection.hpp>

#include "support.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view post_head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

/// Limits are looked at once a second, and count whole ticks.
bool about(Server::Duration took, Server::Duration limit) {
    return took >= limit && took <= limit + 1s + 300ms;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifetimes)

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_silently) {
    Server server;
    server.parameters.idle_connection_timeout = 10min;
    server.parameters.header_timeout = 30s;
    Client fresh{server};
    Client used{server};
    used.send(get);
    const auto began = server.time.elapsed();
    BOOST_CHECK(about(fresh.take_to_end(), 30s));  // the first request is waited for less long
    BOOST_TEST(!used.take().ended);
    used.take_to_end();
    BOOST_CHECK(about(server.time.elapsed() - began, 10min));
    BOOST_TEST(fresh.text.empty());
    BOOST_TEST(used.said() == ok("GET a/ []"));
    BOOST_TEST(server.connections.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_head_that_does_not_end_gets_408) {
    Server server;
    server.parameters.header_timeout = 30s;
    server.parameters.idle_connection_timeout = milliseconds{0};
    Client client{server};
    client.send(get.substr(0, 20));
    BOOST_CHECK(about(client.take_to_end(), 30s));
    BOOST_TEST(client.text.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    BOOST_TEST(client.text.find("\r\nConnection: close\r\n") != std::string::npos);
    BOOST_TEST(server.application.events.empty());
}

BOOST_AUTO_TEST_CASE(a_connection_that_has_slept_wakes_up_and_knows_its_limits) {
    Server server;
    server.parameters.header_timeout = 30s;
    server.parameters.body_timeout = 20s;
    server.parameters.min_body_rate = 0;
    Client client{server};
    Client in_body{server};
    Client in_head{server};
    for (auto* const each : {&client, &in_body, &in_head}) {
        each->send(get);
        each->take();
        each->text.clear();
    }
    server.time.advance(5min);
    client.send(get);
    BOOST_TEST(client.take().said() == ok("GET a/ []"));
    in_head.send(get.substr(0, 20));
    in_body.send(post_head);
    const auto began = server.time.elapsed();
    BOOST_CHECK(about(in_body.take_to_end(), 20s));
    BOOST_TEST(!in_head.take().ended);
    in_head.take_to_end();
    BOOST_CHECK(about(server.time.elapsed() - began, 30s));
    BOOST_TEST(in_head.text.starts_with("HTTP/1.1 408 "));
    BOOST_TEST(in_body.text.starts_with("HTTP/1.1 408 "));
    BOOST_TEST(!client.take().ended);
}

BOOST_AUTO_TEST_CASE(a_body_that_does_not_end_gets_408) {
    Server server;
    server.parameters.body_timeout = 30s;
    server.parameters.min_body_rate = 0;
    Client client{server};
    client.send(std::string{post_head} + "he");
    BOOST_CHECK(about(client.take_to_end(), 30s));
    BOOST_TEST(client.text.starts_with("HTTP/1.1 408 "));
    BOOST_TEST(std::ranges::count(server.application.events, "close") == 1);
}

BOOST_AUTO_TEST_CASE(a_request_may_set_its_own_body_timeout) {
    Server server;
    server.parameters.min_body_rate = 0;
    server.application.on_headers = [](Request& request) {
        request.exchange.set_body_timeout(20'000);
        return Future<void>::ready();
    };
    Client client{server};
    client.send(post_head);
    BOOST_CHECK(about(client.take_to_end(), 20s));
    BOOST_TEST(client.text.starts_with("HTTP/1.1 408 "));
}

BOOST_AUTO_TEST_CASE(time_to_consider_and_time_to_answer_are_no_bodys) {
    Promise<void> considered;  // which outlives what waits for it
    Server server;
    server.parameters.body_timeout = 1s;
    server.parameters.header_timeout = 1s;
    server.parameters.idle_connection_timeout = 1s;
    server.application.on_headers = [&](Request& request) {
        return request.method == "POST" ? considered.future() : Future<void>::ready();
    };
    Late late{server.application};
    Client considers{server};
    considers.send(post_head);
    Client answers{server};
    answers.send(get);
    server.time.advance(1min);
    BOOST_TEST(!considers.take().ended);
    BOOST_TEST(!answers.take().ended);
    late.answer("late");
    server.turn();
    BOOST_TEST(answers.take().said() == ok("late"));
}

BOOST_AUTO_TEST_CASE(a_connection_that_still_sends_is_not_idle) {
    Server server;
    server.parameters.idle_connection_timeout = 1min;
    constexpr std::size_t size = 3'000'000;
    server.application.on_finish = [](Request& request) { request.answer(std::string(size, 'x')); };
    Client client{server};
    const int small = 4096;
    ::setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client.put(get);
    std::array<char, 100'000> room;
    std::size_t got = 0;
    while (got <= size) {
        server.time.advance(30s);
        const auto count = ::recv(client.fd, room.data(), room.size(), 0);
        BOOST_REQUIRE(count > 0);
        got += static_cast<std::size_t>(count);
    }
    BOOST_CHECK(server.time.elapsed() > 10min);
}

BOOST_AUTO_TEST_SUITE_END()
