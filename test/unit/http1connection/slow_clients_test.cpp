#include <tornado/http1connection/server_connection.hpp>

#include <poll.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "support.hpp"

using namespace std::chrono_literals;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// The ends of a connection whose client's system holds little.
std::array<int, 2> narrow_pair() {
    const auto ends = tcp_pair();
    const int small = 4096;
    ::setsockopt(ends[0], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    return ends;
}

void wait_for_input(const Client& client) {
    pollfd input{.fd = client.fd, .events = POLLIN, .revents = 0};
    ::poll(&input, 1, -1);
}

/// Takes up to 2,000 bytes in each of so many seconds; false when the connection has ended.
bool take_slowly(Client& client, int seconds) {
    std::array<char, 2'000> room{};
    for (int second = 0; second < seconds; ++second) {
        wait_for_input(client);
        const auto count = ::recv(client.fd, room.data(), room.size(), 0);
        if (count <= 0) {
            return false;
        }
        client.text.append(room.data(), static_cast<std::size_t>(count));
        client.server.time.advance(1s);
    }
    return true;
}

void answer_with(Server& server, std::size_t size) {
    server.application.on_finish = [size](Request& request) {
        request.answer(std::string(size, 'x'));
    };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(slow_clients)

BOOST_AUTO_TEST_CASE(one_that_takes_its_response_slowly_but_steadily_is_not_cut_off) {
    Server server;
    server.parameters.write_timeout = 20s;
    answer_with(server, 5'000'000);
    Client client{server, narrow_pair()};
    client.put(get);
    server.turn();
    BOOST_TEST(take_slowly(client, 90));
    BOOST_TEST(server.connections.size() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_takes_its_response_is_not_idle) {
    for (const std::string_view request : {get, std::string_view{"GET / HTTP/1.0\r\n\r\n"}}) {
        Server server;
        server.parameters.idle_connection_timeout = 2s;
        answer_with(server, 5'000'000);
        Client client{server, narrow_pair()};
        client.put(request);
        server.turn();
        BOOST_TEST(take_slowly(client, 30));
        BOOST_TEST(server.connections.size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(one_that_still_takes_its_last_response_may_say_something) {
    Server server;
    answer_with(server, 200'000);
    Client client{server, narrow_pair()};
    client.put("GET / HTTP/1.0\r\n\r\n");
    server.turn();
    BOOST_TEST(take_slowly(client, 40));
    client.put("\r\n");
    while (!client.take().ended) {
        server.turn();
        wait_for_input(client);
    }
    BOOST_TEST(!client.broken);
    BOOST_TEST(std::ranges::count(client.text, 'x') == 200'000);
    client.close();
    server.turn();
    BOOST_TEST(server.connections.size() == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_takes_nothing_of_its_last_response_is_cut_off) {
    Server server;
    server.parameters.write_timeout = 20s;
    answer_with(server, 200'000);
    const Client client{server, narrow_pair()};
    client.put("GET / HTTP/1.0\r\n\r\n");
    server.turn();
    const auto taken = server.run_until([&] { return server.connections.size() == 0; });
    BOOST_CHECK(taken > 19s && taken < 45s);
}

BOOST_AUTO_TEST_SUITE_END()
