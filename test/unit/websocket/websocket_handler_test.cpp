#include <tornado/websocket/websocket_handler.hpp>

#include <boost/json.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(websocket_handler)

BOOST_FIXTURE_TEST_CASE(is_told_of_all_that_comes, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    auto socket = open();
    socket.send(
        masked(Opcode::text, "one") + masked(Opcode::ping, "two") + masked(Opcode::pong, "three")
    );
    BOOST_TEST(socket.next() == "pong:two");
    socket.send(client_close(1001, "bye"));
    BOOST_TEST(socket.next() == "close1001:");
    BOOST_TEST(socket.next() == "end");
    wait_until([&] { return events.back().starts_with("closed"); });
    BOOST_TEST(joined(events) == "finish open one ping:two pong:three closed:1001:bye");
}

BOOST_FIXTURE_TEST_CASE(gets_the_path_s_arguments_typed, SocketTest) {
    struct Handler : WebSocketHandler {
        void open(int number, std::string_view name) {
            write_message(std::to_string(number + 1) + std::string{name});
        }
    };
    routes.push_back(web::url<Handler>("/room/([^/]+)/([^/]+)"));
    auto socket = open("/room/41/x%20y");
    BOOST_TEST(socket.next() == "text:42x y");
    BOOST_CHECK_THROW(web::url<Handler>("/room/([^/]+)"), std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(answers_404_where_the_path_does_not_fit_open, SocketTest) {
    struct Handler : WebSocketHandler {
        void open(int /*number*/) {}
    };
    routes.push_back(web::url<Handler>("/room/([0-9]+)"));
    auto connection = connect();
    connection.send(handshake_request("/room/2147483648"));
    BOOST_TEST(connection.read_response().code == 404);
    BOOST_TEST(open("/room/2147483647").head.starts_with("HTTP/1.1 101 "));
}

BOOST_FIXTURE_TEST_CASE(has_its_messages_in_the_form_it_asks_for, SocketTest) {
    struct View : WebSocketHandler {
        void on_message(std::string_view message) { write_message("view " + std::string{message}); }
    };
    struct Whole : WebSocketHandler {
        void on_message(Message message) {
            write_message((message.binary ? "binary " : "text ") + message.data);
        }
    };
    struct Slow : WebSocketHandler {
        Future<void> on_message(MessageView message) {
            co_await gen::sleep(1ms);
            const auto answer = "slow " + std::string{message.data};
            co_await write_message(answer);
        }
    };
    routes.push_back(web::url<View>("/view"));
    routes.push_back(web::url<Whole>("/whole"));
    routes.push_back(web::url<Slow>("/slow"));
    const std::string big(300'000, 'x');
    for (const auto& [path, said] :
         {std::pair{"/view", "view "}, std::pair{"/whole", "text "}, std::pair{"/slow", "slow "}}) {
        auto socket = open(path);
        socket.send(
            masked(Opcode::text, "a") + masked(Opcode::text, "b", false) +
            masked(Opcode::continuation, "c") + masked(Opcode::text, big)
        );
        BOOST_TEST(socket.next() == std::string{"text:"} + said + "a");
        BOOST_TEST(socket.next() == std::string{"text:"} + said + "bc");
        BOOST_TEST((socket.next() == std::string{"text:"} + said + big));
    }
}

BOOST_FIXTURE_TEST_CASE(has_messages_wait_for_open_and_for_one_another, SocketTest) {
    struct Handler : WebSocketHandler {
        explicit Handler(Events& seen) : events{seen} {}
        Future<void> open() {
            co_await gen::sleep(2ms);
            events.emplace_back("opened");
        }
        Future<void> on_message(std::string message) {
            events.push_back("begin" + message);
            co_await gen::sleep(2ms);
            events.push_back("end" + message);
        }
        Future<void> on_close() {
            co_await gen::moment();
            events.emplace_back("closed");
        }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    RawSocket socket{
        connect(),
        handshake_request() + masked(Opcode::text, "1") + masked(Opcode::text, "2") +
            client_close(1000)};
    BOOST_TEST(socket.next() == "close1000:");
    wait_until([&] { return events.back() == "closed"; });
    BOOST_TEST(joined(events) == "opened begin1 end1 begin2 end2 closed");
}

BOOST_FIXTURE_TEST_CASE(sends_text_bytes_and_json, SocketTest) {
    struct Handler : WebSocketHandler {
        void open() {
            write_message("text");
            write_message(std::string{"\xff\x00", 2}, true);
            write_message(boost::json::object{{"a", 1}});
            write_message(boost::json::value("b"));
        }
    };
    serve<Handler>();
    auto socket = open();
    BOOST_TEST(socket.next() == "text:text");
    BOOST_TEST(socket.next() == std::string("binary:\xff\x00", 9));
    BOOST_TEST(socket.next() == "text:{\"a\": 1}");
    BOOST_TEST(socket.next() == "text:\"b\"");
}

BOOST_FIXTURE_TEST_CASE(may_send_without_delay, SocketTest) {
    struct Handler : WebSocketHandler {
        void open() {
            set_nodelay(true);
            write_message("hello");
        }
    };
    serve<Handler>();
    auto socket = open();
    BOOST_TEST(socket.next() == "text:hello");
}

BOOST_FIXTURE_TEST_CASE(closes_with_code_and_reason, SocketTest) {
    struct Handler : WebSocketHandler {
        void on_message(std::string_view message) {
            if (message == "plain") {
                close();
            } else if (message == "reason") {
                close(std::nullopt, "because");
            } else {
                close(4001, "goodbye");
            }
        }
    };
    serve<Handler>();
    for (const auto& [text, wanted] :
         {std::pair{"plain", "close0:"},
          std::pair{"reason", "close1000:because"},
          std::pair{"x", "close4001:goodbye"}}) {
        auto socket = open();
        socket.send(masked(Opcode::text, text));
        BOOST_TEST(socket.next() == wanted);
        socket.send(client_close(1000));
        BOOST_TEST(socket.next() == "end");
    }
}

BOOST_FIXTURE_TEST_CASE(refuses_what_cannot_be_sent, SocketTest) {
    struct Handler : WebSocketHandler {
        void prepare() { BOOST_CHECK_THROW(write_message("early"), std::logic_error); }
        void open() {
            BOOST_CHECK_THROW(close(1005), std::invalid_argument);
            BOOST_CHECK_THROW(close(1000, std::string(124, 'x')), std::invalid_argument);
            BOOST_CHECK_THROW(close(1000, "\xff"), std::invalid_argument);
            BOOST_CHECK_THROW(ping(std::string(126, 'x')), std::invalid_argument);
            BOOST_CHECK_THROW(write_message("\xff"), std::invalid_argument);  // RFC 6455, 5.6
            BOOST_CHECK_THROW(write_message(std::string{"\xc3"}), std::invalid_argument);
            BOOST_CHECK_THROW(websocket::SharedMessage{"\xff"}, std::invalid_argument);
            write_message("\xff", true);
            BOOST_CHECK_THROW(write("http"), std::logic_error);
            BOOST_CHECK_THROW(finish(), std::logic_error);
            BOOST_CHECK_THROW(set_status(503), std::logic_error);
            BOOST_CHECK_THROW(set_header("X-A", "1"), std::logic_error);
            BOOST_CHECK_THROW(set_cookie("a", "1"), std::logic_error);
            BOOST_CHECK_THROW(redirect("/"), std::logic_error);
            ping("still here");
        }
    };
    serve<Handler>();
    auto socket = open();
    BOOST_TEST(socket.next() == "binary:\xff");
    BOOST_TEST(socket.next() == "ping:still here");
}

BOOST_FIXTURE_TEST_CASE(cannot_send_once_it_is_closed, SocketTest) {
    struct Handler : WebSocketHandler {
        explicit Handler(Events& seen) : events{seen} {}
        Future<void> on_message(std::string) {
            close();
            try {
                co_await write_message("late");
            } catch (const websocket::WebSocketClosedError&) {
                events.emplace_back("refused");
            }
            BOOST_CHECK_THROW(ping(), websocket::WebSocketClosedError);
            close();
        }
        void on_close() { events.push_back(is_open() ? "open" : "closed"); }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    auto socket = open();
    socket.send(masked(Opcode::text, "x"));
    BOOST_TEST(socket.next() == "close0:");
    socket.send(client_close(1000));
    BOOST_TEST(socket.next() == "end");
    wait_until([&] { return events.size() == 2; });
    BOOST_TEST(joined(events) == "refused closed");
}

BOOST_FIXTURE_TEST_CASE(an_http_error_behind_the_handshake_is_logged_with_its_status, SocketTest) {
    struct Handler : WebSocketHandler {
        void open() { throw web::HTTPError{404}; }
    };
    serve<Handler>();
    const testing::ExpectLog log{
        tornado::log::gen_log(), "HTTPError 404 in a callback of the WebSocket /"};
    auto socket = open();
    BOOST_TEST(socket.next() == "close1011:");
}

BOOST_FIXTURE_TEST_CASE(closes_with_1011_when_it_fails, SocketTest) {
    struct Handler : WebSocketHandler {
        explicit Handler(Events& seen) : events{seen} {}
        void open() {
            if (get_query_argument("where", "") == "open") {
                throw std::runtime_error{"in open"};
            }
        }
        Future<void> on_message(std::string message) {
            events.push_back(message);
            if (message == "late") {
                co_await gen::moment();
            }
            throw std::runtime_error{"in on_message"};
        }
        void on_pong(std::string_view) { throw std::runtime_error{"in on_pong"}; }
        void on_close() {
            events.emplace_back("closed");
            throw std::runtime_error{"in on_close"};
        }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    const auto in_close = expect_error("in on_close");
    const auto fails = [&](std::string_view path, std::string_view bytes) {
        auto socket = open(path);
        socket.send(bytes);
        BOOST_TEST(socket.next() == "close1011:");
        socket.send(client_close(1011));
        BOOST_TEST(socket.next() == "end");
        wait_until([&] { return !events.empty() && events.back() == "closed"; });
        const auto all = joined(events);
        events.clear();
        return all;
    };
    {
        const auto expected = expect_error("in open");
        BOOST_TEST(fails("/?where=open", masked(Opcode::text, "never")) == "closed");
    }
    const auto expected = expect_error("in on_message");
    BOOST_TEST(
        fails("/", masked(Opcode::text, "now") + masked(Opcode::text, "never")) == "now closed"
    );
    BOOST_TEST(
        fails("/", masked(Opcode::text, "late") + masked(Opcode::text, "never")) == "late closed"
    );
    const auto in_pong = expect_error("in on_pong");
    BOOST_TEST(fails("/", masked(Opcode::pong, "")) == "closed");
}

BOOST_FIXTURE_TEST_CASE(hears_of_a_client_that_vanishes, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    {
        auto socket = open();
        socket.send(masked(Opcode::text, "one"));
    }
    wait_until([&] { return !events.empty() && events.back() == "closed:none:"; });
    BOOST_TEST(joined(events) == "finish open one closed:none:");
    wait_until([&] { return http_server().connection_count() == 0; });
}

BOOST_FIXTURE_TEST_CASE(ends_when_the_client_vanishes_at_any_byte, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    const auto bytes = masked(Opcode::text, "Hi", false) + masked(Opcode::ping, "p") +
                       masked(Opcode::continuation, "!") + client_close(1000);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        events.clear();
        {
            auto socket = open();
            socket.send(std::string_view{bytes}.substr(0, size));
        }
        wait_until([&] { return !events.empty() && events.back().starts_with("closed"); });
        BOOST_TEST(events.back() == (size == bytes.size() ? "closed:1000:" : "closed:none:"));
    }
    wait_until([&] { return http_server().connection_count() == 0; });
}

struct Wrong {
    const char* claim;
    std::string bytes;
    int code;
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
    return out << wrong.claim;
}
const Wrong wrong_input[] = {
    {"an unmasked frame, rfc 6455 5.1", plain(Opcode::text, "x"), 1002},
    {"a reserved bit, rfc 6455 5.2", masked(Opcode::text, "x", true, true), 1002},
    {"a bad close code, rfc 6455 7.4", client_close(1005), 1002},
    {"text that is not UTF-8, rfc 6455 8.1", masked(Opcode::text, "\xff"), 1007},
    {"a close reason that is not UTF-8", client_close(1000, "\xff"), 1007},
    {"a message that is too big", masked(Opcode::binary, std::string(2000, 'x')), 1009},
};

BOOST_DATA_TEST_CASE_F(
    SocketTest,
    answers_wrong_input_with_the_proper_code,
    data::make(wrong_input),
    wrong
) {
    Events events;
    settings.websocket_max_message_size = 1000;
    serve<Noting>(std::ref(events));
    auto socket = open();
    socket.send(wrong.bytes + masked(Opcode::text, "never"));
    BOOST_TEST(socket.next().substr(0, 10) == "close" + std::to_string(wrong.code) + ":");
    wait_until([&] { return events.back().starts_with("closed"); });
    BOOST_TEST(joined(events) == "finish open closed:none:");
}

BOOST_FIXTURE_TEST_CASE(sends_no_pong_once_it_has_closed_rfc_6455_5_5_1, SocketTest) {
    struct Handler : WebSocketHandler {
        void open() { close(1000); }
    };
    serve<Handler>();
    auto socket = open();
    socket.send(masked(Opcode::ping, "x") + client_close(1000));
    BOOST_TEST(socket.next() == "close1000:");
    BOOST_TEST(socket.next() == "end");
}

BOOST_FIXTURE_TEST_CASE(stops_reading_from_who_does_not_read, SocketTest) {
    serve<Echo>();
    auto socket = open();
    const std::string big(100'000, 'x');
    std::string bytes;
    for (int i = 0; i < 100; ++i) {
        bytes += masked(Opcode::binary, big);
    }
    std::size_t sent = 0;
    int echoed = 0;
    while (echoed < 100) {
        if (sent < bytes.size()) {
            socket.send(std::string_view{bytes}.substr(sent, 120'000));
            sent += 120'000;
        }
        BOOST_REQUIRE((socket.next() == "binary:" + big));
        ++echoed;
    }
}

BOOST_FIXTURE_TEST_CASE(tells_many_by_one_frame, SocketTest) {
    static std::vector<WebSocketHandler*> everybody;
    struct Handler : WebSocketHandler {
        void open() { everybody.push_back(this); }
        void on_message(std::string_view message) {
            const websocket::SharedMessage news{message};
            for (auto* const handler : everybody) {
                handler->write_message(news);
            }
        }
        std::optional<websocket::CompressionOptions> get_compression_options() override {
            return websocket::CompressionOptions{};
        }
    };
    everybody.clear();
    serve<Handler>();
    auto one = open();
    auto other = open("/", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    BOOST_TEST(
        other.has("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                  "client_no_context_takeover")
    );
    other.reader.set_inflater(std::make_unique<websocket::Inflater>(false, 15));
    wait_until([&] { return everybody.size() == 2; });
    one.send(masked(Opcode::text, "news"));
    BOOST_TEST(one.next() == "text:news");
    BOOST_TEST(other.next() == "text:news");
}

BOOST_FIXTURE_TEST_CASE(closes_with_1001_when_the_server_drains, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    auto socket = open();
    auto drained = http_server().drain();
    BOOST_TEST(socket.next() == "close1001:");
    socket.send(client_close(1001));
    BOOST_TEST(socket.next() == "end");
    run(drained);
    BOOST_TEST(events.back() == "closed:1001:");
}

BOOST_FIXTURE_TEST_CASE(is_cancelled_when_its_loop_closes, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    auto socket = open();
    teardown();
    BOOST_TEST(joined(events) == "finish open");
}

BOOST_AUTO_TEST_SUITE_END()
