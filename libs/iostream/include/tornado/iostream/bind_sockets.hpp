#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/iostream/family.hpp"
#include "tornado/iostream/socket.hpp"

namespace tornado::netutil {

struct BindOptions {
    std::string address = {};  ///< name or numeric address; empty: all interfaces
    int backlog = 128;         ///< connections that wait to be accepted
    Family family = Family::any;
    bool reuse_port = false;  ///< several processes or threads listen on one port (SO_REUSEPORT)
};

/// Listening, non-blocking sockets for `port` on every address that options.address stands for,
/// IPv4 first.
///
/// IPv4 and IPv6 get separate sockets; port 0 lets the kernel pick one port for all of them. A
/// family that this machine does not speak is left out, and so is an IPv6 that it does not have
/// when the address is empty or "localhost". Blocks while a name is looked up.
/// Throws std::system_error, and std::invalid_argument for a port beyond 65535. Mirrors
/// `tornado.netutil.bind_sockets`.
[[nodiscard]] std::vector<Socket> bind_sockets(int port, BindOptions options = {});

/// A listening, non-blocking UNIX socket. An old socket file is replaced; a leading NUL means the
/// abstract namespace. Throws std::system_error, and std::invalid_argument when the path is another
/// kind of file, or none that Address::unix_path() takes. Mirrors
/// `tornado.netutil.bind_unix_socket`.
[[nodiscard]] Socket
bind_unix_socket(std::string_view file, unsigned mode = 0600, int backlog = 128);

/// The address that a socket is bound to.
[[nodiscard]] Address local_address(int descriptor);

}  // namespace tornado::netutil
