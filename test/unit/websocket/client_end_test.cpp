#include <tornado/websocket/websocket_connect.hpp>

#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

using tornado::iostream::IOStream;

namespace {

Future<void> echo(WebSocketClient client) {
    while (true) {
        const auto message = co_await client->read_message();
        if (!message) {
            co_return;
        }
        client->write_message(message->data, message->binary).ignore();
    }
}

/// The same with a hop more from the message to the answer.
Future<void> echo_in_time(WebSocketClient client) {
    while (true) {
        const auto message = co_await gen::with_timeout(10s, client->read_message());
        if (!message) {
            co_return;
        }
        client->write_message(message->data, message->binary).ignore();
    }
}

struct ClientEndTest : SocketTest {
    ClientEndTest() { serve<Noting>(std::ref(events)); }
    void wait_for_close() {
        wait_until([&] { return !events.empty() && events.back().starts_with("closed"); });
    }
    /// Sends `frames` at once to a client that echoes, and notes what comes.
    void send_at_once(std::string frames, Future<void> (*work)(WebSocketClient)) {
        tornado::Promise<void> over;
        ScriptedServer server{[&](IOStream& stream, std::string head) -> Future<void> {
            co_await stream.write(accepting(head) + frames);
            ClientFrames client(stream);
            while (heard.empty() || heard.back() != "end") {
                heard.push_back(co_await client.next());
                if (heard.back().starts_with("close")) {
                    stream.close();
                    break;
                }
            }
            over.set_result();
        }};
        run([&]() -> Future<void> {
            const auto client = co_await websocket::websocket_connect(server.url());
            co_await work(client);
            co_await over.future();
        });
    }
    Events events;
    Events heard;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(end_of_a_client)

BOOST_FIXTURE_TEST_CASE(answers_a_message_before_a_bad_frame_in_the_same_segment, ClientEndTest) {
    send_at_once(plain(Opcode::text, "Hello") + "\xA1\x01x", echo);
    BOOST_TEST(joined(heard) == "text:Hello close1002:a reserved bit is set");
}

BOOST_FIXTURE_TEST_CASE(answers_a_message_before_a_close_in_the_same_segment, ClientEndTest) {
    send_at_once(
        plain(Opcode::text, "a") + plain(Opcode::text, "b") +
            plain(Opcode::close, websocket::close_payload(1000, "")),
        echo
    );
    BOOST_TEST(joined(heard) == "text:a text:b close1000:");
}

BOOST_FIXTURE_TEST_CASE(answers_so_when_it_reads_with_a_time_limit, ClientEndTest) {
    send_at_once(
        plain(Opcode::text, "a") + plain(Opcode::close, websocket::close_payload(1000, "")),
        echo_in_time
    );
    BOOST_TEST(joined(heard) == "text:a close1000:");
}

BOOST_FIXTURE_TEST_CASE(sends_what_was_written_when_nobody_holds_it, ClientEndTest) {
    {
        const auto client = dial();
        client->write_message("hello");
        client->write_message("world");
    }
    wait_for_close();
    BOOST_TEST(joined(events) == "finish open hello world closed:1001:");
}

BOOST_FIXTURE_TEST_CASE(sends_its_close_when_nobody_holds_it, ClientEndTest) {
    {
        const auto client = dial();
        client->write_message("bye");
        client->close(1000, "enough");
    }
    wait_for_close();
    BOOST_TEST(joined(events) == "finish open bye closed:1000:enough");
}

BOOST_FIXTURE_TEST_CASE(sends_a_large_message_when_nobody_holds_it, ClientEndTest) {
    const std::string text(8'000'000, 'x');
    dial()->write_message(text);
    wait_for_close();
    BOOST_TEST((events.size() == 4U && events[2] == text));
    BOOST_TEST(events.back() == "closed:1001:");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Says three things that nobody asked for.
struct Talking : WebSocketHandler {
    void open() {
        for (const auto* const text : {"1", "2", "3"}) {
            write_message(text);
        }
    }
    void on_message(std::string_view) { close(1000, "bye"); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(unread_messages)

BOOST_FIXTURE_TEST_CASE(do_not_hold_back_the_end_after_close, SocketTest) {
    serve<Talking>();
    testing::VirtualTime time{io_loop()};
    const auto client = dial();
    BOOST_TEST(read(client) == "1");
    run([] { return gen::sleep(10ms); });  // the next one waits
    client->close(1000);
    run([&] { return client->wait_closed(); });
    BOOST_TEST((time.elapsed() < 1s));
    BOOST_TEST(client->close_code().value() == 1000);
    BOOST_TEST(read(client) == "2");
    BOOST_TEST(read(client) == "(closed)");
}

BOOST_FIXTURE_TEST_CASE(do_not_hold_back_the_end_of_who_only_writes, SocketTest) {
    serve<Talking>();
    testing::VirtualTime time{io_loop()};
    const auto client = dial();
    client->write_message("go");
    run([&] { return client->wait_closed(); });
    BOOST_TEST((time.elapsed() < 1s));
    BOOST_TEST(client->close_code().value() == 1000);
    BOOST_TEST(client->close_reason() == "bye");
}

BOOST_FIXTURE_TEST_CASE(stay_for_one_who_reads_and_waits_for_the_end, SocketTest) {
    serve<Talking>();
    const auto client = dial();
    BOOST_TEST(read(client) == "1");
    const auto ending = client->wait_closed();
    run([] { return gen::sleep(10ms); });
    BOOST_TEST(read(client) == "2");
    BOOST_TEST(read(client) == "3");
    client->write_message("go");
    run([&] { return ending; });
    BOOST_TEST(client->close_code().value() == 1000);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(callbacks_of_a_client)

BOOST_FIXTURE_TEST_CASE(may_let_go_of_the_client, SocketTest) {
    serve<Echo>();
    WebSocketClient client;
    std::string seen;
    const std::string long_enough(100, 'x');  // so that the closure is on the heap
    const auto on_message = [&, long_enough](std::optional<Message> message) {
        client.reset();
        seen = message->data + long_enough;
    };
    client = dial("/", WebSocketOptions().on_message_callback(on_message));
    client->write_message("quit");
    wait_until([&] { return !seen.empty(); });
    BOOST_TEST(seen == "quit" + long_enough);
}

BOOST_FIXTURE_TEST_CASE(stay_where_they_are_while_one_waits, ClientEndTest) {
    routes.clear();
    serve<Echo>();
    testing::VirtualTime time{io_loop()};
    WebSocketClient client;
    const auto on_message = [&](std::optional<Message> message) -> Future<void> {
        if (!message) {
            heard.emplace_back("closed");
            co_return;
        }
        client->close(1000);
        co_await gen::sleep(60s);
        heard.push_back(message->data);
    };
    client = dial("/", WebSocketOptions().on_message_callback(on_message));
    client->write_message("go");
    run([] { return gen::sleep(50s); });
    BOOST_TEST(joined(heard) == "");
    run([] { return gen::sleep(11s); });
    BOOST_TEST(joined(heard) == "go closed");
}

BOOST_AUTO_TEST_SUITE_END()
