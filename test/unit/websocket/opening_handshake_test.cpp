#include <tornado/websocket/websocket_handler.hpp>

#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

BOOST_AUTO_TEST_SUITE(opening_handshake)

BOOST_FIXTURE_TEST_CASE(is_answered_as_rfc_6455_4_2_2_has_it, SocketTest) {
    serve<Echo>();
    auto socket = open();
    BOOST_TEST(socket.head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    BOOST_TEST(socket.has("Upgrade: websocket"));
    BOOST_TEST(socket.has("Connection: Upgrade"));
    BOOST_TEST(socket.has("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    BOOST_TEST(socket.head.find("Content-") == socket.head.npos);
    BOOST_TEST(socket.head.find("Extensions") == socket.head.npos);
    socket.send(masked(Opcode::text, "Hello"));
    BOOST_TEST(socket.next() == "text:Hello");
}

BOOST_FIXTURE_TEST_CASE(refuses_a_plain_request, SocketTest) {
    serve<Echo>();
    const auto response = fetch("/");
    BOOST_TEST(response.code == 400);
    BOOST_TEST(response.body == "Can \"Upgrade\" only to \"WebSocket\".");
    BOOST_TEST(fetch("/", {.method = "POST"}).code == 405);
}

BOOST_FIXTURE_TEST_CASE(refuses_other_versions_with_426, SocketTest) {
    serve<Echo>();
    auto connection = connect();
    connection.send(handshake_request("/", "", "8"));
    const auto response = connection.read_response();
    BOOST_TEST(response.code == 426);
    BOOST_TEST(response.headers.get("Sec-WebSocket-Version").value() == "13");
}

BOOST_FIXTURE_TEST_CASE(refuses_a_bad_key_and_http_1_0, SocketTest) {
    serve<Echo>();
    auto connection = connect();
    connection.send(
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n"
    );
    BOOST_TEST(connection.read_response().code == 400);
    auto request = handshake_request();
    request.replace(request.find("1.1"), 3, "1.0");
    auto other = connect();
    other.send(request);
    BOOST_TEST(other.read_response().code == 400);
}

BOOST_FIXTURE_TEST_CASE(refuses_foreign_origins_with_403, SocketTest) {
    serve<Echo>();
    for (const auto* const origin :
         {"http://evil.com",
          "http://sub.example.com",
          "null",
          "example.com",
          "http://example.com:81"}) {
        auto connection = connect();
        connection.send(handshake_request("/", "Origin: " + std::string{origin} + "\r\n"));
        BOOST_TEST(connection.read_response().code == 403, origin);
    }
    for (const auto* const origin :
         {"http://example.com", "https://EXAMPLE.com", "http://example.com/path"}) {
        BOOST_TEST(
            open("/", "Origin: " + std::string{origin} + "\r\n").has("Upgrade: websocket"), origin
        );
    }
}

BOOST_FIXTURE_TEST_CASE(lets_the_handler_decide_on_origins, SocketTest) {
    struct Handler : Echo {
        bool check_origin(std::string_view origin) override {
            return origin == "http://friend.com";
        }
    };
    serve<Handler>();
    BOOST_TEST(open("/", "Origin: http://friend.com\r\n").has("Upgrade: websocket"));
}

BOOST_FIXTURE_TEST_CASE(comes_behind_prepare_with_its_headers_and_cookies, SocketTest) {
    struct Handler : Echo {
        void set_default_headers() override { set_header("X-Default", "1"); }
        Future<void> prepare() {
            co_await gen::moment();
            set_header("X-Prepared", "2");
            set_cookie("c", "v");
        }
    };
    serve<Handler>();
    const auto socket = open();
    BOOST_TEST(socket.has("X-Default: 1"));
    BOOST_TEST(socket.has("X-Prepared: 2"));
    BOOST_TEST(socket.has("Set-Cookie: c=v; Path=/"));
}

BOOST_FIXTURE_TEST_CASE(leaves_a_prepare_that_answers_alone, SocketTest) {
    struct Handler : Echo {
        void prepare() { throw web::HTTPError{401}; }
    };
    serve<Handler>();
    auto connection = connect();
    connection.send(handshake_request());
    BOOST_TEST(connection.read_response().code == 401);
}

BOOST_FIXTURE_TEST_CASE(chooses_a_subprotocol_that_was_offered, SocketTest) {
    struct Handler : Echo {
        explicit Handler(Events& seen) : events{seen} {}
        std::optional<std::string> select_subprotocol(const std::vector<std::string>& offered
        ) override {
            events.push_back(std::to_string(offered.size()));
            return offered.empty() ? std::nullopt : std::optional{offered.back()};
        }
        void open() { write_message(selected_subprotocol().value_or("none")); }
        Events& events;
    };
    Events events;
    serve<Handler>(std::ref(events));
    auto socket = open("/", "Sec-WebSocket-Protocol: a, b\r\n");
    BOOST_TEST(socket.has("Sec-WebSocket-Protocol: b"));
    BOOST_TEST(socket.next() == "text:b");
    auto other = open();
    BOOST_TEST(other.head.find("Sec-WebSocket-Protocol") == other.head.npos);
    BOOST_TEST(other.next() == "text:none");
    BOOST_TEST(joined(events) == "2 0");
}

BOOST_FIXTURE_TEST_CASE(fails_for_a_subprotocol_that_was_not_offered, SocketTest) {
    struct Handler : Echo {
        std::optional<std::string> select_subprotocol(const std::vector<std::string>&) override {
            return "c";
        }
    };
    const auto expected = expect_error("has not offered");
    serve<Handler>();
    auto connection = connect();
    connection.send(handshake_request("/", "Sec-WebSocket-Protocol: a, b\r\n"));
    BOOST_TEST(connection.read_response().code == 500);
}

BOOST_FIXTURE_TEST_CASE(is_logged_and_finished_at_once, SocketTest) {
    Events events;
    settings.log_function = [&](web::RequestHandler& handler) {
        events.push_back(std::to_string(handler.get_status()));
    };
    serve<Noting>(std::ref(events));
    auto socket = open();
    wait_until([&] { return events.size() == 3; });
    BOOST_TEST(joined(events) == "101 finish open");
}

BOOST_FIXTURE_TEST_CASE(may_be_followed_at_once_by_frames, SocketTest) {
    serve<Echo>();
    RawSocket socket{
        connect(), handshake_request() + masked(Opcode::text, "early") + masked(Opcode::ping, "p")};
    BOOST_TEST(socket.next() == "text:early");
    BOOST_TEST(socket.next() == "pong:p");
}

BOOST_AUTO_TEST_SUITE_END()
