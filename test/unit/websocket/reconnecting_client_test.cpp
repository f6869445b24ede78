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

BOOST_FIXTURE_TEST_CASE(is_over_at_once_when_it_is_closed_in_a_wait, SocketTest) {
    const testing::ExpectLog expected{tornado::log::gen_log(), "No WebSocket to"};
    serve<Echo>();
    testing::VirtualTime time{io_loop()};
    ReconnectingClient client{"ws://127.0.0.1:1/"};
    auto reading = client.read_message();
    run([] { return gen::sleep(60s); });
    client.close();
    BOOST_TEST(!run(reading).has_value());
    BOOST_TEST((time.elapsed() < 61s));
}

BOOST_FIXTURE_TEST_CASE(is_over_at_once_when_it_is_closed_while_it_connects, SocketTest) {
    serve<Echo>();
    ScriptedServer silent{
        [](tornado::iostream::IOStream& stream, std::string) { return say(stream, ""); }};
    testing::VirtualTime time{io_loop()};
    ReconnectingClient client{silent.url()};
    auto reading = client.read_message();
    run([] { return gen::sleep(1s); });
    client.close();
    BOOST_TEST(!run(reading).has_value());
    BOOST_TEST((time.elapsed() < 2s));
}

BOOST_FIXTURE_TEST_CASE(goes_on_when_on_connect_fails, SocketTest) {
    const testing::ExpectLog expected{tornado::log::gen_log(), "not yet"};
    int count = 0;
    int calls = 0;
    serve<Numbering>(std::ref(count));
    testing::VirtualTime time{io_loop()};
    ReconnectingClient client{socket_url(), {}, [&](auto& socket) {
                                  if (++calls < 3) {
                                      throw std::invalid_argument{"not yet"};
                                  }
                                  return socket.write_message("x");
                              }};
    const auto message = run([&] { return client.read_message(); });
    BOOST_TEST(message->data == "1:x");
    BOOST_TEST(expected.count() == 2U);
}

BOOST_FIXTURE_TEST_CASE(refuses_at_once_what_cannot_be, SocketTest) {
    serve<Echo>();
    BOOST_CHECK_THROW(ReconnectingClient{"http://localhost/"}, std::invalid_argument);
    ReconnectingClient client{socket_url()};
    BOOST_CHECK_THROW(client.close(70'000), std::invalid_argument);
    client.close();
}

BOOST_AUTO_TEST_SUITE_END()
