#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tornado/http1connection/server_connection.hpp"
#include "tornado/httpserver/drain.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/tcpserver/tcpserver.hpp"

namespace tornado::httpserver {

/// How a server treats its connections. Sizes are bytes; a timeout of zero means none, a
/// `chunk_size` or `max_header_size` of zero the default.
/// Mirrors the arguments of `tornado.httpserver.HTTPServer`.
struct HTTPServerOptions {
    std::chrono::milliseconds body_timeout{0};  ///< for all of a request's body; then 408
    std::size_t chunk_size = 65'536;            ///< the largest piece of body handed on at once
    bool decompress_request =
        false;  ///< takes gzip off bodies; what is damaged or cut off gets 400
    /// Takes the client's address and protocol from the field Forwarded (RFC 7239); see
    /// trusted_downstream. Not together with `xheaders`: a client could write the one that its
    /// proxy does not.
    bool forwarded = false;
    std::chrono::milliseconds header_timeout{60'000};  ///< for a request's head; then 408
    std::chrono::milliseconds idle_connection_timeout{
        3'600'000};                             ///< between requests; then the connection closes
    std::uint64_t max_body_size = 104'857'600;  ///< of a request, decompressed too; beyond it 413
    std::size_t max_connections = 0;            ///< 0: no limit; connections beyond it get 503
    std::size_t max_header_size = 65'536;       ///< of a request's head; beyond it 431
    std::size_t max_requests_in_flight = 0;     ///< 0: no limit; requests beyond it get 503
    /// The least that a client must send of a body: bytes a second, on average since the body
    /// began, from `min_body_rate_grace` on; below it 408. 0: no such limit.
    std::uint64_t min_body_rate = 100;
    std::chrono::milliseconds min_body_rate_grace{10'000};
    bool no_keep_alive = false;  ///< close after each response
    std::string protocol =
        "http";  ///< what requests say they came by, such as "https" behind a proxy
    /// For a server behind a proxy that tells its clients' addresses by the PROXY protocol.
    std::optional<tcpserver::ProxyProtocolOptions> proxy_protocol = {};
    /// Paths for which `max_requests_in_flight` does not count: those of health checks.
    std::vector<std::string> spared_paths = {};
    /// The proxies that `xheaders` and `forwarded` believe: addresses, networks ("10.0.0.0/8"), and
    /// "unix" for UNIX sockets. What anybody else says is not looked at.
    std::vector<std::string> trusted_downstream = {"127.0.0.0/8", "::1", "unix"};
    /// How long a client may take none of the output that waits for it; then the connection closes.
    std::chrono::milliseconds write_timeout{60'000};
    /// Takes the client's address from X-Real-Ip or X-Forwarded-For, and the protocol from X-Scheme
    /// or X-Forwarded-Proto. The proxy must set, or drop, all of them.
    bool xheaders = false;
};

/// A non-blocking HTTP/1.1 server.
///
/// A web::Application or a routing::Router says what to do with the requests.
///
/// Ownership: owns its connections; the delegate is the caller's and must outlive it.
/// Errors: std::invalid_argument for options that contradict each other, or a proxy that is none.
/// Thread safety: belongs to the thread of the loop it serves on.
/// Mirrors `tornado.httpserver.HTTPServer`; listen(), bind() and start() are those of TCPServer.
///
///     httpserver::HTTPServer server{application};
///     server.listen(8888);
class HTTPServer : public tcpserver::TCPServer {
public:
    explicit HTTPServer(
        httputil::HTTPServerConnectionDelegate& delegate,
        HTTPServerOptions options = {}
    );
    ~HTTPServer() override;

    /// How many connections are open, idle ones too.
    [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.size(); }
    /// Closes all connections at once, those with a request in flight too. Call stop() first.
    void close_all_connections();

    /// Stops without losing a request: after `delay` the listening sockets and idle connections
    /// close, requests that have begun are answered with `Connection: close`, and what is left
    /// after another `timeout` is cut off.
    ///
    /// The future is done when no connection is left; dropping it is fine. Called again, it returns
    /// the same future. Cancellation: the server's destruction cancels it.
    Future<void> drain(
        std::chrono::milliseconds delay = DrainOptions{}.delay,
        std::chrono::milliseconds timeout = DrainOptions{}.timeout
    );
    /// Whether drain() has been called: not ready, for those who ask on behalf of a load balancer.
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    /// Drains on SIGTERM and SIGINT, then stops the loop; see SignalDrain.
    void drain_on_signal(const DrainOptions& options = {});

protected:
    Future<void> handle_stream(iostream::IOStream stream, netutil::Address address) override;

private:
    Future<void> run_drain(std::chrono::milliseconds delay, std::chrono::milliseconds timeout);

    /// Puts a delegate in front of those that are there.
    template <typename D, typename... Args>
    void put_in_front(Args&&... args);

    /// What stands between the connections and the application, as the options ask.
    std::vector<std::unique_ptr<httputil::HTTPServerConnectionDelegate>> wrappers_;
    httputil::HTTPServerConnectionDelegate* delegate_;
    HTTPServerOptions options_;
    http1connection::HTTP1ConnectionParameters parameters_;
    http1connection::ConnectionSet connections_;
    bool draining_ = false;
    std::optional<Future<void>> drained_;  ///< what drain() has returned
    std::unique_ptr<SignalDrain> signal_drain_;
};

}  // namespace tornado::httpserver
