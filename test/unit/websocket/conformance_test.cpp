// Frames as a rude peer sends them, and what our end answers: the same cases for server and client.
#include <tornado/websocket/websocket_connect.hpp>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

namespace data = boost::unit_test::data;
using tornado::iostream::IOStream;

namespace {

struct Frame {
    unsigned opcode = 1;
    std::string payload = {};
    bool fin = true;
    unsigned rsv = 0;
};

std::string encoded(const Frame& frame, bool masks) {
    std::string bytes;
    FrameHead head{.opcode = Opcode::text, .fin = frame.fin};
    if (masks) {
        head.mask = test_key;
    }
    websocket::append_frame(bytes, head, frame.payload);
    bytes[0] = static_cast<char>((frame.fin ? 0x80U : 0U) | frame.rsv << 4U | frame.opcode);
    return bytes;
}

constexpr unsigned continuation = 0;
constexpr unsigned text = 1;
constexpr unsigned binary = 2;
constexpr unsigned close = 8;
constexpr unsigned ping = 9;
constexpr unsigned pong = 10;

std::string code(int number, std::string_view reason = "") {
    return websocket::close_payload(static_cast<websocket::CloseCode>(number), reason);
}
Frame closing() {
    return {close, code(1000)};
}

struct Case {
    std::string claim;
    std::vector<Frame> frames;
    std::string answer;  ///< of a Close, only the code
};
std::ostream& operator<<(std::ostream& out, const Case& each) {
    return out << each.claim;
}

std::vector<Case> sizes() {
    std::vector<Case> cases;
    for (const std::size_t size : {0, 125, 126, 127, 128, 65'535, 65'536}) {
        const std::string payload(size, '*');
        const auto name = std::to_string(size) + " bytes, 5.2";
        cases.push_back(
            {"text of " + name, {{text, payload}, closing()}, "text:" + payload + " close1000"}
        );
        cases.push_back(
            {"binary of " + name,
             {{binary, payload}, closing()},
             "binary:" + payload + " close1000"}
        );
        cases.push_back(
            {"fragments of " + name,
             {{text, payload, false},
              {continuation, payload, false},
              {continuation, "", true},
              closing()},
             "text:" + payload + payload + " close1000"}
        );
    }
    return cases;
}

std::vector<Case> control_frames() {
    const std::string most(125, 'p');
    const std::string too_much(126, 'p');
    std::vector<Case> cases{
        {"an empty ping, 5.5.2", {{ping}, closing()}, "pong: close1000"},
        {"a ping with data, 5.5.3", {{ping, "a\xff"}, closing()}, "pong:a\xff close1000"},
        {"a ping of 125 bytes, 5.5", {{ping, most}, closing()}, "pong:" + most + " close1000"},
        {"a ping of 126 bytes, 5.5", {{ping, too_much}}, "close1002"},
        {"a pong of 126 bytes, 5.5", {{pong, too_much}}, "close1002"},
        {"a close of 126 bytes, 5.5", {{close, code(1000) + std::string(124, 'x')}}, "close1002"},
        {"pongs that nobody asked for, 5.5.3",
         {{pong, "x"}, {ping, "y"}, {pong}, closing()},
         "pong:y close1000"},
        {"a fragmented ping, 5.5", {{ping, "x", false}}, "close1002"},
        {"a fragmented pong, 5.5", {{pong, "x", false}}, "close1002"},
        {"a fragmented close, 5.5", {{close, code(1000), false}}, "close1002"},
        {"a ping between fragments, 5.4",
         {{text, "a", false}, {ping, "p"}, {continuation, "b"}, closing()},
         "pong:p text:ab close1000"},
        {"a close between fragments, 5.5.1", {{text, "a", false}, closing()}, "close1000"},
    };
    std::vector<Frame> many(10, Frame{ping, "n"});
    many.push_back(closing());
    std::string answer;
    for (int i = 0; i < 10; ++i) {
        answer += "pong:n ";
    }
    cases.push_back({"ten pings, 5.5.2", many, answer + "close1000"});
    return cases;
}

std::vector<Case> reserved() {
    std::vector<Case> cases;
    for (unsigned bits = 1; bits <= 7; ++bits) {
        const auto name = "reserved bits " + std::to_string(bits) + ", 5.2, ";
        cases.push_back({name + "text", {{text, "x", true, bits}}, "close1002"});
        cases.push_back({name + "ping", {{ping, "x", true, bits}}, "close1002"});
        cases.push_back({name + "close", {{close, code(1000), true, bits}}, "close1002"});
        cases.push_back(
            {name + "behind a message",
             {{text, "a"}, {text, "x", true, bits}, {ping}},
             "text:a close1002"}
        );
        cases.push_back(
            {name + "in a continuation",
             {{text, "a", false}, {continuation, "x", true, bits}},
             "close1002"}
        );
    }
    for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        const auto name = "opcode " + std::to_string(opcode) + ", 5.2, ";
        cases.push_back({name + "alone", {{opcode}}, "close1002"});
        cases.push_back({name + "with data", {{opcode, "x"}}, "close1002"});
        cases.push_back(
            {name + "behind a message", {{text, "a"}, {opcode, "x"}, {ping}}, "text:a close1002"}
        );
    }
    return cases;
}

const Case fragments[] = {
    {"a continuation of nothing, 5.4", {{continuation, "x"}}, "close1002"},
    {"a continuation behind a whole message, 5.4",
     {{text, "a"}, {continuation, "x"}},
     "text:a close1002"},
    {"a last continuation twice, 5.4",
     {{text, "a", false}, {continuation, "b"}, {continuation, "c"}},
     "text:ab close1002"},
    {"text within text, 5.4", {{text, "a", false}, {text, "b"}}, "close1002"},
    {"binary within text, 5.4", {{text, "a", false}, {binary, "b", false}}, "close1002"},
    {"empty fragments, 5.4",
     {{text, "", false}, {continuation, "", false}, {continuation, "b"}, closing()},
     "text:b close1000"},
    {"fragments of nothing, 5.4",
     {{binary, "", false}, {continuation, ""}, closing()},
     "binary: close1000"},
};

const std::string good_texts[] = {
    "\x7f",
    "\xc2\x80",
    "\xdf\xbf",
    "\xe0\xa0\x80",
    "\xed\x9f\xbf",
    "\xee\x80\x80",
    "\xef\xbf\xbf",
    "\xf0\x90\x80\x80",
    "\xf4\x8f\xbf\xbf",
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"};
const std::string bad_texts[] = {
    "\x80",
    "\xbf",
    "\xc0\x80",
    "\xc1\xbf",
    "\xc2",
    "\xe0\x80\x80",
    "\xe0\x9f\xbf",
    "\xed\xa0\x80",
    "\xed\xbf\xbf",
    "\xef\xbf",
    "\xf0\x8f\xbf\xbf",
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",
    "\xf8\x88\x80\x80\x80",
    "\xfc\x84\x80\x80\x80\x80",
    "\xfe",
    "\xff",
    "abc\xff"
    "def",
    "\xce\xba\xed\xa0\x80"
    "edited"};

std::vector<Case> texts() {
    std::vector<Case> cases;
    for (const auto& good : good_texts) {
        cases.push_back(
            {"good UTF-8, 8.1", {{text, good}, closing()}, "text:" + good + " close1000"}
        );
        std::vector<Frame> bytes{{text, good.substr(0, 1), false}};
        for (std::size_t i = 1; i < good.size(); ++i) {
            bytes.push_back({continuation, good.substr(i, 1), false});
        }
        bytes.push_back({continuation});
        bytes.push_back(closing());
        cases.push_back({"good UTF-8 in pieces, 8.1", bytes, "text:" + good + " close1000"});
    }
    for (const auto& bad : bad_texts) {
        cases.push_back({"bad UTF-8, 8.1", {{text, bad}}, "close1007"});
        cases.push_back(
            {"bad UTF-8 in fragments, 8.1",
             {{text, "a", false}, {continuation, bad, false}, {continuation}},
             "close1007"}
        );
        cases.push_back(
            {"bad UTF-8 as binary", {{binary, bad}, closing()}, "binary:" + bad + " close1000"}
        );
        cases.push_back({"bad UTF-8 as a reason, 5.5.1", {{close, code(1000, bad)}}, "close1007"});
    }
    return cases;
}

std::vector<Case> closes() {
    std::vector<Case> cases{
        {"no code, 5.5.1", {{close}}, "close0"},
        {"half a code, 5.5.1", {{close, "\x03"}}, "close1002"},
        {"the longest reason, 5.5.1", {{close, code(1000, std::string(123, 'r'))}}, "close1000"},
        {"data behind a close, 5.5.1", {closing(), {text, "late"}, {ping}}, "close1000"},
        {"a bad frame behind a close, 5.5.1", {closing(), {text, "late", true, 7}}, "close1000"},
        {"a second close, 5.5.1", {closing(), {close, code(1001)}}, "close1000"},
    };
    for (const int good :
         {1000,
          1001,
          1002,
          1003,
          1007,
          1008,
          1009,
          1010,
          1011,
          1012,
          1013,
          1014,
          3000,
          3999,
          4000,
          4999}) {
        const auto number = std::to_string(good);
        cases.push_back({"code " + number + ", 7.4", {{close, code(good)}}, "close" + number});
    }
    for (const int bad : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65'535}) {
        cases.push_back({"code " + std::to_string(bad) + ", 7.4", {{close, code(bad)}}, "close1002"}
        );
    }
    return cases;
}

std::vector<Case> all_cases() {
    std::vector<Case> all{std::begin(fragments), std::end(fragments)};
    for (const auto& some : {sizes(), control_frames(), reserved(), texts(), closes()}) {
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

std::string in_short(const std::string& event) {
    return event.starts_with("close") ? event.substr(0, event.find(':')) : event;
}

struct Conformance : SocketTest {
    Conformance() { serve<Echo>(); }

    /// What our server answers to frames that come in pieces of `piece` bytes.
    std::string server_answers(const Case& each, std::size_t piece) {
        std::string bytes;
        for (const auto& frame : each.frames) {
            bytes += encoded(frame, true);
        }
        auto socket = open();
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            try {
                socket.send(std::string_view{bytes}.substr(at, piece));
            } catch (const tornado::iostream::StreamClosedError&) {
                break;  // it has heard enough
            }
        }
        Events answers;
        while (answers.empty() || !answers.back().starts_with("close")) {
            answers.push_back(in_short(socket.next()));
            BOOST_REQUIRE(answers.back() != "end");
        }
        BOOST_TEST(socket.next() == "end");  // and nothing behind the Close, 5.5.1
        return joined(answers);
    }
    /// The same of our client, whose program reads and echoes.
    std::string client_answers(const Case& each) {
        Events answers;
        tornado::Promise<void> over;
        ScriptedServer server{[&](IOStream& stream, std::string head) -> Future<void> {
            auto bytes = accepting(head);
            for (const auto& frame : each.frames) {
                bytes += encoded(frame, false);
            }
            co_await stream.write(bytes);
            ClientFrames client(stream);
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
            const auto client = co_await websocket::websocket_connect(server.url());
            while (true) {
                const auto message = co_await client->read_message();
                if (!message) {
                    break;
                }
                client->write_message(message->data, message->binary).ignore();
            }
            co_await over.future();
        });
        return joined(answers);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(conformance_to_rfc_6455)

BOOST_DATA_TEST_CASE_F(Conformance, of_a_server, data::make(all_cases()), each) {
    BOOST_TEST((server_answers(each, 1'000'000) == each.answer));
}

BOOST_DATA_TEST_CASE_F(Conformance, of_a_server_byte_by_byte, data::make(all_cases()), each) {
    std::size_t size = 0;
    for (const auto& frame : each.frames) {
        size += frame.payload.size();
    }
    BOOST_TEST((server_answers(each, size > 1000 ? 997 : 1) == each.answer));
}

BOOST_DATA_TEST_CASE_F(Conformance, of_a_client, data::make(all_cases()), each) {
    BOOST_TEST((client_answers(each) == each.answer));
}

BOOST_FIXTURE_TEST_CASE(of_masks, Conformance) {
    // 5.1 and 5.3: a client masks every frame, each with a key of its own; a server none.
    std::string bytes;
    ScriptedServer server{[&](IOStream& stream, std::string head) -> Future<void> {
        co_await stream.write(accepting(head) + plain(Opcode::ping, "0123"));
        while (bytes.size() < 5 * 10) {
            bytes += co_await stream.read_bytes(1000, true);
        }
    }};
    run([&]() -> Future<void> {
        const auto client = co_await websocket::websocket_connect(server.url());
        client->write_message("0123").ignore();
        client->write_message("0123", true).ignore();
        client->ping("0123");
        while (bytes.size() < 4 * 10) {
            co_await gen::moment();
        }
        client->close(1000, "01");
        co_await client->wait_closed();
    });
    std::vector<std::string> keys;
    for (std::size_t at = 0; at + 10 <= bytes.size(); at += 10) {
        BOOST_TEST((static_cast<unsigned char>(bytes[at + 1]) == 0x84U));
        keys.push_back(bytes.substr(at + 2, 4));
    }
    std::sort(keys.begin(), keys.end());
    BOOST_TEST(keys.size() == 5U);
    BOOST_CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}

BOOST_FIXTURE_TEST_CASE(of_the_end_rfc_6455_7_1_1, Conformance) {
    // A client waits for the server to end the connection first.
    bool ended = false;
    testing::VirtualTime time{io_loop()};
    ScriptedServer server{[&](IOStream& stream, std::string head) -> Future<void> {
        co_await stream.write(accepting(head));
        ClientFrames client(stream);
        const auto said = co_await client.next();
        BOOST_TEST(said == "close1000:");
        co_await stream.write(plain(Opcode::close, code(1000)));
        const auto next = client.next();
        co_await gen::sleep(1s);
        ended = next.done();
        stream.close();
        co_await next;
    }};
    run([&]() -> Future<void> {
        const auto client = co_await websocket::websocket_connect(server.url());
        client->close(1000);
        co_await client->wait_closed();
        co_await gen::sleep(3s);
    });
    BOOST_TEST(!ended);
}

BOOST_FIXTURE_TEST_CASE(costs_nothing_once_it_is_over, Conformance) {
    const auto come_and_go = [&](int count) {
        for (int i = 0; i < count; ++i) {
            auto socket = open();
            socket.send(masked(Opcode::text, "half a frame").substr(0, 1 + i % 17));
        }
        wait_until([&] { return http_server().connection_count() == 0; });
        run([] { return gen::sleep(10ms); });
    };
    come_and_go(200);
    const auto before = allocated_bytes();
    come_and_go(1000);
    BOOST_TEST(allocated_bytes() < before + 50'000);
}

BOOST_AUTO_TEST_SUITE_END()
