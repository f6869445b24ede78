#include <tornado/http1connection/server_connection.hpp>

#include <array>
#include <boost/test/unit_test.hpp>

#include "support.hpp"

using namespace std::chrono_literals;

namespace {

constexpr std::string_view counted_head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n";

/// A server whose delegates hold reading back, at the head or at each piece of a body.
struct HoldingServer {
    explicit HoldingServer(bool at_head) {
        const auto hold = [this] { return held.emplace_back().future(); };
        if (at_head) {
            server.application.on_headers = [hold](Request&) { return hold(); };
        } else {
            server.application.on_data = [hold](Request&, auto) { return hold(); };
        }
    }

    /// Lets go on whoever is held, until nobody is.
    void let_go() {
        while (!held.empty()) {
            auto next = std::move(held.front());
            held.erase(held.begin());
            next.set_result();
            server.turn();
        }
    }

    std::vector<Promise<void>> held;  // which outlive what waits for them
    Server server;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(leaving_clients)

BOOST_AUTO_TEST_CASE(one_that_leaves_while_its_request_is_held_back_is_noticed) {
    struct Case {
        std::string head;
        std::string body;
        bool at_head;
    };
    const std::string chunked_head =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const Case cases[] = {
        {std::string{counted_head}, "", true},
        {std::string{counted_head}, "abc", false},
        {chunked_head, "", true},
        {chunked_head, "3\r\nabc\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", true}};
    for (const auto& each : cases) {
        for (const bool over_tcp : {false, true}) {
            HoldingServer holding{each.at_head};
            auto& server = holding.server;
            Client client{server, over_tcp ? tcp_pair() : Client::socket_pair(SOCK_STREAM)};
            client.send(each.head + each.body);
            server.time.advance(3s);
            BOOST_TEST(closes(server) == 0);
            client.close();
            server.time.advance(3s);
            BOOST_TEST(closes(server) == 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(one_that_leaves_in_a_body_of_which_a_part_is_unread_is_noticed) {
    HoldingServer holding{false};
    auto& server = holding.server;
    Client client{server, tcp_pair()};
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
    client.put(std::string(10'000, 'x'));
    client.close();
    server.time.advance(3s);
    BOOST_TEST(closes(server) == 1);
}

BOOST_AUTO_TEST_CASE(one_that_only_ends_its_side_of_a_whole_request_gets_its_answer) {
    for (const std::string_view rest : {"", "def"}) {
        HoldingServer holding{false};
        auto& server = holding.server;
        Client client{server, tcp_pair()};
        client.send(std::string{counted_head} + (rest.empty() ? "abcdef" : "abc"));
        client.put(rest);
        client.shut_output();
        server.time.advance(3s);
        BOOST_TEST(closes(server) == (rest.empty() ? 1 : 0));
        holding.let_go();
        client.take_to_end();
        BOOST_TEST(client.said() == ok("POST a/ [abcdef]"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
