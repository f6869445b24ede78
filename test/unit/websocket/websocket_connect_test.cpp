#include <tornado/websocket/websocket_connect.hpp>

#include <boost/json.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/httpclient.hpp>
#include <tornado/iostream.hpp>

#include "socket_support.hpp"

namespace data = boost::unit_test::data;
using tornado::httpclient::HTTPClientError;
using tornado::httpclient::HTTPRequest;
using websocket::CompressionOptions;
using websocket::WebSocketError;

BOOST_AUTO_TEST_SUITE(websocket_connect)

BOOST_FIXTURE_TEST_CASE(sends_and_reads_messages, SocketTest) {
    serve<Echo>();
    const auto client = dial();
    client->write_message("hello");
    BOOST_TEST(read(client) == "hello");
    client->write_message(std::string{"\xff\x00", 2}, true);
    const auto message = run([&] { return client->read_message(); });
    BOOST_TEST(message->binary);
    BOOST_TEST(message->data == (std::string{"\xff\x00", 2}));
    client->write_message(boost::json::object{{"a", 1}});
    BOOST_TEST(read(client) == "{\"a\": 1}");
    client->write_message("h\xc3\xa9llo \xe4\xb8\xad");
    BOOST_TEST(read(client) == "h\xc3\xa9llo \xe4\xb8\xad");
}

BOOST_FIXTURE_TEST_CASE(sends_large_messages_whole, SocketTest) {
    serve<Echo>();
    const auto client = dial();
    for (const std::size_t size : {0U, 125U, 126U, 65535U, 65536U, 1'000'000U}) {
        const std::string text(size, 'x');
        client->write_message(text);
        BOOST_TEST((read(client) == text));
    }
}

BOOST_FIXTURE_TEST_CASE(closes_with_code_and_reason, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    const auto client = dial();
    client->close(1001, "goodbye");
    run([&] { return client->wait_closed(); });
    BOOST_TEST(client->close_code().value() == 1001);
    BOOST_TEST(read(client) == "(closed)");
    wait_until([&] { return events.back().starts_with("closed"); });
    BOOST_TEST(events.back() == "closed:1001:goodbye");
}

BOOST_FIXTURE_TEST_CASE(knows_the_server_s_reason, SocketTest) {
    struct Handler : WebSocketHandler {
        void open() { close(1001, "goodbye"); }
    };
    serve<Handler>();
    const auto client = dial();
    BOOST_TEST(read(client) == "(closed)");
    BOOST_TEST(client->close_code().value() == 1001);
    BOOST_TEST(client->close_reason() == "goodbye");
    BOOST_CHECK_THROW(
        run([&] { return client->write_message("late"); }), websocket::WebSocketClosedError
    );
}

BOOST_FIXTURE_TEST_CASE(reads_all_that_came_before_the_close, SocketTest) {
    struct Handler : WebSocketHandler {
        void open() {
            for (int i = 0; i < 3; ++i) {
                write_message(std::to_string(i));
            }
            close();
        }
    };
    serve<Handler>();
    const auto client = dial();
    BOOST_TEST(read(client) == "0");
    BOOST_TEST(read(client) == "1");
    BOOST_TEST(read(client) == "2");
    BOOST_TEST(read(client) == "(closed)");
    BOOST_TEST(read(client) == "(closed)");
}

BOOST_FIXTURE_TEST_CASE(may_call_back_instead, SocketTest) {
    serve<Echo>();
    Events events;
    const auto client =
        dial("/", WebSocketOptions().on_message_callback([&](std::optional<Message> message) {
            events.push_back(message ? message->data : "(closed)");
        }));
    BOOST_CHECK_THROW(client->read_message(), std::logic_error);
    client->write_message("a");
    client->write_message("b");
    wait_until([&] { return events.size() == 2; });
    client->close();
    wait_until([&] { return events.size() == 3; });
    BOOST_TEST(joined(events) == "a b (closed)");
}

BOOST_FIXTURE_TEST_CASE(reads_one_at_a_time, SocketTest) {
    serve<Echo>();
    const auto client = dial();
    auto reading = client->read_message();
    BOOST_CHECK_THROW(client->read_message(), std::logic_error);
    reading.cancel();
    client->write_message("a");
    BOOST_TEST(read(client) == "a");
}

BOOST_FIXTURE_TEST_CASE(sends_the_request_s_headers, SocketTest) {
    struct Handler : WebSocketHandler {
        void open() {
            const auto& headers = request().headers();
            write_message(
                headers.get("X-Test").value_or("none") + " " +
                headers.get("Authorization").value_or("none")
            );
            write_message(headers.get("Origin").value_or("none"));
        }
        void prepare() { set_header("X-Back", "yes"); }
    };
    serve<Handler>();
    const auto port = std::to_string(get_http_port());
    const auto client = run([&] {
        return websocket::websocket_connect(
            HTTPRequest{"ws://user:pass@127.0.0.1:" + port + "/"}.header("X-Test", "hello")
        );
    });
    BOOST_TEST(read(client) == "hello Basic dXNlcjpwYXNz");
    BOOST_TEST(read(client) == "none");
    BOOST_TEST(client->headers().get("X-Back").value() == "yes");
}

BOOST_FIXTURE_TEST_CASE(negotiates_subprotocols, SocketTest) {
    struct Handler : WebSocketHandler {
        std::optional<std::string> select_subprotocol(const std::vector<std::string>& offered
        ) override {
            return offered.empty() ? std::nullopt : std::optional{offered.back()};
        }
    };
    serve<Handler>();
    BOOST_TEST(
        dial("/", WebSocketOptions().subprotocols({"badproto", "goodproto"}))
            ->selected_subprotocol()
            .value() == "goodproto"
    );
    BOOST_TEST(!dial()->selected_subprotocol().has_value());
    BOOST_CHECK_THROW(dial("/", WebSocketOptions().subprotocols({"a b"})), std::invalid_argument);
}

BOOST_FIXTURE_TEST_CASE(fails_with_the_status_of_a_refusal, SocketTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_status(403);
            write("no");
        }
    };
    serve<Handler>();
    routes.push_back(web::url<web::RedirectHandler>("/moved", "/"));
    try {
        dial();
        BOOST_ERROR("it did not fail");
    } catch (const HTTPClientError& error) {
        BOOST_TEST(error.code() == 403);
        BOOST_TEST(error.response()->body == "no");
    }
    try {
        dial("/moved");
        BOOST_ERROR("it did not fail");
    } catch (const HTTPClientError& error) {
        BOOST_TEST(error.code() == 301);
    }
}

BOOST_FIXTURE_TEST_CASE(fails_when_there_is_no_websocket, SocketTest) {
    struct Handler : web::RequestHandler {
        void get() { write("ok"); }
    };
    serve<Handler>();
    BOOST_CHECK_THROW(dial(), WebSocketError);
    BOOST_CHECK_THROW(dial("/notfound"), HTTPClientError);
}

BOOST_FIXTURE_TEST_CASE(fails_when_nobody_listens, SocketTest) {
    serve<Echo>();
    BOOST_CHECK_THROW(
        run([&] { return websocket::websocket_connect("ws://127.0.0.1:1/"); }),
        tornado::iostream::StreamClosedError
    );
}

BOOST_FIXTURE_TEST_CASE(keeps_to_its_time_limit, SocketTest) {
    serve<Echo>();
    ScriptedServer server{
        [](tornado::iostream::IOStream& stream, std::string) { return say(stream, ""); }};
    testing::VirtualTime time{io_loop()};
    BOOST_CHECK_THROW(
        run([&] {
            return websocket::websocket_connect(
                server.url(), WebSocketOptions().connect_timeout(3s)
            );
        }),
        tornado::httpclient::HTTPTimeoutError
    );
    BOOST_TEST((time.elapsed() == 3s));
}

const char* const bad_urls[] = {
    "http://localhost/",
    "localhost",
    "ws://",
    "ws://host:x/",
    "ws://host:99999/",
    "ws://host/#fragment",
    "ws://[::1/",
    "ws://ho st/",
    "ws://:80/"};

BOOST_DATA_TEST_CASE(refuses_the_url, data::make(bad_urls), url) {
    BOOST_CHECK_THROW(websocket::websocket_connect(url), std::invalid_argument);
}

struct BadAnswer {
    const char* claim;
    std::string (*answer)(const std::string& head);
};
std::ostream& operator<<(std::ostream& out, const BadAnswer& bad) {
    return out << bad.claim;
}
std::string without(std::string text, std::string_view part, std::string_view other = "") {
    return text.replace(text.find(part), part.size(), other);
}
const BadAnswer bad_answers[] = {
    {"no Upgrade",
     [](const std::string& head) {
         return without(accepting(head), "Upgrade: websocket", "Upgrade: h2c");
     }},
    {"no Connection",
     [](const std::string& head) {
         return without(accepting(head), "Connection: Upgrade\r\n", "Connection: upgraded\r\n");
     }},
    {"another key",
     [](const std::string& head) { return without(accepting(head), "Accept: ", "Accept: x"); }},
    {"a subprotocol unasked",
     [](const std::string& head) { return accepting(head, "Sec-WebSocket-Protocol: x\r\n"); }},
    {"an extension unasked",
     [](const std::string& head) {
         return accepting(head, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
     }},
    {"a malformed extension",
     [](const std::string& head) { return accepting(head, "Sec-WebSocket-Extensions: ;\r\n"); }},
};

BOOST_DATA_TEST_CASE_F(
    SocketTest,
    refuses_an_answer_with_rfc_6455_4_1,
    data::make(bad_answers),
    bad
) {
    serve<Echo>();
    ScriptedServer server{[bad](tornado::iostream::IOStream& stream, std::string head) {
        return say(stream, bad.answer(head));
    }};
    BOOST_CHECK_THROW(
        run([&] { return websocket::websocket_connect(server.url()); }), std::exception
    );
}

BOOST_FIXTURE_TEST_CASE(refuses_masked_frames_rfc_6455_5_1, SocketTest) {
    serve<Echo>();
    ScriptedServer server{[](tornado::iostream::IOStream& stream, std::string head) {
        return say(stream, accepting(head) + masked(Opcode::text, "x"));
    }};
    const auto client = run([&] { return websocket::websocket_connect(server.url()); });
    BOOST_TEST(read(client) == "(closed)");
    BOOST_TEST(!client->close_code().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(compression_of_a_client)

const CompressionOptions ways[] = {
    {},
    {.own_context_takeover = true, .peer_context_takeover = true},
    {.own_max_window_bits = 9, .peer_max_window_bits = 8},
    {.compression_level = 1, .mem_level = 1, .own_context_takeover = true},
    {.min_size = 1000},
};

BOOST_FIXTURE_TEST_CASE(works_in_all_ways, SocketTest) {
    struct Handler : Echo {
        std::optional<CompressionOptions> get_compression_options() override {
            return CompressionOptions{.own_context_takeover = true, .peer_context_takeover = true};
        }
    };
    serve<Handler>();
    for (const auto& way : ways) {
        const auto client = dial("/", WebSocketOptions().compression(way));
        BOOST_TEST(client->is_compressed());
        for (const std::size_t size : {0U, 1U, 500U, 500U, 100'000U, 300'000U, 5U}) {
            std::string text(size, 'x');
            for (std::size_t i = 0; i < size; i += 3) {
                text[i] = static_cast<char>('a' + i % 26);
            }
            client->write_message(text);
            BOOST_TEST((read(client) == text));
        }
    }
}

BOOST_FIXTURE_TEST_CASE(is_left_out_when_the_server_declines, SocketTest) {
    serve<Echo>();
    const auto client = dial("/", WebSocketOptions().compression({}));
    BOOST_TEST(!client->is_compressed());
    client->write_message("plain");
    BOOST_TEST(read(client) == "plain");
}

BOOST_FIXTURE_TEST_CASE(is_limited_once_decompressed, SocketTest) {
    serve<EchoCompressed>();
    settings.websocket_max_message_size = 1024;
    const auto client = dial("/", WebSocketOptions().compression({}));
    client->write_message(std::string(128, 'a'));
    BOOST_TEST(read(client) == std::string(128, 'a'));
    client->write_message(std::string(2048, 'a'));
    BOOST_TEST(read(client) == "(closed)");
    BOOST_TEST(client->close_code().value() == 1009);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(pings_of_a_client)

BOOST_FIXTURE_TEST_CASE(come_at_their_interval, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    testing::VirtualTime time{io_loop()};
    int pongs = 0;
    const auto client =
        dial("/", WebSocketOptions().ping_interval(300ms).on_pong_callback([&](std::string_view) {
            ++pongs;
        }));
    run([] { return gen::sleep(2s); });
    BOOST_TEST(pongs >= 3);
    BOOST_TEST(pongs <= 6);
    BOOST_TEST(joined(events).starts_with("finish open ping: ping: ping:"));
}

BOOST_FIXTURE_TEST_CASE(are_sent_by_hand, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    Events pongs;
    const auto client = dial("/", WebSocketOptions().on_pong_callback([&](std::string_view data) {
        pongs.emplace_back(data);
    }));
    client->ping("hello");
    BOOST_CHECK_THROW(client->ping(std::string(126, 'x')), std::invalid_argument);
    wait_until([&] { return !pongs.empty(); });
    BOOST_TEST(joined(pongs) == "hello");
    BOOST_TEST(joined(events) == "finish open ping:hello");
}

BOOST_FIXTURE_TEST_CASE(close_when_they_are_not_answered, SocketTest) {
    serve<Echo>();
    ScriptedServer server{[](tornado::iostream::IOStream& stream, std::string head) {
        return say(stream, accepting(head));
    }};
    testing::VirtualTime time{io_loop()};
    const auto client = run([&] {
        return websocket::websocket_connect(server.url(), WebSocketOptions().ping_interval(500ms));
    });
    BOOST_TEST(read(client) == "(closed)");
    BOOST_TEST((time.elapsed() < 10s));
}

BOOST_AUTO_TEST_SUITE_END()
