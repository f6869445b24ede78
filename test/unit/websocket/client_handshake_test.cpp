#include <tornado/websocket/websocket_connect.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/httpclient.hpp>

#include "socket_support.hpp"

namespace data = boost::unit_test::data;
using tornado::httpclient::HTTPClientError;
using tornado::httpclient::HTTPRequest;
using tornado::iostream::IOStream;
using websocket::WebSocketError;

namespace {

struct HandshakeTest : SocketTest {
    HandshakeTest() { serve<Echo>(); }
    WebSocketClient to(const ScriptedServer& server, WebSocketOptions options = {}) {
        return run([&] { return websocket::websocket_connect(server.url(), options); });
    }
    /// What a server sees of a handshake.
    std::string seen_of(HTTPRequest request, WebSocketOptions options = {}) {
        std::string seen;
        ScriptedServer server{[&](IOStream& stream, std::string head) {
            seen = head;
            return say(stream, accepting(head));
        }};
        auto url = request.url();
        url.replace(url.find("HOST"), 4, "127.0.0.1:" + std::to_string(server.port));
        run([&] { return websocket::websocket_connect(request.url(url), options); });
        return seen;
    }
};

Future<void> say_for_ever(IOStream& stream, std::string text) {
    co_await stream.write(text);
    try {
        while (true) {
            co_await stream.write(std::string(1000, 'x'));
        }
    } catch (const tornado::iostream::StreamClosedError&) {
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_handshake)

BOOST_FIXTURE_TEST_CASE(fails_at_once_when_a_page_without_end_answers, HandshakeTest) {
    ScriptedServer server{[](IOStream& stream, std::string) {
        return say(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\r\n");
    }};
    testing::VirtualTime time{io_loop()};
    BOOST_CHECK_THROW(to(server), WebSocketError);
    BOOST_TEST((time.elapsed() < 1s));
}

BOOST_FIXTURE_TEST_CASE(takes_no_more_than_64_kib_of_a_refusal, HandshakeTest) {
    ScriptedServer server{[](IOStream& stream, std::string) {
        return say_for_ever(stream, "HTTP/1.1 403 No\r\n\r\n");
    }};
    try {
        to(server);
        BOOST_ERROR("it did not fail");
    } catch (const HTTPClientError& error) {
        BOOST_TEST(error.code() == 403);
        BOOST_TEST(error.response()->body.size() <= 65'536U);
    }
}

struct Answer {
    const char* claim;
    const char* from;
    const char* to;
};
std::ostream& operator<<(std::ostream& out, const Answer& answer) {
    return out << answer.claim;
}
const Answer bad_answers[] = {
    {"two protocols in Upgrade", "Upgrade: websocket\r\n", "Upgrade: websocket, h2c\r\n"},
    {"two fields Upgrade", "Upgrade: websocket\r\n", "Upgrade: websocket\r\nUpgrade: h2c\r\n"},
    {"no Upgrade", "Upgrade: websocket\r\n", ""},
    {"no Connection", "Connection: Upgrade\r\n", ""},
    {"another answer to the key", "Accept: ", "Accept: x"},
    {"two answers to the key",
     "Sec-WebSocket-Accept: ",
     "Sec-WebSocket-Accept: x\r\nSec-WebSocket-Accept: "},
    {"no answer to the key", "Sec-WebSocket-Accept: ", "X-Accept: "},
};

BOOST_DATA_TEST_CASE_F(HandshakeTest, refuses_with_rfc_6455_4_1, data::make(bad_answers), bad) {
    ScriptedServer server{[bad](IOStream& stream, std::string head) {
        auto text = accepting(head);
        text.replace(text.find(bad.from), std::string_view{bad.from}.size(), bad.to);
        return say(stream, text);
    }};
    BOOST_CHECK_THROW(to(server), WebSocketError);
}

BOOST_FIXTURE_TEST_CASE(takes_names_in_any_case_rfc_6455_4_1, HandshakeTest) {
    ScriptedServer server{[](IOStream& stream, std::string head) {
        auto text = accepting(head);
        text.replace(text.find("Upgrade: websocket"), 18, "upgrade: WebSocket");
        text.replace(text.find("Connection: Upgrade"), 19, "connection: keep-alive, UPGRADE");
        return say(stream, text);
    }};
    BOOST_TEST(to(server)->is_open());
}

BOOST_FIXTURE_TEST_CASE(offers_each_subprotocol_once_rfc_6455_4_1, HandshakeTest) {
    BOOST_CHECK_THROW(
        dial("/", WebSocketOptions().subprotocols({"a", "b", "a"})), std::invalid_argument
    );
}

BOOST_FIXTURE_TEST_CASE(takes_the_request_s_own_header_for_the_offer, HandshakeTest) {
    ScriptedServer server{[](IOStream& stream, std::string head) {
        return say(stream, accepting(head, "Sec-WebSocket-Protocol: b\r\n"));
    }};
    const auto client = run([&] {
        return websocket::websocket_connect(
            HTTPRequest{server.url()}.header("Sec-WebSocket-Protocol", "a, b")
        );
    });
    BOOST_TEST(client->selected_subprotocol().value() == "b");
    BOOST_CHECK_THROW(
        websocket::websocket_connect(
            HTTPRequest{server.url()}.header("Sec-WebSocket-Protocol", "a"),
            WebSocketOptions().subprotocols({"a"})
        ),
        std::invalid_argument
    );
}

BOOST_FIXTURE_TEST_CASE(refuses_a_request_that_is_no_get_without_body, HandshakeTest) {
    using websocket::websocket_connect;
    const HTTPRequest plain{socket_url()};
    BOOST_CHECK_THROW(websocket_connect(HTTPRequest{plain}.method("POST")), std::invalid_argument);
    BOOST_CHECK_THROW(websocket_connect(HTTPRequest{plain}.body("x")), std::invalid_argument);
    BOOST_CHECK_THROW(
        websocket_connect(HTTPRequest{plain}.header("Content-Length", "1")), std::invalid_argument
    );
    BOOST_CHECK_THROW(
        websocket_connect(HTTPRequest{plain}.header("Transfer-Encoding", "chunked")),
        std::invalid_argument
    );
}

BOOST_FIXTURE_TEST_CASE(sends_credentials_as_rfc_7617_has_them, HandshakeTest) {
    BOOST_TEST(
        seen_of("ws://user@HOST/").find("Authorization: Basic dXNlcjo=\r\n") != std::string::npos
    );
    BOOST_TEST(
        seen_of("ws://user:p%40ss@HOST/").find("Authorization: Basic dXNlcjpwQHNz\r\n") !=
        std::string::npos
    );
}

BOOST_FIXTURE_TEST_CASE(uses_a_new_key_each_time_rfc_6455_4_1, HandshakeTest) {
    const auto key = [](const std::string& head) {
        return head.substr(head.find("Sec-WebSocket-Key: ") + 19, 24);
    };
    const auto one = key(seen_of("ws://HOST/"));
    BOOST_TEST(websocket::is_valid_key(one));
    BOOST_TEST(one != key(seen_of("ws://HOST/")));
}

BOOST_FIXTURE_TEST_CASE(keeps_its_context_only_with_who_does_not_ask_for_less, HandshakeTest) {
    const auto offer = WebSocketOptions().compression({.own_context_takeover = true});
    const auto head = seen_of("ws://HOST/", offer);
    BOOST_TEST(
        head.find("permessage-deflate; server_no_context_takeover; client_max_window_bits, "
                  "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                  "client_max_window_bits\r\n") != std::string::npos
    );
}

BOOST_AUTO_TEST_SUITE_END()
