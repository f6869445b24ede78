#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/concurrent/future.hpp"
#include "tornado/httputil/http_headers.hpp"
#include "tornado/httputil/request_head.hpp"
#include "tornado/httputil/response_head.hpp"
#include "tornado/httputil/target.hpp"
#include "tornado/util/ssl_certificate.hpp"

namespace tornado::httputil {

/// The writing side of one exchange: a request and its response. What it runs on, HTTP/1.1 over TCP
/// or anything else, stays hidden.
///
/// Ownership: counted; whoever needs it beyond a call holds an ExchangeRef. The head and whatever
/// views it stay valid until the last reference goes. Thread safety: belongs to its loop's thread.
/// Errors: HTTPOutputError, thrown at once, when the output contradicts its Content-Length or comes
/// too late; what the network does comes out of the futures, and nobody needs to look at those.
/// Mirrors `tornado.httputil.HTTPConnection`.
class HTTPConnection {
public:
    HTTPConnection() = default;
    HTTPConnection(const HTTPConnection&) = delete;
    HTTPConnection& operator=(const HTTPConnection&) = delete;

    /// Starts the response. Body bytes may come along; large ones are better given to write(),
    /// which does not copy. `reason` may be empty: the usual one is sent. The future is done when
    /// the output buffer has room.
    virtual Future<void> write_headers(
        int status,
        std::string_view reason,
        const HTTPHeaders& headers,
        std::string_view chunk
    ) = 0;
    /// The whole response in one call: cheaper than its parts. `reason` may be empty. A large body
    /// is moved from, a small one copied, so that the caller keeps its memory for the next.
    virtual void send_response(
        int status,
        std::string_view reason,
        const HTTPHeaders& headers,
        std::string&& body
    ) = 0;
    /// Sends a piece of the body. The future is done when the output buffer has room for more.
    virtual Future<void> write(std::string chunk) = 0;
    /// Sends a part of an open regular file as a piece of the body, without a copy where that is
    /// possible. The descriptor stays open for as long as `owner` lives, which is kept until the
    /// part has gone. Without one it stays the caller's, and may be closed at once, as another is
    /// made of it: that throws std::system_error when there is none left. The connection breaks
    /// visibly when the file turns out to be shorter. The future is done when the output buffer has
    /// room for more.
    virtual Future<void> write_file(
        int file,
        std::uint64_t offset,
        std::size_t count,
        std::shared_ptr<const void> owner
    ) = 0;
    /// Ends the response. Throws HTTPOutputError, and breaks the connection visibly, when it is
    /// shorter than announced.
    virtual void finish() = 0;
    /// Asked before the end of the response: done when the last byte of it has left for the system.
    /// Fails with iostream::StreamClosedError when the connection goes before that. It is done at
    /// once where nothing has to leave. Throws HTTPOutputError when the response has ended.
    [[nodiscard]] virtual Future<void> when_sent() { return Future<void>::ready(); }
    /// Gives the exchange up: a response that has begun ends visibly broken, one that has not is
    /// never sent.
    virtual void abort() noexcept = 0;

    /// Whether nothing more can be sent: the connection has gone, or the response is complete.
    [[nodiscard]] virtual bool closed() const noexcept = 0;

    /// Limits for this request's body, in effect when called from headers_received(): bytes, and
    /// milliseconds for all of it (0: no limit). Where no body comes by this, they change nothing.
    virtual void set_max_body_size(std::uint64_t /*bytes*/) noexcept {}
    [[nodiscard]] virtual std::uint64_t max_body_size() const noexcept { return 0; }
    virtual void set_body_timeout(std::uint64_t /*milliseconds*/) noexcept {}

    /// How long the delegate may take for the response, from when all of the request has come, and
    /// for each piece of a body that it holds back; zero: any time. What waits for the client does
    /// not count. Then on_connection_close() comes, and the client gets 503, or a response that
    /// visibly breaks off if it had begun; the connection closes. Kept to a second.
    void set_handler_timeout(std::chrono::milliseconds timeout) noexcept {
        handler_timeout_ = timeout;
    }
    [[nodiscard]] std::chrono::milliseconds handler_timeout() const noexcept {
        return handler_timeout_;
    }
    /// Whether that time is up.
    [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }

    /// Corrects where the request comes from: a client behind proxies. Empty: it stays. `protocol`
    /// must live on. The default leaves both.
    virtual void set_origin(std::string remote_ip, std::string_view protocol);
    /// The peer's numeric address, "0.0.0.0" for a UNIX socket.
    [[nodiscard]] virtual std::string remote_ip() const = 0;
    /// "http" or "https".
    [[nodiscard]] virtual std::string_view protocol() const noexcept = 0;
    /// The certificate that the client has shown; nullopt when it has shown none, or has gone.
    [[nodiscard]] virtual std::optional<netutil::SSLCertificate> get_ssl_certificate() const;

    /// The clock on which began() counts: where there is a loop, the loop's.
    [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const noexcept {
        return std::chrono::steady_clock::now();
    }
    /// When the request came.
    [[nodiscard]] std::chrono::steady_clock::time_point began() const noexcept { return began_; }

    void retain() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) {
            dispose();
        }
    }

protected:
    ~HTTPConnection() = default;
    void set_began(std::chrono::steady_clock::time_point when) noexcept { began_ = when; }
    void set_timed_out(bool is_up) noexcept { timed_out_ = is_up; }
    /// The last reference has gone.
    virtual void dispose() noexcept = 0;

private:
    std::chrono::steady_clock::time_point began_;
    std::chrono::milliseconds handler_timeout_{0};
    unsigned references_ = 0;
    bool timed_out_ = false;
};

/// Holds an exchange.
using ExchangeRef = concurrent::StateRef<HTTPConnection>;

/// The reading side of one exchange: what arrives, in order. A server's delegate gets requests, a
/// client's responses.
///
/// headers_received() comes once, data_received() for each piece of the body, trailers_received()
/// if it has any, then finish(), or on_connection_close() when the rest will never come. A server
/// also calls on_connection_close() after finish() when the client vanishes, or the time for the
/// response is up, before that has ended. Reading waits for the futures of headers_received() and
/// data_received(). Mirrors `tornado.httputil.HTTPMessageDelegate`.
class HTTPMessageDelegate {
public:
    HTTPMessageDelegate() = default;
    HTTPMessageDelegate(const HTTPMessageDelegate&) = delete;
    HTTPMessageDelegate& operator=(const HTTPMessageDelegate&) = delete;
    virtual ~HTTPMessageDelegate() = default;

    /// For servers. `target` has been checked and taken apart; head and target live as long as the
    /// exchange.
    virtual Future<void> headers_received(RequestHead& head, const Target& target);
    /// For clients; also called for each interim (1xx) response.
    virtual Future<void> headers_received(ResponseHead& head);
    /// The chunk lives until the future is done.
    virtual Future<void> data_received(std::string_view chunk);
    /// The fields behind a chunked body, if there are any; finish() comes next. They live until
    /// this returns.
    virtual void trailers_received(const HTTPHeaders& /*trailers*/) {}
    virtual void finish() {}
    virtual void on_connection_close() {}
    /// The connection has been taken out of HTTP, see http1connection::detach(): neither the rest
    /// of the request nor the connection's end will be told here.
    virtual void on_detach() {}
    /// The server drains, and waits for this response: what would go on for long ends it soon.
    virtual void on_drain() {}
};

/// Makes a delegate for each request on a server's connections. Mirrors
/// `tornado.httputil.HTTPServerConnectionDelegate`.
class HTTPServerConnectionDelegate {
public:
    HTTPServerConnectionDelegate() = default;
    HTTPServerConnectionDelegate(const HTTPServerConnectionDelegate&) = delete;
    HTTPServerConnectionDelegate& operator=(const HTTPServerConnectionDelegate&) = delete;
    virtual ~HTTPServerConnectionDelegate() = default;

    /// A request has begun; the delegate lives as long as the exchange.
    virtual std::unique_ptr<HTTPMessageDelegate> start_request(HTTPConnection& exchange) = 0;
};

}  // namespace tornado::httputil
