#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <tornado/iostream/socket.hpp>

/// A connection of a client that blocks, to a port of this machine; empty when there is none.
inline tornado::netutil::Socket blocking_connection(int port) {
    tornado::netutil::Socket socket{::socket(AF_INET, SOCK_STREAM, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.fileno(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        socket = {};
    }
    return socket;
}
