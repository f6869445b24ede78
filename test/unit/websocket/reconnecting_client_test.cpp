#include <tornado/websocket/reconnecting_client.hpp>

#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

using websocket::ReconnectingClient;

namespace {

/// Says a number, and then goes: away, or only when it is told to.
struct Numbering : WebSocketHandler {
    explicit Numbering(int& counter) : count{counter} {}
    void on_message(std::string_view message) {
        write_message(std::to_string(++count) + ":" + std::string{message});
        close(1001);
    }
    int& count;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reconnecting_client)

BOOST_FIXTURE_TEST_CASE(connects_again_and_says_what_it_has_missed, SocketTest) {
    int count = 0;
    serve<Numbering>(std::ref(count));
    ReconnectingClient client{socket_url(), {}, [&](websocket::WebSocketClientConnection& socket) {
                                  return socket.write_message("since " + std::to_string(count));
                              }};
    const auto next = [&] {
        const auto message = run([&] { return client.read_message(); });
        return message ? message->data : "(closed)";
    };
    BOOST_TEST(next() == "1:since 0");
    BOOST_TEST(next() == "2:since 1");
    BOOST_TEST(next() == "3:since 2");
    BOOST_TEST(client.connections() == 3U);
    client.close();
    BOOST_TEST(next() == "(closed)");
    BOOST_TEST(!client.is_connected());
}

BOOST_FIXTURE_TEST_CASE(waits_longer_and_longer_while_nobody_listens, SocketTest) {
    const testing::ExpectLog expected{tornado::log::gen_log(), "No WebSocket to"};
    serve<Echo>();
    testing::VirtualTime time{io_loop()};
    ReconnectingClient client{"ws://127.0.0.1:1/"};
    auto reading = client.read_message();
    run([] { return gen::sleep(120s); });
    BOOST_TEST(expected.count() >= 6U);
    BOOST_TEST(expected.count() <= 20U);
    reading.cancel();
}

BOOST_FIXTURE_TEST_CASE(cannot_send_without_a_connection, SocketTest) {
    serve<Echo>();
    ReconnectingClient client{socket_url()};
    BOOST_CHECK_THROW(
        run([&] { return client.write_message("x"); }), websocket::WebSocketClosedError
    );
}

BOOST_AUTO_TEST_SUITE_END()
