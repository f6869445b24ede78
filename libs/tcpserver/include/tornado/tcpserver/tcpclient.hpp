#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/iostream/iostream.hpp"
#include "tornado/iostream/resolver.hpp"
#include "tornado/tcpserver/connect_options.hpp"

namespace tornado::tcpclient {

/// Makes connections to hosts by name.
///
/// A host's addresses are tried until one answers. Those of the family that the resolver names
/// first come first; those of the other start after 0.3 s, or as soon as one of the first has
/// failed, so that a broken IPv6 delays nobody (RFC 8305, "Happy Eyeballs"). One address of each
/// family is tried at a time; the first to answer wins, and the others are closed.
///
/// Ownership: may go while it connects. Thread safety: one loop, one thread.
/// Mirrors `tornado.tcpclient.TCPClient`.
///
///     tcpclient::TCPClient client;
///     auto stream = co_await client.connect("example.com", 80);
class TCPClient {
public:
    /// Resolves names by a Resolver::make() of its own.
    TCPClient();
    /// Resolves them by this one, which other clients may share.
    explicit TCPClient(std::shared_ptr<netutil::Resolver> resolver);

    /// A stream to `port` of `host`, a name or a numeric address; with TLS, the handshake is over.
    /// Errors: that of the resolver; the last address's StreamClosedError when none answers;
    /// ioloop::TimeoutError; std::system_error when the source address cannot be used. Throws
    /// std::invalid_argument at once for a port beyond 65535.
    /// Cancellation: closes all that it has opened.
    Future<iostream::IOStream> connect(std::string host, int port);
    Future<iostream::IOStream> connect(std::string host, int port, ConnectOptions options);

    /// Closes a resolver of its own; one that it was given stays as it is.
    void close();

private:
    static Future<iostream::IOStream> establish(
        std::shared_ptr<netutil::Resolver> resolver,
        Future<std::vector<netutil::Address>> resolving,
        ConnectOptions options
    );

    std::shared_ptr<netutil::Resolver> resolver_;
    bool owns_resolver_;
};

}  // namespace tornado::tcpclient
