#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/iostream/bind_sockets.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/iostream/stream_options.hpp"
#include "tornado/tcpserver/drain.hpp"
#include "tornado/tcpserver/proxy_protocol.hpp"

namespace tornado::iostream {
class IOStream;
}

namespace tornado::tcpserver {

using BindOptions = netutil::BindOptions;

class ProxyGate;

/// A server of streams: derive from it and say what to do with a connection.
///
/// Three ways to start: listen() serves at once in this process; bind() and then start(n) forks n
/// workers that share the listening sockets; add_sockets() takes sockets made elsewhere. A server
/// touches no loop before it serves.
///
/// Ownership: owns its listening sockets. Must outlive the loop's run, or be stopped; must not
/// outlive the loop, unless stopped.
/// Thread safety: belongs to the thread of the loop it serves on.
/// Mirrors `tornado.tcpserver.TCPServer`.
///
///     struct EchoServer : tcpserver::TCPServer {
///         Future<void> handle_stream(iostream::IOStream stream, netutil::Address) override {
///             while (true) {
///                 co_await stream.write(co_await stream.read_until("\n"));
///             }
///         }
///     };
class TCPServer {
public:
    /// With `ssl_options`, which must be for servers, all connections speak TLS; the handshake goes
    /// on by itself, and reads and writes wait for it.
    explicit TCPServer(iostream::StreamOptions options = {}, netutil::SSLContext ssl_options = {});
    /// The same with options, which are checked: throws std::invalid_argument as
    /// netutil::ssl_options_to_context() does.
    TCPServer(iostream::StreamOptions options, const netutil::SSLOptions& ssl_options);
    TCPServer(const TCPServer&) = delete;
    TCPServer& operator=(const TCPServer&) = delete;
    virtual ~TCPServer();

    /// Listens on `port` (0: the kernel picks one) and serves on this thread's loop. May be called
    /// several times. Throws std::system_error.
    void listen(int port, BindOptions options = {});

    /// Serves on listening sockets made by netutil::bind_sockets() or bind_unix_socket().
    void add_sockets(std::vector<netutil::Socket> sockets);
    void add_socket(netutil::Socket socket);

    /// Listens on `port`, but serves only after start().
    void bind(int port, BindOptions options = {});

    /// Serves on what bind() made: in this process, or (other than 1) in that many workers, 0
    /// meaning one for each processor. Returns true where there is serving to do, and false in the
    /// parent when all workers have ended: then leave main(). Throws std::logic_error when called
    /// twice. See process::fork_processes().
    [[nodiscard]] bool start(int processes = 1, int max_restarts = 100);

    /// From now on connections begin with a PROXY header, if `options` name anybody who is trusted,
    /// and handle_stream() gets the address that it tells. Throws std::invalid_argument for a
    /// trusted peer that is none.
    void set_proxy_protocol(const ProxyProtocolOptions& options);

    /// Closes the listening sockets; connections go on. Harmless when repeated.
    virtual void stop();

    /// Stops without cutting anybody off: after `delay` the listening sockets close, once those who
    /// have connected are accepted, then what has begun with a connection may come to its end, and
    /// what has not after another `timeout` is cut off.
    ///
    /// The future is done when nothing is left; dropping it is fine. Called again, it returns the
    /// same future. Cancellation: the server's destruction cancels it.
    Future<void> drain(
        std::chrono::milliseconds delay = DrainOptions{}.delay,
        std::chrono::milliseconds timeout = DrainOptions{}.timeout
    );
    /// Whether drain() has been called: for a handle_stream() that would otherwise go on for ever.
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    /// Drains on SIGTERM and SIGINT, then stops the loop; see SignalDrain.
    void drain_on_signal(const DrainOptions& options = {});

    /// What the connections' TLS comes from; none without TLS. Its reload() reads the files anew.
    [[nodiscard]] const netutil::SSLContext& ssl_context() const noexcept { return ssl_context_; }

    /// Where the first listening socket listens; empty when there is none.
    [[nodiscard]] netutil::Address address() const;
    /// The port of the first listening socket, or 0.
    [[nodiscard]] std::uint16_t port() const { return address().port(); }

protected:
    /// A new connection. What the returned future fails with is logged; StreamClosedError is not.
    virtual Future<void> handle_stream(iostream::IOStream stream, netutil::Address address) = 0;

    /// For drain(), before its delay: the server still serves, and may tell its peers to look for
    /// another one.
    virtual void drain_begins() {}
    /// For drain(): done when nothing is in progress any more. A server whose handle_stream() is
    /// done before its connection says here when that is.
    virtual Future<void> connections_ended();
    /// For drain(), when time is up: cancels what handle_stream() still does.
    virtual void cut_off_connections();

private:
    struct Listener;
    struct Running;
    void accept(netutil::Socket connection, const netutil::Address& address);
    void serve(netutil::Socket connection, const netutil::Address& address, bool is_tcp);
    Future<void> gate_and_connections_ended();
    Future<void> run_drain(std::chrono::milliseconds delay, std::chrono::milliseconds timeout);

    [[nodiscard]] iostream::IOStream open(netutil::Socket connection, bool is_tcp) const;

    iostream::StreamOptions options_;
    netutil::SSLContext ssl_context_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<netutil::Socket> bound_;
    std::unique_ptr<ProxyGate> proxy_gate_;
    std::shared_ptr<Running> running_;
    std::optional<Future<void>> drained_;  ///< what drain() has returned
    std::unique_ptr<SignalDrain> signal_drain_;
    bool draining_ = false;
    bool started_ = false;
};

}  // namespace tornado::tcpserver
