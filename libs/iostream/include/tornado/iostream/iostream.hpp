#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "tornado/concurrent/future.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/iostream/stream_core.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::iostream {

class SSLIOStream;

/// Limits of a stream's buffers, in bytes.
struct StreamOptions {
    std::size_t max_buffer_size =
        104'857'600;  ///< unread input, at most 2 GiB; beyond it the stream closes itself
    std::size_t max_write_buffer_size = 0;  ///< unsent output; 0: no limit
    std::size_t read_chunk_size = 65'536;   ///< what one read asks for once a read is large
};

/// A non-blocking stream of bytes over a connected socket.
///
/// One read may be pending at a time and any number of writes. What was received before the peer
/// closed stays readable; a read that cannot be satisfied any more fails with StreamClosedError.
///
/// Ownership: owns the socket; its destruction closes it. Moves, never copies.
/// Thread safety: belongs to its loop's thread.
/// Errors: futures fail with StreamClosedError; reading twice at once throws std::logic_error at
/// once. Cancellation: a cancelled read leaves the stream as it was, with nothing consumed. Mirrors
/// `tornado.iostream.IOStream`.
///
///     IOStream stream{std::move(socket)};
///     co_await stream.connect(address);
///     co_await stream.write("GET / HTTP/1.0\r\n\r\n");
///     auto head = co_await stream.read_until("\r\n\r\n");
class IOStream {
public:
    IOStream() noexcept;
    /// Takes over a socket, on this thread's loop.
    explicit IOStream(netutil::Socket socket, StreamOptions options = {});
    /// A stream on an existing connection, whose unread input it inherits.
    explicit IOStream(StreamRef core, StreamOptions options = {});
    IOStream(IOStream&&) noexcept;
    IOStream& operator=(IOStream&&) noexcept;
    ~IOStream();

    /// Connects a new socket. Reads and writes may be started at once; they wait for it.
    /// Errors: StreamClosedError with the cause as real_error(); throws std::invalid_argument for
    /// an empty address. Cancellation: closes the stream.
    Future<void> connect(const netutil::Address& address);

    /// Goes on with TLS on this connection, as it stands: nothing may be pending, sent partly or
    /// received and unread, or it throws std::logic_error. This stream is closed afterwards; what
    /// comes out of the future has its limits and close callback. A client that is given no context
    /// uses netutil::default_client_context(). Errors: StreamClosedError with an SSLErrc; throws
    /// std::invalid_argument as netutil::ssl_options_to_context() does, and when a client is to
    /// verify a name and is told none. Cancellation: closes the connection. Mirrors
    /// `tornado.iostream.IOStream.start_tls`.
    Future<SSLIOStream> start_tls(
        bool server_side,
        netutil::SSLContext context = {},
        const std::string& server_hostname = {}
    );
    Future<SSLIOStream> start_tls(
        bool server_side,
        const netutil::SSLOptions& options,
        const std::string& server_hostname = {}
    );
    /// Done when the TLS handshake is. One at a time, or std::logic_error, as without TLS.
    /// Cancellation: closes the stream. Mirrors `SSLIOStream.wait_for_handshake`.
    Future<void> wait_for_handshake();
    /// What TLS has agreed on, for as long as the stream is open; null without TLS.
    [[nodiscard]] const TlsSession* tls() const noexcept;

    /// Exactly `count` bytes; or, when `partial`, at least one and at most `count`.
    Future<std::string> read_bytes(std::size_t count, bool partial = false);
    /// Fills `into` (all of it, or at least one byte when `partial`) and tells how much. The memory
    /// must stay valid until the future is done.
    Future<std::size_t> read_into(std::span<char> into, bool partial = false);
    /// Everything up to and including `delimiter`. When it does not end within `max_bytes` (0: no
    /// limit but the buffer's) the stream closes itself and the read fails with
    /// StreamErrc::unsatisfiable_read.
    Future<std::string> read_until(std::string_view delimiter, std::size_t max_bytes = 0);
    /// Everything up to and including the first match of `regex` (Perl syntax); `max_bytes` as in
    /// read_until(). Throws std::invalid_argument for a malformed expression.
    Future<std::string> read_until_regex(std::string_view regex, std::size_t max_bytes = 0);
    /// Everything until the peer closes, or the connection breaks (error() tells); on a closed
    /// stream, what is still buffered. Fails with StreamErrc::buffer_full when that is more than
    /// max_buffer_size.
    Future<std::string> read_until_close();

    /// Sends `data`. The future is done when all of it has left the program; awaiting it gives
    /// back-pressure, dropping it is fine. Throws StreamBufferFullError, and queues nothing, when
    /// max_write_buffer_size would be exceeded, and StreamClosedError when the stream is closed.
    Future<void> write(std::string data);

    /// Closes at once; unsent output is dropped. `reason` becomes error().
    void close(std::error_code reason = {});
    [[nodiscard]] bool closed() const noexcept;
    [[nodiscard]] bool reading() const noexcept;
    [[nodiscard]] bool writing() const noexcept;
    /// Why the stream was closed; empty for an orderly close.
    [[nodiscard]] std::error_code error() const noexcept;
    /// Called once, from the loop, after the stream has closed and pending reads have their
    /// outcome. Replaces the former callback; null for none. It is called also after the stream's
    /// destruction has closed it.
    void set_close_callback(util::UniqueFunction<void()> callback);
    /// Sends small writes at once (TCP_NODELAY). Ignored on other sockets than TCP.
    void set_nodelay(bool on);

    [[nodiscard]] int fileno() const noexcept;
    [[nodiscard]] netutil::Address peer_address() const noexcept;

    /// Gives up the connection to a protocol engine. The stream is closed afterwards. Throws
    /// std::logic_error while an operation is pending.
    [[nodiscard]] StreamRef release();

protected:
    /// There must be one.
    [[nodiscard]] StreamCore& core() const noexcept { return *core_; }

private:
    class Operations;
    Operations& operations();

    StreamRef core_;
    StreamOptions options_;
    std::unique_ptr<Operations>
        operations_;  ///< made by the first operation: a stream that goes to an engine needs none
};

}  // namespace tornado::iostream
