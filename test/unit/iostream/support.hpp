#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tornado/iostream.hpp>
#include <tornado/netutil.hpp>
#include <utility>

#include "../concurrent/support.hpp"
#include "../descriptors.hpp"
#include "../loop_fixture.hpp"

BOOST_TEST_DONT_PRINT_LOG_VALUE(std::errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(tornado::iostream::StreamErrc)

struct SocketPair {
    tornado::netutil::Socket server;
    tornado::netutil::Socket client;
};

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

inline tornado::netutil::Address loopback_address(std::uint16_t port) {
    return tornado::netutil::Address{"127.0.0.1", port};
}

inline tornado::netutil::Socket new_socket(int family = AF_INET) {
    return tornado::netutil::Socket{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

/// A blocking socket, connected to `port`.
inline tornado::netutil::Socket connect_to(std::uint16_t port) {
    auto socket = new_socket();
    const auto address = loopback(port);
    if (::connect(socket.fileno(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
        throw std::system_error{errno, std::system_category(), "connect"};
    }
    return socket;
}

inline tornado::netutil::Socket listener_on_loopback(std::uint16_t port = 0) {
    return std::move(tornado::netutil::bind_sockets(port, {.address = "127.0.0.1"}).front());
}

inline std::uint16_t port_of(const tornado::netutil::Socket& socket) {
    return tornado::netutil::local_address(socket.fileno()).port();
}

/// Both ends of a TCP connection, blocking.
inline SocketPair connected_sockets() {
    const auto listener = listener_on_loopback();
    auto client = connect_to(port_of(listener));
    tornado::netutil::Socket server{::accept4(listener.fileno(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!server) {
        throw std::system_error{errno, std::system_category(), "accept"};
    }
    return {std::move(server), std::move(client)};
}

/// Makes the end of `socket` a reset.
inline void reset_on_close(int descriptor) {
    const linger at_once{1, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/// The error code that a future failed with as StreamClosedError; throws when it did not.
template <typename T>
std::error_code real_error(const tornado::Future<T>& future) {
    try {
        static_cast<void>(future.result());
    } catch (const tornado::iostream::StreamClosedError& error) {
        return error.real_error();
    }
    throw std::logic_error{"the future has not failed"};
}

/// A loop and, on it, both ends of a connection.
struct StreamFixture : LoopFixture {
    explicit StreamFixture(tornado::iostream::StreamOptions options = {}) {
        auto sockets = connected_sockets();
        server = tornado::iostream::IOStream{std::move(sockets.server), options};
        client = tornado::iostream::IOStream{std::move(sockets.client), options};
    }

    tornado::iostream::IOStream server;
    tornado::iostream::IOStream client;
};
