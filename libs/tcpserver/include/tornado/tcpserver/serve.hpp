#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tornado/iostream/family.hpp"
#include "tornado/tcpserver/drain.hpp"
#include "tornado/tcpserver/tcpserver.hpp"

namespace tornado::tcpserver {

/// Makes a server; called in each thread, at the same time, with the loop of the thread current. A
/// std::unique_ptr will do; a shared one may keep what the server needs, such as its application.
using ServerFactory = std::function<std::shared_ptr<TCPServer>()>;

/// Where serve() listens, and how it stops.
struct ServeOptions {
    std::string address = {};  ///< name or numeric address; empty: all interfaces
    int backlog = 128;         ///< connections that wait to be accepted, in each thread
    DrainOptions drain = {};
    netutil::Family family = netutil::Family::any;
    /// Called in this thread, once the port is known and clients can connect.
    std::function<void(std::uint16_t port)> on_listening = {};
};

/// Serves on `port` with so many threads (0: one for each processor): each has a loop and a server
/// of its own, and the kernel deals the connections out among them (SO_REUSEPORT).
///
/// Blocks until all has ended. SIGTERM or SIGINT drains all servers; a second one ends them at
/// once. When one of the loops is stopped, the others drain as well. This thread's loop, which must
/// not be running, waits for all that.
///
/// Errors: std::system_error when it cannot listen, before there is any thread; what `make` throws,
/// once the other servers have drained. Servers share nothing but what `make` gives them.
///
///     tcpserver::serve(4, 8888, [] { return std::make_unique<EchoServer>(); });
void serve(int threads, int port, const ServerFactory& make, const ServeOptions& options = {});

/// The same, but `make` says itself where its server listens: with BindOptions::reuse_port, or they
/// would quarrel about the port.
void serve(int threads, const ServerFactory& make, const DrainOptions& options = {});

}  // namespace tornado::tcpserver
