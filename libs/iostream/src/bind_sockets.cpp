#include "tornado/iostream/bind_sockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "address_lookup.hpp"
#include "sockaddr.hpp"

namespace tornado::netutil {

namespace {

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error{error, std::system_category(), what};
}

void set_option(int descriptor, int level, int name, const char* what) {
    const int on = 1;
    if (::setsockopt(descriptor, level, name, &on, sizeof on) != 0) {
        fail(errno, what);
    }
}

/// A listening socket; an empty one when this machine does not speak the family.
Socket listen_on(const Address& address, std::uint16_t port, const BindOptions& options) {
    sockaddr_storage storage{};
    const auto size = static_cast<socklen_t>(to_sockaddr(address, storage));
    if (address.is_ipv6()) {
        reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
    } else {
        reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
    }
    Socket socket{::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) {
        if (errno == EAFNOSUPPORT) {
            return {};
        }
        fail(errno, "socket");
    }
    set_option(socket.fileno(), SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    if (options.reuse_port) {
        set_option(socket.fileno(), SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT");
    }
    if (address.is_ipv6()) {
        set_option(socket.fileno(), IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY");
    }
    if (::bind(socket.fileno(), reinterpret_cast<const sockaddr*>(&storage), size) != 0 ||
        ::listen(socket.fileno(), options.backlog) != 0) {
        const int error = errno;
        // "localhost" and "all interfaces" may stand for IPv6 on a machine that has none.
        if (error == EADDRNOTAVAIL && address.is_ipv6() &&
            (options.address.empty() || options.address == "localhost")) {
            return {};
        }
        fail(error, "cannot listen on " + address.host() + " port " + std::to_string(port));
    }
    return socket;
}

/// Listens on all addresses; with port 0, on the one that the kernel picks for the first.
std::vector<Socket> listen_on_all(
    const std::vector<Address>& addresses,
    std::uint16_t port,
    const BindOptions& options
) {
    std::vector<Socket> sockets;
    for (const bool ipv6 : {false, true}) {
        for (const auto& address : addresses) {
            if (address.is_ipv6() != ipv6) {
                continue;
            }
            auto socket = listen_on(address, port, options);
            if (!socket) {
                continue;
            }
            if (port == 0) {
                port = local_address(socket.fileno()).port();
            }
            sockets.push_back(std::move(socket));
        }
    }
    if (sockets.empty()) {
        fail(EADDRNOTAVAIL, "no address to listen on for \"" + options.address + "\"");
    }
    return sockets;
}

}  // namespace

std::vector<Socket> bind_sockets(int requested_port, BindOptions options) {
    constexpr int last_port = 65535;
    if (requested_port < 0 || requested_port > last_port) {
        throw std::invalid_argument{
            "port " + std::to_string(requested_port) + " is not between 0 and 65535"};
    }
    const auto addresses = look_up_addresses(options.address, 0, options.family, Purpose::listen);
    // The port that the kernel picks for IPv4 may be taken for IPv6: then it picks another.
    int tries_left = requested_port == 0 ? 16 : 1;
    while (true) {
        try {
            return listen_on_all(addresses, static_cast<std::uint16_t>(requested_port), options);
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::address_in_use || --tries_left == 0) {
                throw;
            }
        }
    }
}

Address local_address(int descriptor) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        fail(errno, "getsockname");
    }
    return Address{reinterpret_cast<const sockaddr*>(&storage), size};
}

}  // namespace tornado::netutil
