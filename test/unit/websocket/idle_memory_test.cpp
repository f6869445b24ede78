// What a WebSocket on which nothing happens keeps.
#include <tornado/websocket/websocket_handler.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/iostream/socket.hpp>
#include <vector>

#include "socket_support.hpp"

BOOST_AUTO_TEST_SUITE(idle_websocket)

namespace {

struct Counted : WebSocketHandler {
    void open() { ++opened; }
    void on_close() { --opened; }
    static inline int opened = 0;
};

/// Connections whose clients' side is the system's alone, so that only the server's takes memory.
class BareClients {
public:
    void open(int port) {
        tornado::netutil::Socket socket{::socket(AF_INET, SOCK_STREAM, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto request = handshake_request();
        BOOST_REQUIRE(
            ::connect(socket.fileno(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0
        );
        BOOST_REQUIRE(::send(socket.fileno(), request.data(), request.size(), 0) > 0);
        sockets_.push_back(std::move(socket));
    }

private:
    std::vector<tornado::netutil::Socket> sockets_;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(keeps_little_of_its_request, SocketTest) {
    serve<Counted>();
    constexpr int some = 20;
    constexpr int often = 10;
    BareClients clients;
    const auto open_some = [&] {
        const int all = Counted::opened + some;
        for (int i = 0; i < some; ++i) {
            clients.open(get_http_port());
        }
        wait_until([&] { return Counted::opened == all; });
    };
    open_some();
    const auto before = allocated_bytes();
    for (int i = 0; i < often; ++i) {
        open_some();
    }
    const auto each = (allocated_bytes() - before) / (some * often);
    BOOST_TEST(each < 1'536);
}

BOOST_FIXTURE_TEST_CASE(still_knows_its_request, SocketTest) {
    struct Handler : WebSocketHandler {
        void on_message(std::string_view message) {
            write_message(
                std::string{message} + " " + std::string{*path_args()[0]} + " " +
                std::string{*path_args()["room"]} + " " + get_query_argument("q") + " " +
                std::string{*request().headers().get("X-Who")}
            );
        }
    };
    routes.push_back(web::url<Handler>("/in/(?P<room>[^/]+)"));
    auto socket = open("/in/a%20b?q=1", "X-Who: me\r\n");
    socket.send(masked(Opcode::text, "what"));
    BOOST_TEST(socket.next() == "text:what a b a b 1 me");
}

BOOST_FIXTURE_TEST_CASE(may_follow_other_requests_on_its_connection, SocketTest) {
    struct Handler : Echo {
        void post() { finish(request().body()); }
    };
    serve<Handler>();
    const std::string post =
        "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n0\r\n\r\n";
    RawSocket first{connect(), post};
    BOOST_TEST(first.has("HTTP/1.1 200 OK"));
    while (first.unread().size() < 3) {
        first.take(1);
    }
    BOOST_TEST(first.unread() == "abc");
    first.send(handshake_request());
    first.take(100);
    BOOST_TEST(first.unread().substr(3).starts_with("HTTP/1.1 101 "));
}

BOOST_FIXTURE_TEST_CASE(has_sent_its_cookies_with_the_handshake, SocketTest) {
    struct Handler : Echo {
        void prepare() { set_cookie("who", "me"); }
    };
    serve<Handler>();
    for (int i = 0; i < 2; ++i) {
        const auto socket = open();
        const auto at = socket.head.find("Set-Cookie: who=me");
        BOOST_TEST(at != socket.head.npos);
        BOOST_TEST(socket.head.find("Set-Cookie", at + 1) == socket.head.npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
