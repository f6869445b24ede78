#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "tornado/concurrent/promise.hpp"
#include "tornado/httputil/http_connection.hpp"

namespace tornado::iostream {
class StreamRef;
}

namespace tornado::netutil {
class Address;
}

namespace tornado::http1connection {

/// Limits and habits of HTTP/1 connections. Sizes are bytes; a timeout of zero means none.
/// Mirrors `tornado.http1connection.HTTP1ConnectionParameters`.
struct HTTP1ConnectionParameters {
    bool bare_lf = true;  ///< a head's lines may end in LF alone; otherwise that gets 400
    std::chrono::milliseconds body_timeout{0};  ///< for all of a request's body; then 408
    std::size_t chunk_size = 65'536;            ///< the largest piece of body handed on at once
    /// For each response, see httputil::HTTPConnection::set_handler_timeout(); then 503.
    std::chrono::milliseconds handler_timeout{0};
    /// For a head that has begun; then 408. A connection that never sends anything closes after it.
    std::chrono::milliseconds header_timeout{60'000};
    std::chrono::milliseconds idle_connection_timeout{
        3'600'000};                             ///< between requests; then the connection closes
    std::uint64_t max_body_size = 104'857'600;  ///< beyond it 413
    std::size_t max_buffer_size = 104'857'600;  ///< unread input of a stream that is detached
    std::size_t max_header_size = 65'536;       ///< of a request's head; beyond it 431
    /// The least that a client must send of a body: bytes a second, on average over each period of
    /// `min_body_rate_grace`; below it 408. 0: no such limit.
    std::uint64_t min_body_rate = 100;
    std::chrono::milliseconds min_body_rate_grace{10'000};
    /// The least that a client must take of output that waits for it: bytes a second, on average
    /// over each `write_timeout`; below it the connection closes. 0: it is enough to take anything.
    std::uint64_t min_output_rate = 100;
    bool no_keep_alive = false;          ///< close after each response
    std::string_view protocol = "http";  ///< what requests say they came by
    /// Whether a target may name an https resource: over TLS, or from a gateway that speaks it;
    /// otherwise 421 (RFC 9110, 7.4).
    bool serves_https_targets = false;
    /// How long a client may take none of the output that waits for it; then the connection closes,
    /// after twice that time at the latest.
    std::chrono::milliseconds write_timeout{60'000};
};

class HTTP1ServerConnection;
class DetachedStream;

/// The open connections of one server.
///
/// A stream that was taken with detach() counts until it closes, but belongs to its taker.
///
/// Ownership: owns them, except detached ones; its destruction closes all that it owns. Thread
/// safety: one loop, one thread.
class ConnectionSet {
public:
    ConnectionSet() = default;
    ConnectionSet(const ConnectionSet&) = delete;
    ConnectionSet& operator=(const ConnectionSet&) = delete;
    ~ConnectionSet();

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Closes one that has been idle for a second or more, if there is any: the longest of some.
    bool close_an_idle_one() noexcept;
    /// Closes all connections at once, those with a request in flight too, but no detached ones.
    void close_all() noexcept;
    /// Closes the detached ones too; for their takers the connection is then lost.
    void cut_off() noexcept;

    /// From now on each response says that the connection closes behind it, so that clients come no
    /// more; connections that are idle stay.
    void drain_begins() noexcept { ending_ = true; }
    /// Closes the connections that have been idle for a second, with no request even in the
    /// kernel's buffers, and each of the others once a response is sent that says so. Those that
    /// were busy a moment ago, whose next request may be on its way, have a second for it; those
    /// that are yet to make their first, as from now on those that are added, two. The delegates of
    /// requests in flight, and the takers of detached streams, are told.
    void drain() noexcept;
    [[nodiscard]] bool is_ending() const noexcept { return ending_; }
    [[nodiscard]] bool is_draining() const noexcept { return draining_; }
    /// Done when no connection is left, after drain().
    [[nodiscard]] Future<void> drained();

private:
    friend class HTTP1ServerConnection;
    friend class DetachedStream;
    void add(HTTP1ServerConnection& connection) noexcept;
    void remove(HTTP1ServerConnection& connection) noexcept;
    void count_down() noexcept;

    HTTP1ServerConnection* first_ = nullptr;
    HTTP1ServerConnection* hand_ = nullptr;           ///< where the search for idle ones goes on
    HTTP1ServerConnection* next_to_drain_ = nullptr;  ///< while drain() goes through them
    DetachedStream* detached_ = nullptr;
    DetachedStream* next_to_tell_ = nullptr;  ///< of the drain; null when none is left to tell
    std::size_t size_ = 0;
    bool ending_ = false;
    bool draining_ = false;
    std::optional<Promise<void>> drained_;
};

/// Serves HTTP/1 on a connection, from its first request to its end (RFC 9112).
///
/// Requests are parsed in place, strictly, and answered in order. Pipelined requests are handled as
/// one batch, whose responses leave with one system call. What is malformed gets the precise
/// status, and the connection closes.
///
/// `parameters`, `delegate` and `connections` must outlive the connection, which belongs to
/// `connections`.
void serve(
    iostream::StreamRef stream,
    const netutil::Address& peer,
    const HTTP1ConnectionParameters& parameters,
    httputil::HTTPServerConnectionDelegate& delegate,
    ConnectionSet& connections
);

/// Answers on a new connection, whatever it sends, with 503 and Retry-After, and closes it. The
/// same must outlive it as for serve().
void refuse_to_serve(
    iostream::StreamRef stream,
    const netutil::Address& peer,
    const HTTP1ConnectionParameters& parameters,
    httputil::HTTPServerConnectionDelegate& delegate,
    ConnectionSet& connections
);

}  // namespace tornado::http1connection
