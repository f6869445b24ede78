// Handshakes as RFC 6455 wants them, by its sections, and as it does not: of both ends.
#include <tornado/websocket/websocket_connect.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

namespace data = boost::unit_test::data;
using tornado::iostream::IOStream;

namespace {

/// A request in which something is replaced.
struct Request {
    std::string claim;
    std::string from;
    std::string to;
    int code;
};
std::ostream& operator<<(std::ostream& out, const Request& request) {
    return out << request.claim;
}

const Request bad_requests[] = {
    {"another method than GET, 4.2.1 (1)", "GET ", "POST ", 405},
    {"HTTP/1.0, 4.2.1 (1)", "HTTP/1.1", "HTTP/1.0", 400},
    {"no Host, 4.2.1 (2)", "Host: example.com\r\n", "", 400},
    {"two Hosts, 4.2.1 (2)", "Host: ", "Host: a\r\nHost: ", 400},
    {"no Upgrade, 4.2.1 (3)", "Upgrade: websocket\r\n", "", 400},
    {"another Upgrade, 4.2.1 (3)", "Upgrade: websocket", "Upgrade: h2c", 400},
    {"no Connection, 4.2.1 (4)", "Connection: Upgrade\r\n", "", 400},
    {"another Connection, 4.2.1 (4)", "Connection: Upgrade", "Connection: keep-alive", 400},
    {"no key, 4.2.1 (5)", "Sec-WebSocket-Key: ", "X-Key: ", 400},
    {"a key of 15 bytes, 4.2.1 (5)", "25jZQ==", "25j", 400},
    {"a key that is no base64, 4.2.1 (5)", "25jZQ==", "25j_Q==", 400},
    {"two keys, 11.3.1", "Sec-WebSocket-Key: ", "Sec-WebSocket-Key: x\r\nSec-WebSocket-Key: ", 400},
    {"no version, 4.2.1 (6)", "Sec-WebSocket-Version: ", "X-Version: ", 426},
    {"an older version, 4.2.2", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 426},
    {"two versions, 11.3.5", "Version: 13", "Version: 13\r\nSec-WebSocket-Version: 13", 426},
    {"a stranger's Origin, 4.2.2 (4)", "Host", "Origin: http://other.com\r\nHost", 403},
    {"malformed extensions, 9.1", "Host", "Sec-WebSocket-Extensions: ,;\r\nHost", 400},
    {"malformed subprotocols, 4.1 (10)", "Host", "Sec-WebSocket-Protocol: a b\r\nHost", 400},
};
const Request good_requests[] = {
    {"Upgrade in any case, 4.2.1 (3)", "Upgrade: websocket", "UPGRADE: WebSocket", 101},
    {"several in Connection, 4.2.1 (4)", "Connection: ", "Connection: keep-alive, ", 101},
    {"its own Origin, 4.2.2 (4)", "Host", "Origin: http://example.com\r\nHost", 101},
    {"unknown extensions, 9.1", "Host", "Sec-WebSocket-Extensions: x; y=\"z\"\r\nHost", 101},
    {"subprotocols that nobody speaks, 4.2.2 (5)",
     "Host",
     "Sec-WebSocket-Protocol: a\r\nHost",
     101},
    {"other fields, 4.2.1 (10)", "Host", "Cookie: a=b\r\nX-Other: c\r\nHost", 101},
    {"a body, which nobody forbids", "Host", "Content-Length: 0\r\nHost", 101},
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

struct ServerTest : SocketTest {
    ServerTest() { serve<Echo>(); }
};

/// What a client asks of a server that accepts it.
std::string asked_by_client(SocketTest& test, const std::string& path) {
    std::string asked;
    ScriptedServer server{[&](IOStream& stream, std::string head) {
        asked = head;
        return say(stream, accepting(head));
    }};
    const auto url = server.url() + path;
    test.run([&] { return websocket::websocket_connect(url); });
    return replaced(asked, std::to_string(server.port), "PORT");
}

/// In which the other end gets what was said.
Future<void> some_turns() {
    for (int i = 0; i < 5; ++i) {
        co_await gen::moment();
    }
}

/// Says it in two pieces, the first of which may be empty.
Future<void> say_in_two(IOStream& stream, std::string text, std::size_t at) {
    stream.write(text.substr(0, at)).ignore();
    co_await some_turns();
    co_await say(stream, text.substr(at));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(handshakes_as_rfc_6455_has_them)

BOOST_DATA_TEST_CASE_F(ServerTest, a_server_refuses, data::make(bad_requests), bad) {
    auto connection = connect();
    connection.send(replaced(handshake_request(), bad.from, bad.to));
    const auto response = connection.read_response();
    BOOST_TEST(response.code == bad.code);
    if (bad.code == 426) {
        BOOST_TEST(response.headers.get("Sec-WebSocket-Version").value() == "13");  // 4.4
    }
}

BOOST_DATA_TEST_CASE_F(ServerTest, a_server_accepts, data::make(good_requests), good) {
    RawSocket socket{connect(), replaced(handshake_request(), good.from, good.to)};
    BOOST_TEST(socket.head.starts_with("HTTP/1.1 101 "));                           // 4.2.2 (5)
    BOOST_TEST(socket.has("Upgrade: websocket"));                                   // 4.2.2 (5)
    BOOST_TEST(socket.has("Connection: Upgrade"));                                  // 4.2.2 (5)
    BOOST_TEST(socket.has("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));   // 4.2.2 (5)
    BOOST_TEST(socket.head.find("Sec-WebSocket-Extensions") == std::string::npos);  // 4.2.2 (6)
    BOOST_TEST(socket.head.find("Sec-WebSocket-Protocol") == std::string::npos);    // 4.2.2 (5)
    socket.send(masked(Opcode::text, "x"));
    BOOST_TEST(socket.next() == "text:x");
}

BOOST_FIXTURE_TEST_CASE(a_server_reads_a_body_before_the_frames, ServerTest) {
    const auto frames = masked(Opcode::text, "early") + masked(Opcode::ping, "p");
    const std::string bodies[] = {
        "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"};
    for (const auto& body : bodies) {
        auto request = handshake_request();
        request.replace(request.size() - 2, 2, body);
        RawSocket socket{connect(), request + frames};
        BOOST_TEST(socket.next() == "text:early");
        BOOST_TEST(socket.next() == "pong:p");
    }
}

BOOST_FIXTURE_TEST_CASE(a_server_takes_them_cut_at_any_byte, ServerTest) {
    const auto request = handshake_request() + masked(Opcode::text, "early");
    for (std::size_t at = 1; at < request.size(); ++at) {
        auto connection = connect();
        connection.send(std::string_view{request}.substr(0, at));
        run(some_turns);
        RawSocket socket{std::move(connection), std::string_view{request}.substr(at)};
        BOOST_REQUIRE(socket.next() == "text:early");
    }
}

BOOST_FIXTURE_TEST_CASE(a_server_takes_them_byte_by_byte, ServerTest) {
    const auto request = handshake_request() + masked(Opcode::text, "early");
    auto connection = connect();
    for (std::size_t at = 0; at + 1 < request.size(); ++at) {
        connection.send(std::string_view{request}.substr(at, 1));
    }
    RawSocket socket{std::move(connection), std::string_view{request}.substr(request.size() - 1)};
    BOOST_TEST(socket.next() == "text:early");
}

BOOST_FIXTURE_TEST_CASE(a_client_takes_them_cut_at_any_byte, ServerTest) {
    const auto size = accepting(handshake_request()).size() + plain(Opcode::text, "early").size();
    for (std::size_t at = 0; at <= size; ++at) {
        ScriptedServer server{[at](IOStream& stream, std::string head) {
            return say_in_two(stream, accepting(head) + plain(Opcode::text, "early"), at);
        }};
        const auto client = run([&] { return websocket::websocket_connect(server.url()); });
        BOOST_REQUIRE(read(client) == "early");
    }
}

BOOST_FIXTURE_TEST_CASE(a_client_asks_as_4_1_has_it, SocketTest) {
    serve<Echo>();
    const auto head = asked_by_client(*this, "path?a=b%20c");
    const auto count = [&head](std::string_view field) {
        int found = 0;
        for (auto at = head.find(field); at != head.npos; at = head.find(field, at + 1)) {
            ++found;
        }
        return found;
    };
    BOOST_TEST(head.starts_with("GET /path?a=b%20c HTTP/1.1\r\n"));        // (2), (3)
    BOOST_TEST(count("\r\nHost: 127.0.0.1:PORT\r\n") == 1);                // (4)
    BOOST_TEST(count("\r\nUpgrade: websocket\r\n") == 1);                  // (5)
    BOOST_TEST(count("\r\nConnection: Upgrade\r\n") == 1);                 // (6)
    BOOST_TEST(count("\r\nSec-WebSocket-Key: ") == 1);                     // (7)
    BOOST_TEST(count("\r\nSec-WebSocket-Version: 13\r\n") == 1);           // (9)
    BOOST_TEST(count("\r\nOrigin:") == 0);                                 // (8): it is no browser
    BOOST_TEST(count("\r\nSec-WebSocket-Protocol:") == 0);                 // (10)
    BOOST_TEST(count("\r\nSec-WebSocket-Extensions:") == 0);               // (11)
    BOOST_TEST(asked_by_client(*this, "").starts_with("GET / HTTP/1.1"));  // 3
    BOOST_TEST(asked_by_client(*this, "?q").starts_with("GET /?q HTTP/1.1"));
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Says more than a socket holds, then goodbye, and then more.
struct Talkative : WebSocketHandler {
    void on_message(MessageView) {
        for (int i = 0; i < 100; ++i) {
            write_message(std::string(100'000, 'x'), true);
        }
        close(1000);
        write_message("late").ignore();
        BOOST_CHECK_THROW(ping(), websocket::WebSocketClosedError);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_end_as_rfc_6455_has_it)

BOOST_FIXTURE_TEST_CASE(nothing_follows_a_close_though_much_comes_before_5_5_1, SocketTest) {
    serve<Talkative>();
    auto socket = open();
    socket.send(masked(Opcode::text, "go") + masked(Opcode::ping, "unheard"));
    for (int i = 0; i < 100; ++i) {
        BOOST_REQUIRE(socket.next().size() == 7 + 100'000U);
    }
    BOOST_TEST(socket.next() == "close1000:");
    socket.send(client_close(1000));
    BOOST_TEST(socket.next() == "end");
}

BOOST_FIXTURE_TEST_CASE(a_close_that_crosses_another_is_not_answered_again_5_5_1, SocketTest) {
    struct Closing : Noting {
        using Noting::Noting;
        void open() { close(1001); }
    };
    Events events;
    serve<Closing>(std::ref(events));
    RawSocket socket{connect(), handshake_request() + client_close(4000, "first")};
    BOOST_TEST(socket.next() == "close1001:");
    BOOST_TEST(socket.next() == "end");
    wait_until([&] { return http_server().connection_count() == 0; });
    BOOST_TEST(events.back() == "closed:4000:first");  // 7.1.5
}

BOOST_FIXTURE_TEST_CASE(an_end_without_a_close_has_no_code_7_1_5, SocketTest) {
    Events events;
    serve<Noting>(std::ref(events));
    auto socket = open();
    socket.close();
    wait_until([&] { return http_server().connection_count() == 0; });
    BOOST_TEST(events.back() == "closed:none:");
}

BOOST_AUTO_TEST_SUITE_END()
