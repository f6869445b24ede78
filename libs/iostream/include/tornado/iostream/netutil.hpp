#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/iostream/socket.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::netutil {

enum class Family : std::uint8_t { any, ipv4, ipv6 };

struct BindOptions {
    std::string address = {};  ///< name or numeric address; empty: all interfaces
    int backlog = 128;         ///< connections that wait to be accepted
    Family family = Family::any;
    bool reuse_port = false;  ///< several processes or threads listen on one port (SO_REUSEPORT)
};

/// Listening, non-blocking sockets for `port` on every address that options.address stands for,
/// IPv4 first.
///
/// IPv4 and IPv6 get separate sockets; port 0 lets the kernel pick one port for all of them.
/// Throws std::system_error, and std::invalid_argument for a port beyond 65535. Mirrors
/// `tornado.netutil.bind_sockets`.
[[nodiscard]] std::vector<Socket> bind_sockets(int port, BindOptions options = {});

/// A listening, non-blocking UNIX socket. An old socket file is replaced; a leading NUL means the
/// abstract namespace. Throws std::system_error, and std::invalid_argument when the path is another
/// kind of file or too long. Mirrors `tornado.netutil.bind_unix_socket`.
[[nodiscard]] Socket
bind_unix_socket(std::string_view file, unsigned mode = 0600, int backlog = 128);

/// The address that a socket is bound to.
[[nodiscard]] Address local_address(int descriptor);

/// Whether `text` is a numeric IPv4 or IPv6 address. Mirrors `tornado.netutil.is_valid_ip`.
[[nodiscard]] bool is_valid_ip(std::string_view text) noexcept;

/// Accepts connections on a listening socket, on this thread's loop, until it is destroyed.
///
/// At most 128 a turn, so that a flood of connections does not starve the others. When the process
/// runs out of descriptors it says so once, pauses, and goes on. Mirrors
/// `tornado.netutil.add_accept_handler`.
class Acceptor {
public:
    using Handler = util::UniqueFunction<void(Socket connection, const Address& peer)>;

    /// `listener` stays the caller's and must outlive this.
    Acceptor(int listener, Handler handler);
    Acceptor(Acceptor&&) noexcept;
    Acceptor& operator=(Acceptor&&) noexcept;
    ~Acceptor();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tornado::netutil
