// Compressed connections, by the sections of RFC 7692: what comes, what goes, and what must not.
#include <tornado/websocket/websocket_connect.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

namespace data = boost::unit_test::data;
using namespace std::string_literals;
using tornado::iostream::IOStream;
using websocket::CompressionOptions;

namespace {

const std::string hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;
const std::string hello_again = "\xf2\x00\x11\x00\x00"s;  // it refers to the former one
constexpr CompressionOptions with_takeover{
    .own_context_takeover = true,
    .peer_context_takeover = true};

struct Case {
    std::string claim;
    std::string bytes;
    std::string events;  ///< what the other end makes of it; of a Close, only the code
};
std::ostream& operator<<(std::ostream& out, const Case& each) {
    return out << each.claim;
}

std::string with_reserved_bits(std::string frame, unsigned bits) {
    frame[0] = static_cast<char>(static_cast<unsigned char>(frame[0]) | bits << 4U);
    return frame;
}

/// The same for both ends, but for the masks.
template <typename F>
std::vector<Case> cases(F frame) {
    const auto text = [&](const std::string& payload, bool fin = true) {
        return frame(Opcode::text, payload, fin, true);
    };
    const auto more = [&](const std::string& payload, bool fin, bool rsv1 = false) {
        return frame(Opcode::continuation, payload, fin, rsv1);
    };
    const auto ping = frame(Opcode::ping, "p", true, false);
    const auto end = frame(Opcode::close, websocket::close_payload(1000, ""), true, false);
    std::vector<Case> all{
        {"one block, 7.2.3.1", text(hello) + end, "text:Hello close1000"},
        {"fragments, 7.2.3.1",
         text(hello.substr(0, 3), false) + more(hello.substr(3), true) + end,
         "text:Hello close1000"},
        {"a shared window, 7.2.3.2",
         text(hello) + text(hello_again) + end,
         "text:Hello text:Hello close1000"},
        {"no compression, 7.2.3.3",
         text("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s) + end,
         "text:Hello close1000"},
        {"a last block, 7.2.3.4",
         text("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s) + end,
         "text:Hello close1000"},
        {"two blocks, 7.2.3.5",
         text("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s) + end,
         "text:Hello close1000"},
        {"an empty message, 7.2.3.6", text("\x00"s) + end, "text: close1000"},
        {"a message that is not compressed, 6",
         text(hello) + frame(Opcode::text, "plain", true, false) + text(hello_again) + end,
         "text:Hello text:plain text:Hello close1000"},
        {"control frames between fragments, 6.1",
         text(hello.substr(0, 3), false) + ping + more(hello.substr(3), true) + end,
         "pong:p text:Hello close1000"},
        {"RSV1 in a continuation, 6.1",
         text(hello.substr(0, 3), false) + more(hello.substr(3), true, true),
         "close1002"},
        {"RSV1 in a continuation of what is not compressed, 6.1",
         frame(Opcode::text, "a", false, false) + more(hello, true, true),
         "close1002"},
        {"RSV1 in a ping, 6.1", frame(Opcode::ping, hello, true, true), "close1002"},
        {"RSV1 in a pong, 6.1", frame(Opcode::pong, hello, true, true), "close1002"},
        {"RSV1 in a Close, 6.1", frame(Opcode::close, hello, true, true), "close1002"},
        {"what is no DEFLATE, 7.2.2", text("\xff\xff\xff"s), "close1007"},
        {"a block that is cut short, 7.2.2", text(hello.substr(0, 4)), "close1007"},
    };
    for (const unsigned bits : {1U, 2U, 3U, 5U, 6U, 7U}) {
        all.push_back(
            {"reserved bits " + std::to_string(bits) + ", 6455 5.2",
             with_reserved_bits(frame(Opcode::text, hello, true, false), bits),
             "close1002"}
        );
    }
    return all;
}

std::string in_short(const std::string& event) {
    return event.starts_with("close") ? event.substr(0, event.find(':')) : event;
}

struct EchoWithTakeover : Echo {
    std::optional<CompressionOptions> get_compression_options() override { return with_takeover; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(conformance_to_rfc_7692)

BOOST_DATA_TEST_CASE_F(SocketTest, of_a_server, data::make(cases(masked)), each) {
    serve<EchoWithTakeover>();
    auto socket = open("/", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    BOOST_TEST(socket.has("Sec-WebSocket-Extensions: permessage-deflate"));
    socket.reader.set_inflater(std::make_unique<websocket::Inflater>(true, 15));
    socket.send(each.bytes);
    Events answers;
    while (answers.empty() || !answers.back().starts_with("close")) {
        answers.push_back(in_short(socket.next()));
        BOOST_REQUIRE(answers.back() != "end");
    }
    BOOST_TEST(joined(answers) == each.events);
    BOOST_TEST(socket.next() == "end");
}

BOOST_DATA_TEST_CASE_F(SocketTest, of_a_client, data::make(cases(plain)), each) {
    serve<Echo>();
    Events answers;
    tornado::Promise<void> over;
    ScriptedServer server{[&](IOStream& stream, std::string head) -> Future<void> {
        const auto answer =
            accepting(head, "Sec-WebSocket-Extensions: permessage-deflate\r\n") + each.bytes;
        co_await stream.write(answer);
        ClientFrames client(stream);
        client.reader().set_inflater(std::make_unique<websocket::Inflater>(true, 15));
        while (answers.empty() || !answers.back().starts_with("close")) {
            const auto event = co_await client.next();
            answers.push_back(in_short(event));
            if (event == "end") {
                break;
            }
        }
        stream.close();
        over.set_result();
    }};
    run([&]() -> Future<void> {
        auto options = WebSocketOptions().compression(with_takeover);
        const auto client = co_await websocket::websocket_connect(server.url(), options);
        while (true) {
            const auto message = co_await client->read_message();
            if (!message) {
                break;
            }
            client->write_message(message->data, message->binary).ignore();
        }
        co_await over.future();
    });
    BOOST_TEST(joined(answers) == each.events);
}

struct Agreement {
    std::string claim;
    std::string asked;
    std::string first;  ///< the payloads of two messages "Hello"
    std::string second;
};
std::ostream& operator<<(std::ostream& out, const Agreement& agreement) {
    return out << agreement.claim;
}
const Agreement agreements[] = {
    {"its window, 7.1.1", "", hello, hello_again},
    {"no window that it is not to have, 7.1.1.1", "; server_no_context_takeover", hello, hello},
};

BOOST_DATA_TEST_CASE_F(SocketTest, a_server_keeps, data::make(agreements), each) {
    serve<EchoWithTakeover>();
    const auto agreed = "permessage-deflate" + each.asked;
    auto socket = open("/", "Sec-WebSocket-Extensions: " + agreed + "\r\n");
    BOOST_TEST(socket.has("Sec-WebSocket-Extensions: " + agreed));
    socket.send(masked(Opcode::text, hello, true, true) + masked(Opcode::text, "Hello"));
    const auto expected =
        plain(Opcode::text, each.first, true, true) + plain(Opcode::text, each.second, true, true);
    while (socket.unread().size() < expected.size()) {
        socket.take(1);
    }
    BOOST_TEST((socket.unread() == expected));  // without 00 00 FF FF, 7.2.1
}

BOOST_FIXTURE_TEST_CASE(control_frames_are_never_compressed_5, SocketTest) {
    struct Handler : EchoWithTakeover {
        void open() {
            ping("ping ping ping ping");
            close(1000, "close close close close");
        }
    };
    serve<Handler>();
    auto socket = open("/", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    BOOST_TEST(socket.next() == "ping:ping ping ping ping");
    BOOST_TEST(socket.next() == "close1000:close close close close");
}

BOOST_FIXTURE_TEST_CASE(a_client_keeps_no_window_that_it_is_not_to_have_7_1_1_2, SocketTest) {
    serve<Echo>();
    std::string heard;
    const auto one = masked(Opcode::text, hello, true, true).size();
    ScriptedServer server{[&](IOStream& stream, std::string head) -> Future<void> {
        const auto answer = accepting(
            head, "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n"
        );
        co_await stream.write(answer);
        heard = co_await stream.read_bytes(2 * one);
        co_await stream.read_until_close();
    }};
    const auto client = run([&] {
        return websocket::websocket_connect(
            server.url(), WebSocketOptions().compression(with_takeover)
        );
    });
    client->write_message("Hello").ignore();
    client->write_message("Hello").ignore();
    wait_until([&] { return !heard.empty(); });
    for (const std::size_t at : {std::size_t{0}, one}) {
        auto payload = heard.substr(at + 6, hello.size());
        const websocket::MaskKey key{heard[at + 2], heard[at + 3], heard[at + 4], heard[at + 5]};
        websocket::apply_mask(payload, key);
        BOOST_TEST((payload == hello));
    }
}

const char* const bad_answers[] = {
    "permessage-deflate; unknown",                       // 7
    "permessage-deflate; server_no_context_takeover=1",  // 7.1.1.1
    "permessage-deflate; client_no_context_takeover=1",  // 7.1.1.2
    "permessage-deflate; server_max_window_bits=16",     // 7.1.2.1
    "permessage-deflate; server_max_window_bits=11",     // 7.1.2.1: more than asked for
    "permessage-deflate",                                // 7.1.2.1: not granted
    "permessage-deflate; server_max_window_bits=10; client_max_window_bits",     // 7.1.2.2
    "permessage-deflate; server_max_window_bits=10; client_max_window_bits=7",   // 7.1.2.2
    "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",  // 7
    "permessage-deflate; server_max_window_bits=10, permessage-deflate",         // 7
    "x-webkit-deflate-frame",  // 6455 9.1: not offered
};

BOOST_DATA_TEST_CASE_F(SocketTest, a_client_fails_for, data::make(bad_answers), bad) {
    serve<Echo>();
    ScriptedServer server{[bad](IOStream& stream, std::string head) {
        const auto field = std::string{"Sec-WebSocket-Extensions: "} + bad + "\r\n";
        return say(stream, accepting(head, field));
    }};
    auto options = with_takeover;
    options.peer_max_window_bits = 10;
    const auto connect_to = [&] {
        return websocket::websocket_connect(server.url(), WebSocketOptions().compression(options));
    };
    BOOST_CHECK_THROW(run(connect_to), websocket::WebSocketError);
}

BOOST_AUTO_TEST_SUITE_END()
