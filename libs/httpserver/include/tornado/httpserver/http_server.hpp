#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tornado/http1connection/server_connection.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/tcpserver/tcpserver.hpp"

namespace tornado::httpserver {

/// How a server treats its connections. Sizes are bytes; a timeout of zero means none, a
/// `chunk_size` or `max_header_size` of zero the default.
/// Mirrors the arguments of `tornado.httpserver.HTTPServer`.
struct HTTPServerOptions {
    std::chrono::milliseconds body_timeout{0};  ///< for all of a request's body; then 408
    std::size_t chunk_size = 65'536;            ///< the largest piece of body handed on at once
    std::chrono::milliseconds header_timeout{60'000};  ///< for a request's head; then 408
    std::chrono::milliseconds idle_connection_timeout{
        3'600'000};                             ///< between requests; then the connection closes
    std::uint64_t max_body_size = 104'857'600;  ///< of a request; beyond it 413
    std::size_t max_header_size = 65'536;       ///< of a request's head; beyond it 431
    bool no_keep_alive = false;                 ///< close after each response
    /// What requests say they came by, such as "https" behind a proxy; empty: "https" with TLS,
    /// "http" without.
    std::string protocol = {};
    /// For a server behind proxies that tell their clients' addresses by the PROXY protocol: which.
    tcpserver::ProxyProtocolOptions proxy_protocol = {};
    /// Speak TLS with this, which other servers may share; instead of ssl_options.
    netutil::SSLContext ssl_context = {};
    /// Speak TLS, if anything is set here; a certfile is needed. Without any `alpn` it is that of
    /// HTTP/1.
    netutil::SSLOptions ssl_options = {};
};

/// A non-blocking HTTP/1.1 server.
///
/// A web::Application or a routing::Router says what to do with the requests.
///
/// Ownership: owns its connections; the delegate is the caller's and must outlive it.
/// Thread safety: belongs to the thread of the loop it serves on.
/// Mirrors `tornado.httpserver.HTTPServer`; listen(), bind() and start() are those of TCPServer.
///
///     httpserver::HTTPServer server{application};
///     server.listen(8888);
class HTTPServer : public tcpserver::TCPServer {
public:
    /// Throws std::invalid_argument when something is wrong with the ssl_options; see
    /// netutil::ssl_options_to_context().
    explicit HTTPServer(
        httputil::HTTPServerConnectionDelegate& delegate,
        HTTPServerOptions options = {}
    );
    ~HTTPServer() override;

    /// How many connections are open, idle ones too.
    [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.size(); }
    /// Closes all connections at once, those with a request in flight too. Call stop() first.
    void close_all_connections();

protected:
    Future<void> handle_stream(iostream::IOStream stream, netutil::Address address) override;

private:
    httputil::HTTPServerConnectionDelegate& delegate_;
    HTTPServerOptions options_;
    http1connection::HTTP1ConnectionParameters parameters_;
    http1connection::ConnectionSet connections_;
};

}  // namespace tornado::httpserver
