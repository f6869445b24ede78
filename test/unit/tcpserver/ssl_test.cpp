#include <tornado/tcpserver/tcpserver.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "../iostream/ssl_support.hpp"
#include "../iostream/used_memory.hpp"
#include "connect_calls.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::SSLIOStream;
using tornado::iostream::StreamClosedError;
using tornado::netutil::Address;
using tornado::netutil::SSLOptions;
using tornado::netutil::SSLSide;
using tornado::tcpserver::TCPServer;

/// Waits for the handshake, then tells who asks for whom.
struct GreetingServer : TCPServer {
    using TCPServer::TCPServer;

    Future<void> handle_stream(IOStream stream, Address) override {
        co_await stream.wait_for_handshake();
        const std::string name{stream.tls()->server_hostname()};
        co_await stream.write("this is " + name + "\n");
    }
};

BOOST_FIXTURE_TEST_SUITE(tcpserver_ssl, StreamFixture)

BOOST_AUTO_TEST_CASE(connections_speak_tls) {
    GreetingServer tcp_server{{}, ssl_test::server_context()};
    tcp_server.listen(0, {.address = "127.0.0.1"});
    SSLIOStream stream{connect_to(tcp_server.port()), ssl_test::client_context(), "localhost"};
    BOOST_TEST(wait(stream.read_until_close()) == "this is localhost\n");
    BOOST_TEST(!stream.error());
}

BOOST_AUTO_TEST_CASE(options_are_checked_before_the_server_exists) {
    BOOST_CHECK_THROW(GreetingServer({}, SSLOptions{}), std::invalid_argument);
    BOOST_CHECK_THROW(
        GreetingServer({}, SSLOptions{.certfile = "/no/such.crt"}), std::invalid_argument
    );
    BOOST_CHECK_THROW(GreetingServer({}, ssl_test::client_context()), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_client_without_tls_is_dropped) {
    GreetingServer tcp_server{{}, ssl_test::server_context()};
    tcp_server.listen(0, {.address = "127.0.0.1"});
    IOStream stream{connect_to(tcp_server.port())};
    wait(stream.write("hello, are you there?\n"));
    BOOST_TEST(wait(stream.read_until_close()).find("this is") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(ten_thousand_failing_connections_leave_nothing_behind) {
    struct Server : GreetingServer {
        using GreetingServer::GreetingServer;
        Future<void> handle_stream(IOStream stream, Address address) override {
            try {
                co_await GreetingServer::handle_stream(std::move(stream), std::move(address));
            } catch (const StreamClosedError&) {
            }
            ++ended;
        }
        int ended = 0;
    };
    Server tcp_server{{}, ssl_test::server_context()};
    tcp_server.listen(0, {.address = "127.0.0.1"});
    constexpr std::string_view what_comes[] = {
        "no handshake", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", "\x16\x03\x01"};
    constexpr int warm_up = 1000;
    constexpr int count = 10'000;
    std::ptrdiff_t descriptors = 0;
    std::size_t memory = 0;
    run([&]() -> Future<void> {
        for (int i = -warm_up; i < count; ++i) {
            if (i == 0) {
                descriptors = open_descriptors();
                memory = used_memory();
            }
            auto socket = connect_to(tcp_server.port());
            connect_calls().clear();
            const auto text = what_comes[static_cast<std::size_t>(i + warm_up) % 4];
            ::send(socket.fileno(), text.data(), text.size(), MSG_NOSIGNAL);
            if ((i + warm_up) % 8 > 3) {
                reset_on_close(socket.fileno());
            }
            socket.close();
            while (tcp_server.ended <= i + warm_up) {
                co_await tornado::gen::moment();
            }
        }
    });
    turns();
    BOOST_TEST(open_descriptors() == descriptors);
    BOOST_TEST(used_memory() < memory + count);  // not even a byte for each
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
