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

namespace {

/// Says more than fits into a socket, and closes at once.
struct Parting : WebSocketHandler {
    void on_message(std::string_view) {
        write_message(std::string(20'000'000, 'x'), true);
        close(1000);
    }
};

struct Answering : WebSocketHandler {
    void on_message(std::string_view) { write_message(std::string(20'000'000, 'x'), true); }
};

/// Takes a message's bytes slowly, but steadily.
void take_slowly(testing::AsyncHTTPTestCase& test, RawSocket& socket) {
    while (socket.unread().size() < 19'000'000) {
        test.run([] { return gen::sleep(1s); });
        socket.take(1'000'000);
    }
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(waits_for_who_still_takes_what_came_before, SocketTest) {
    serve<Parting>();
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    take_slowly(*this, socket);
    BOOST_TEST((time.elapsed() > 10s));
    BOOST_TEST(socket.next().size() == 20'000'007U);
    BOOST_TEST(socket.next() == "close1000:");
}

BOOST_FIXTURE_TEST_CASE(sends_the_answer_to_who_has_closed_and_takes_it_slowly, SocketTest) {
    serve<Answering>();
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    socket.send(masked(Opcode::text, "go") + client_close(1000));
    take_slowly(*this, socket);
    BOOST_TEST(socket.next().size() == 20'000'007U);
    BOOST_TEST(socket.next() == "close1000:");
    BOOST_TEST(socket.next() == "end");
}

BOOST_FIXTURE_TEST_CASE(waits_for_a_message_that_is_being_worked_on, SocketTest) {
    struct Slow : Noting {
        using Noting::Noting;
        Future<void> on_message(std::string) {
            close(1000);
            co_await gen::sleep(30s);
        }
    };
    Events events;
    serve<Slow>(std::ref(events));
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    socket.send(masked(Opcode::text, "go"));
    BOOST_TEST(socket.next() == "close1000:");
    socket.send(client_close(1000, "so be it"));
    run([] { return gen::sleep(31s); });
    BOOST_TEST(events.back() == "closed:1000:so be it");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Answers each message, after a while.
struct Answerer : Noting {
    using Noting::Noting;
    Future<void> on_message(std::string message) {
        events.push_back(message.substr(0, 10));
        co_await gen::sleep(1s);
        try {
            co_await write_message("heard");
        } catch (const websocket::WebSocketClosedError&) {
            events.emplace_back("unheard");
        }
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(a_connection_that_breaks_as_the_server_sends)

BOOST_FIXTURE_TEST_CASE(has_its_last_messages_and_its_close_heard, SocketTest) {
    Events events;
    serve<Answerer>(std::ref(events));
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    const std::string large(100'000, 'x');  // most of it has yet to be read
    socket.send(
        masked(Opcode::text, "one") + masked(Opcode::text, "two") + masked(Opcode::text, large) +
        client_close(4000, "bye")
    );
    run([] { return gen::sleep(500ms); });
    socket.reset();
    run([] { return gen::sleep(10s); });
    BOOST_TEST(joined(events) == "finish open one two unheard xxxxxxxxxx unheard closed:4000:bye");
    BOOST_TEST(http_server().connection_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(is_not_kept_by_a_message_that_takes_long, SocketTest) {
    struct Slow : Noting {
        using Noting::Noting;
        Future<void> on_message(std::string message) {
            events.push_back(message);
            co_await gen::sleep(1s);
            write_message("heard");
            co_await gen::sleep(3600s);
        }
    };
    Events events;
    serve<Slow>(std::ref(events));
    testing::VirtualTime time{io_loop()};
    auto socket = open();
    socket.send(masked(Opcode::text, "one") + masked(Opcode::text, "two"));
    socket.reset();
    run([] { return gen::sleep(10s); });
    BOOST_TEST(joined(events) == "finish open one closed:none:");
}

BOOST_AUTO_TEST_SUITE_END()
