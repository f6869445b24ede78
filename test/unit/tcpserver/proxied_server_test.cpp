#include <tornado/tcpserver/tcpserver.hpp>

#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../iostream/ssl_support.hpp"
#include "support.hpp"

namespace {

using tornado::Future;
using tornado::iostream::IOStream;
using tornado::netutil::Address;
using tornado::netutil::Socket;
using tornado::tcpserver::ProxyProtocolOptions;
using tornado::tcpserver::TCPServer;

/// Tells whom it takes its client for, then what that has sent.
struct TellingServer : TCPServer {
    using TCPServer::TCPServer;
    Future<void> handle_stream(IOStream stream, Address address) override {
        ++connections;
        auto line = co_await stream.read_until("\n");
        const auto who = address.host() + " " + std::to_string(address.port()) + " ";
        co_await stream.write(who + line);
    }
    int connections = 0;
};

void send(const Socket& socket, std::string_view bytes) {
    BOOST_REQUIRE(
        ::send(socket.fileno(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(bytes.size())
    );
}

/// Whether the other side has closed, without waiting.
bool is_closed(const Socket& socket) {
    char byte = 0;
    return ::recv(socket.fileno(), &byte, 1, MSG_DONTWAIT) >= 0 || errno == ECONNRESET;
}

const ProxyProtocolOptions from_this_machine{.trusted = {"127.0.0.1", "unix"}};

struct ProxiedFixture : LoopFixture {
    explicit ProxiedFixture(const ProxyProtocolOptions& options = from_this_machine) {
        server.set_proxy_protocol(options);
        server.listen(0, {.address = "127.0.0.1"});
    }
    std::string answer(Socket socket) {
        return run([&]() -> Future<std::string> {
            IOStream stream{std::move(socket)};
            co_return co_await stream.read_until("\n");
        });
    }

    TellingServer server;
    LogCapture log;
};

const std::string header = "PROXY TCP4 192.0.2.1 198.51.100.22 35646 80\r\n";

BOOST_FIXTURE_TEST_SUITE(proxied_server, ProxiedFixture)

BOOST_AUTO_TEST_CASE(the_address_in_the_header_is_that_of_the_client) {
    auto socket = connect_to(server.port());
    send(socket, header + "hello\n");
    BOOST_TEST(answer(std::move(socket)) == "192.0.2.1 35646 hello\n");
}

BOOST_AUTO_TEST_CASE(the_header_may_come_in_pieces) {
    auto socket = connect_to(server.port());
    for (const char byte : header) {
        send(socket, {&byte, 1});
        turns();
        BOOST_TEST(server.connections == 0);
        if (byte == '\r') {
            break;
        }
    }
    send(socket, "\nhello\n");
    BOOST_TEST(answer(std::move(socket)) == "192.0.2.1 35646 hello\n");
}

BOOST_AUTO_TEST_CASE(version_2_is_understood_too) {
    const std::string bytes{
        "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x16\x8b\x3e\0\x50", 28};
    auto socket = connect_to(server.port());
    send(socket, bytes + "hello\n");
    BOOST_TEST(answer(std::move(socket)) == "192.0.2.1 35646 hello\n");
}

BOOST_AUTO_TEST_CASE(a_long_header_is_taken_whole_and_no_more) {
    std::string bytes{"\r\n\r\n\0\r\nQUIT\n\x20\0\x07\xd0", 16};
    bytes += std::string(2000, 'x');
    auto socket = connect_to(server.port());
    send(socket, bytes.substr(0, 1000));
    turns();
    send(socket, bytes.substr(1000) + "hello\n");
    BOOST_TEST(answer(std::move(socket)).ends_with(" hello\n"));
}

BOOST_AUTO_TEST_CASE(who_tells_no_address_is_the_client) {
    auto socket = connect_to(server.port());
    const auto own = std::to_string(port_of(socket));
    send(socket, "PROXY UNKNOWN\r\nhello\n");
    BOOST_TEST(answer(std::move(socket)) == "127.0.0.1 " + own + " hello\n");
}

BOOST_AUTO_TEST_CASE(a_bad_header_closes_the_connection_and_is_logged) {
    const auto socket = connect_to(server.port());
    send(socket, "GET / HTTP/1.1\r\n\r\n");
    until([&] { return is_closed(socket); });
    BOOST_TEST(server.connections == 0);
    BOOST_TEST(log.count("Bad PROXY header from 127.0.0.1: there is none") == 1);
}

BOOST_AUTO_TEST_CASE(an_end_before_the_header_is_quiet) {
    connect_to(server.port()).close();
    auto socket = connect_to(server.port());
    send(socket, header + "hello\n");
    BOOST_TEST(answer(std::move(socket)).ends_with(" hello\n"));
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(connections_wait_for_their_headers_side_by_side) {
    auto one = connect_to(server.port());
    auto other = connect_to(server.port());
    send(one, header.substr(0, 10));
    send(other, header + "other\n");
    BOOST_TEST(answer(std::move(other)) == "192.0.2.1 35646 other\n");
    send(one, header.substr(10) + "one\n");
    BOOST_TEST(answer(std::move(one)) == "192.0.2.1 35646 one\n");
}

BOOST_AUTO_TEST_CASE(whoever_has_connected_before_a_drain_is_served) {
    auto accepted = connect_to(server.port());
    turns();
    auto queued = connect_to(server.port());
    send(queued, header + "first\n");
    const auto drained = server.drain();
    turns();
    send(accepted, header + "second\n");
    BOOST_TEST(answer(std::move(queued)) == "192.0.2.1 35646 first\n");
    BOOST_TEST(answer(std::move(accepted)) == "192.0.2.1 35646 second\n");
    until([&] { return drained.done(); });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_server_closes_what_waits) {
    auto another = std::make_unique<TellingServer>();
    another->set_proxy_protocol(from_this_machine);
    another->listen(0, {.address = "127.0.0.1"});
    const auto socket = connect_to(another->port());
    send(socket, "PROXY");
    turns();
    another.reset();
    BOOST_TEST(is_closed(socket));
}

BOOST_AUTO_TEST_CASE(unix_sockets_may_be_trusted) {
    const std::string name =
        std::string{"\0tornado-proxied-server-test", 28} + std::to_string(::getpid());
    auto listener = tornado::netutil::bind_unix_socket(name);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(listener.fileno(), reinterpret_cast<sockaddr*>(&address), &size);
    server.add_socket(std::move(listener));
    auto socket = new_socket(AF_UNIX);
    BOOST_REQUIRE(
        ::connect(socket.fileno(), reinterpret_cast<const sockaddr*>(&address), size) == 0
    );
    send(socket, header + "hello\n");
    BOOST_TEST(answer(std::move(socket)) == "192.0.2.1 35646 hello\n");
}

BOOST_AUTO_TEST_CASE(unix_sockets_that_have_a_name_are_trusted_like_others) {
    const auto name = std::string(1, '\0') + "tornado-proxied-" + std::to_string(::getpid());
    server.add_socket(tornado::netutil::bind_unix_socket(name));
    const auto address_of = [](const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, path.size());
        return address;
    };
    const auto size = [](const std::string& path) {
        return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    };
    auto socket = new_socket(AF_UNIX);
    const auto own = address_of(name + "-client");
    const auto to = address_of(name);
    BOOST_REQUIRE(
        ::bind(socket.fileno(), reinterpret_cast<const sockaddr*>(&own), size(name + "-client")) ==
        0
    );
    BOOST_REQUIRE(
        ::connect(socket.fileno(), reinterpret_cast<const sockaddr*>(&to), size(name)) == 0
    );
    send(socket, header + "hello\n");
    BOOST_TEST(answer(std::move(socket)) == "192.0.2.1 35646 hello\n");
}

BOOST_AUTO_TEST_CASE(the_loop_may_close_while_headers_are_awaited) {
    auto inner = std::make_unique<tornado::ioloop::IOLoop>();
    TellingServer another;
    another.set_proxy_protocol(from_this_machine);
    another.listen(0, {.address = "127.0.0.1"});
    const auto socket = connect_to(another.port());
    send(socket, "PROXY");
    inner->run_sync([]() -> Future<void> {
        for (int i = 0; i < 30; ++i) {
            co_await tornado::gen::moment();
        }
    });
    another.stop();
    inner.reset();
    BOOST_TEST(is_closed(socket));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(proxied_server_peers)

BOOST_AUTO_TEST_CASE(who_is_not_trusted_is_turned_away) {
    ProxiedFixture fixture{ProxyProtocolOptions{.trusted = {"192.0.2.0/24", "unix", "::1"}}};
    const auto socket = connect_to(fixture.server.port());
    fixture.until([&] { return is_closed(socket); });
    BOOST_TEST(fixture.server.connections == 0);
}

BOOST_AUTO_TEST_CASE(the_header_comes_before_tls) {
    LoopFixture fixture;
    TellingServer server{{}, ssl_test::server_context()};
    server.set_proxy_protocol(from_this_machine);
    server.listen(0, {.address = "127.0.0.1"});
    const auto trusting = ssl_test::client_context();
    const auto answer = fixture.run([&]() -> Future<std::string> {
        IOStream plain{connect_to(server.port())};
        co_await plain.write(header);
        auto stream = co_await plain.start_tls(false, trusting, "localhost");
        co_await stream.write("hello\n");
        co_return co_await stream.read_until("\n");
    });
    BOOST_TEST(answer == "192.0.2.1 35646 hello\n");
}

BOOST_AUTO_TEST_CASE(where_nobody_is_trusted_there_are_no_headers) {
    ProxiedFixture fixture{ProxyProtocolOptions{}};
    auto socket = connect_to(fixture.server.port());
    const auto own = std::to_string(port_of(socket));
    send(socket, "hello\n");
    BOOST_TEST(fixture.answer(std::move(socket)) == "127.0.0.1 " + own + " hello\n");
}

BOOST_AUTO_TEST_CASE(networks_are_trusted_as_a_whole) {
    for (const std::string network :
         {"127.0.0.0/8", "0.0.0.0/0", "127.0.0.1/32", "127.0.0.2/31", "127.0.0.0/31"}) {
        ProxiedFixture fixture{ProxyProtocolOptions{.trusted = {network}}};
        auto socket = connect_to(fixture.server.port());
        send(socket, header + "hello\n");
        if (network == "127.0.0.2/31") {
            fixture.until([&] { return is_closed(socket); });
        } else {
            BOOST_TEST(fixture.answer(std::move(socket)) == "192.0.2.1 35646 hello\n");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_none_is_refused) {
    TellingServer server;
    for (const std::string entry :
         {"",
          "localhost",
          "127.0.0.1/33",
          "::1/129",
          "127.0.0.1/",
          "127.0.0.1/x",
          "/8",
          "10/8",
          "127.0.0.1/-1",
          "127.0.0.1/8 "}) {
        BOOST_CHECK_THROW(
            server.set_proxy_protocol(ProxyProtocolOptions{.trusted = {entry}}),
            std::invalid_argument
        );
    }
}

BOOST_AUTO_TEST_CASE(who_sends_no_header_in_time_is_closed) {
    ProxiedFixture fixture{
        ProxyProtocolOptions{.timeout = std::chrono::milliseconds{1}, .trusted = {"127.0.0.1"}}};
    const auto silent = connect_to(fixture.server.port());
    const auto slow = connect_to(fixture.server.port());
    send(slow, "PROXY TCP4");
    fixture.until([&] { return is_closed(silent) && is_closed(slow); });
    BOOST_TEST(fixture.server.connections == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
