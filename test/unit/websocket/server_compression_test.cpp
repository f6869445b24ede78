#include <tornado/websocket/websocket_handler.hpp>

#include <boost/test/unit_test.hpp>

#include "socket_support.hpp"

BOOST_AUTO_TEST_SUITE(compression_of_a_server)

namespace {
constexpr std::string_view offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
}

BOOST_FIXTURE_TEST_CASE(is_used_when_both_want_it, SocketTest) {
    serve<EchoCompressed>();
    auto socket = open("/", offer);
    socket.send(masked(Opcode::text, std::string("\xf2\x48\xcd\xc9\xc9\x07\x00", 7), true, true));
    socket.reader.set_inflater(std::make_unique<websocket::Inflater>(false, 15));
    BOOST_TEST(socket.next() == "text:Hello");
    socket.send(masked(Opcode::text, "plain"));
    BOOST_TEST(socket.next() == "text:plain");
}

BOOST_FIXTURE_TEST_CASE(is_not_used_when_one_does_not, SocketTest) {
    routes.push_back(web::url<Echo>("/plain"));
    serve<EchoCompressed>();
    BOOST_TEST(open("/plain", offer).head.find("Extensions") == std::string::npos);
    BOOST_TEST(open("/").head.find("Extensions") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(is_declined_and_no_500_for_a_bad_offer, SocketTest) {
    serve<EchoCompressed>();
    for (const auto* const bad :
         {"permessage-deflate; unknown", "permessage-deflate; server_max_window_bits=99", "foo"}) {
        auto socket = open("/", "Sec-WebSocket-Extensions: " + std::string{bad} + "\r\n");
        BOOST_TEST(socket.head.starts_with("HTTP/1.1 101 "));
        BOOST_TEST(socket.head.find("Extensions") == socket.head.npos);
        socket.send(masked(Opcode::text, "x"));
        BOOST_TEST(socket.next() == "text:x");
    }
}

BOOST_FIXTURE_TEST_CASE(gives_the_memory_of_idle_windows_back, SocketTest) {
    struct Handler : Echo {
        std::optional<websocket::CompressionOptions> get_compression_options() override {
            return websocket::CompressionOptions{
                .own_context_takeover = true, .peer_context_takeover = true};
        }
    };
    serve<Handler>();
    testing::VirtualTime time{io_loop()};
    auto socket = open("/", offer);
    BOOST_TEST(socket.has("Sec-WebSocket-Extensions: permessage-deflate"));
    websocket::Deflater deflater{{.context_takeover = true}};
    socket.reader.set_inflater(std::make_unique<websocket::Inflater>(true, 15));
    for (int i = 0; i < 3; ++i) {
        std::string payload;
        deflater.compress("the same words each time", payload);
        socket.send(masked(Opcode::text, payload, true, true));
        BOOST_TEST(socket.next() == "text:the same words each time");
        run([] { return gen::sleep(10s); });
    }
}

BOOST_AUTO_TEST_SUITE_END()
