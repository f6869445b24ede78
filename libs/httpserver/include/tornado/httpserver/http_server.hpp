#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/http1connection/server_connection.hpp"
#include "tornado/httputil/http_connection.hpp"
#include "tornado/tcpserver/tcpserver.hpp"

namespace tornado::routing {
class RuleTarget;
}

namespace tornado::httpserver {

/// The addresses that only programs of this machine come from: "127.0.0.0/8", "::1" and "unix".
[[nodiscard]] std::vector<std::string> this_machine();

/// What a browser of this machine is to be told about a socket that listens at `address`:
/// "http://127.0.0.1:8888", "http://localhost:8888" for one that listens on all interfaces, and
/// "unix:/run/socket" for a UNIX socket.
[[nodiscard]] std::string url_of(const netutil::Address& address, std::string_view scheme = "http");

/// How a server treats its connections. Sizes are bytes; a timeout of zero means none, a
/// `chunk_size` or `max_header_size` of zero the default.
/// Mirrors the arguments of `tornado.httpserver.HTTPServer`.
struct HTTPServerOptions {
    /// The lines of a request's head may end in LF alone, as Tornado has it and RFC 9112, 2.2
    /// allows; false: only in CRLF, and anything else gets 400.
    bool bare_lf = true;
    std::chrono::milliseconds body_timeout{0};  ///< for all of a request's body; then 408
    std::size_t chunk_size = 65'536;            ///< the largest piece of body handed on at once
    bool decompress_request =
        false;  ///< takes gzip off bodies; what is damaged or cut off gets 400
    /// Takes the client's address and protocol from the field Forwarded (RFC 7239); see
    /// trusted_downstream. Not together with `xheaders`: a client could write the one that its
    /// proxy does not.
    bool forwarded = false;
    /// For a response, from when all of the request has come: 503 then, or a response that visibly
    /// breaks off, and the connection closes. See HTTPConnection::set_handler_timeout(), by which a
    /// delegate says otherwise; a web::RequestHandler does by its own handler timeout, whatever
    /// that is.
    std::chrono::milliseconds handler_timeout{0};
    /// For a request's head; then 408. A new connection that sends nothing closes after it.
    std::chrono::milliseconds header_timeout{60'000};
    std::chrono::milliseconds idle_connection_timeout{
        3'600'000};  ///< between requests; then the connection closes
    /// Of a request, decompressed too; beyond it 413. None: `max_buffer_size`.
    std::optional<std::uint64_t> max_body_size = {};
    /// What streams that are detached hold of input that nobody has read, and the default of
    /// `max_body_size`. A connection itself holds one piece of a body, and at most 64 KiB of
    /// requests ahead. 0: the default.
    std::size_t max_buffer_size = 104'857'600;
    /// 0: no limit. Beyond it another one is closed that has been idle for a second or more; when
    /// there is none, the new connection gets 503.
    std::size_t max_connections = 0;
    std::size_t max_header_size = 65'536;    ///< of a request's head; beyond it 431
    std::size_t max_requests_in_flight = 0;  ///< 0: no limit; requests beyond it get 503
    /// The least that a client must send of a body: bytes a second, on average over each period of
    /// `min_body_rate_grace`; below it 408. 0: no such limit.
    std::uint64_t min_body_rate = 100;
    std::chrono::milliseconds min_body_rate_grace{10'000};
    /// The least that a client must take of output that waits for it: bytes a second, on average
    /// over each `write_timeout`; below it the connection closes. 0: it is enough to take anything.
    std::uint64_t min_output_rate = 100;
    bool no_keep_alive = false;  ///< close after each response
    /// What requests say they came by: "http", or "https" behind a proxy that speaks TLS; empty:
    /// "https" with TLS, "http" without.
    std::string protocol = {};
    /// For a server behind proxies that tell their clients' addresses by the PROXY protocol: which.
    tcpserver::ProxyProtocolOptions proxy_protocol = {};
    /// Paths for which `max_requests_in_flight` does not count: those of health checks.
    std::vector<std::string> spared_paths = {};
    /// Speak TLS with this, which other servers may share; instead of ssl_options.
    netutil::SSLContext ssl_context = {};
    /// Speak TLS, if anything is set here; a certfile is needed. Without any `alpn` it is that of
    /// HTTP/1.
    netutil::SSLOptions ssl_options = {};
    /// The proxies that `xheaders` and `forwarded` believe: addresses, networks ("10.0.0.0/8"), and
    /// "unix" for UNIX sockets. What anybody else says is not looked at.
    std::vector<std::string> trusted_downstream = this_machine();
    /// How long a client may take none of the output that waits for it; then the connection closes,
    /// after twice that time at the latest.
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
/// Thread safety: belongs to the thread of the loop it serves on.
/// Mirrors `tornado.httpserver.HTTPServer`; listen(), bind() and start() are those of TCPServer.
///
///     httpserver::HTTPServer server{application};
///     server.listen(8888);
///
/// For a single purpose a callback is enough:
///
///     httpserver::HTTPServer server{[](httputil::HTTPServerRequest& request) {
///         request.connection().send_response(200, {}, {}, "Hello, world\n");
///     }};
class HTTPServer : public tcpserver::TCPServer {
public:
    /// Throws std::invalid_argument when something is wrong with the options: they contradict each
    /// other, name a proxy that is none, or see netutil::ssl_options_to_context().
    explicit HTTPServer(
        httputil::HTTPServerConnectionDelegate& delegate,
        HTTPServerOptions options = {}
    );
    /// Serves all requests with a callback, or with a delegate that it shares: whatever a
    /// routing::RuleTarget is made from. Include <tornado/routing.hpp> for that.
    explicit HTTPServer(const routing::RuleTarget& request_callback);
    HTTPServer(const routing::RuleTarget& request_callback, HTTPServerOptions options);
    ~HTTPServer() override;

    /// Where to find what it serves: url_of() of its first listening socket, with "https" where it
    /// speaks TLS. Empty when it does not listen.
    [[nodiscard]] std::string url() const;

    /// How many connections are open: idle ones too, and those that were taken with
    /// http1connection::detach().
    [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.size(); }
    /// Closes all connections at once, those with a request in flight too, but none that were
    /// detached. Call stop() first.
    void close_all_connections();
    /// The same, but those that were detached too: for whoever took one it is lost. Says so in the
    /// log. drain() does this when its time is up.
    void cut_off_connections() override;

protected:
    Future<void> handle_stream(iostream::IOStream stream, netutil::Address address) override;
    /// For drain(): from now on responses say `Connection: close`.
    void drain_begins() override;
    /// For drain(): idle connections close, requests that have begun are answered with
    /// `Connection: close`, and those who have detached a connection are told.
    Future<void> connections_ended() override;

private:
    using OwnDelegate = std::unique_ptr<httputil::HTTPServerConnectionDelegate>;
    HTTPServer(OwnDelegate delegate, HTTPServerOptions options);

    /// Puts a delegate in front of those that are there.
    template <typename D, typename... Args>
    void put_in_front(Args&&... args);

    /// What stands between the connections and the application, as the options ask; before these
    /// the application itself, if that is a callback.
    std::vector<OwnDelegate> wrappers_;
    httputil::HTTPServerConnectionDelegate* delegate_;
    HTTPServerOptions options_;
    http1connection::HTTP1ConnectionParameters parameters_;
    http1connection::ConnectionSet connections_;
};

}  // namespace tornado::httpserver
