#include <tornado/tcpserver/tcpserver.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

#include "../iostream/ssl_support.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::iostream::SSLIOStream;
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
