#pragma once

#include <string>
#include <vector>

#include "tornado/iostream/socket.hpp"

namespace tornado::netutil {

/// A listening socket that was there before the program, under the name that its unit gives it.
struct PassedSocket {
    std::string name;  ///< `FileDescriptorName=`; by default the unit's name, "unknown" without one
    Socket socket;
};

/// The listening sockets that systemd, or another who speaks its protocol of socket activation, has
/// passed to this process, in their order; none when it was started in another way.
///
/// They do not block, and close on exec. The environment variables that tell of them
/// (`LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES`) are unset, so that no child believes them and
/// a second call gives nothing: call it once, before there are threads and before
/// process::fork_processes().
/// Errors: std::runtime_error when the variables make no sense, or when something else than a
/// listening stream socket was passed: then all that was passed is closed.
///
///     for (auto& [name, socket] : netutil::systemd_sockets()) {
///         server.add_socket(std::move(socket));
///     }
[[nodiscard]] std::vector<PassedSocket> systemd_sockets();

}  // namespace tornado::netutil
