#include <tornado/websocket/websocket_handler.hpp>

#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

BOOST_AUTO_TEST_SUITE(pings_of_a_server)

BOOST_FIXTURE_TEST_CASE(come_at_their_interval, SocketTest) {
    settings.websocket_ping_interval = 200ms;
    serve<Echo>();
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(socket.next() == "ping:");
        socket.send(masked(Opcode::pong, ""));
    }
    socket.send(masked(Opcode::text, "x"));
    auto answer = socket.next();
    while (answer == "ping:") {
        answer = socket.next();
    }
    BOOST_TEST(answer == "text:x");
}

BOOST_FIXTURE_TEST_CASE(close_with_1011_when_they_are_not_answered, SocketTest) {
    Events events;
    settings.websocket_ping_interval = 1000ms;
    settings.websocket_ping_timeout = 300ms;
    serve<Noting>(std::ref(events));
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    BOOST_TEST(socket.next() == "ping:");
    BOOST_TEST(socket.next() == "close1011:ping timed out");
    BOOST_TEST(socket.next() == "end");
    BOOST_TEST((time.elapsed() < 10s));
    BOOST_TEST(events.back() == "closed:none:");
}

BOOST_FIXTURE_TEST_CASE(never_time_out_when_that_is_off, SocketTest) {
    settings.websocket_ping_interval = 500ms;
    settings.websocket_ping_timeout = 0ms;
    serve<Echo>();
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(socket.next() == "ping:");
    }
}

BOOST_FIXTURE_TEST_CASE(time_out_no_later_than_the_next, SocketTest) {
    settings.websocket_ping_interval = 500ms;
    settings.websocket_ping_timeout = 900ms;
    const testing::ExpectLog expected{
        tornado::log::app_log(), "longer than the websocket_ping_interval"};
    serve<Echo>();
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    BOOST_TEST(socket.next() == "ping:");
    BOOST_TEST(socket.next() == "close1011:ping timed out");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(closing_handshake)

BOOST_FIXTURE_TEST_CASE(is_cut_off_when_the_client_does_not_answer, SocketTest) {
    struct Handler : WebSocketHandler {
        explicit Handler(Events& seen) : events{seen} {}
        void open() { close(1000); }
        void on_close() { events.emplace_back("closed"); }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    BOOST_TEST(socket.next() == "close1000:");
    BOOST_TEST(socket.next() == "end");
    BOOST_TEST((time.elapsed() >= 5s && time.elapsed() < 6s));
    BOOST_TEST(joined(events) == "closed");
}

BOOST_FIXTURE_TEST_CASE(ends_the_server_s_side_first_rfc_6455_7_1_1, SocketTest) {
    serve<Echo>();
    auto socket = open();
    socket.send(client_close(1000));
    BOOST_TEST(socket.next() == "close1000:");
    BOOST_TEST(socket.next() == "end");
}

BOOST_FIXTURE_TEST_CASE(does_not_wait_for_who_keeps_its_side_open, SocketTest) {
    serve<Echo>();
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    socket.send(client_close(1000));
    BOOST_TEST(socket.next() == "close1000:");
    run([] { return gen::sleep(3s); });
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
