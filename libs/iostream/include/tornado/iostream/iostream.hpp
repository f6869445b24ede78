#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "tornado/concurrent/future.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/iostream/socket.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/iostream/stream_callbacks.hpp"
#include "tornado/iostream/stream_core.hpp"
#include "tornado/iostream/stream_options.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::iostream {

class SSLIOStream;

/// A non-blocking stream of bytes over a connected socket.
///
/// One read may be pending at a time and any number of writes. What was received before the peer
/// closed stays readable; a read that cannot be satisfied any more fails with StreamClosedError.
///
/// Each operation returns a Future, or calls a callback if it is given one: in a later turn of the
/// loop, with the result alone, and only if it succeeds (the callback of set_close_callback() hears
/// of the other end). A callback may return a Future. One that throws closes the stream, and the
/// loop logs the exception.
///
/// Ownership: owns the socket; its destruction closes it. Moves, never copies.
/// Thread safety: belongs to its loop's thread.
/// Errors: futures fail with StreamClosedError; reading twice at once throws std::logic_error at
/// once. Cancellation: a cancelled read leaves the stream as it was, with nothing consumed; a
/// cancelled write is sent all the same. Mirrors `tornado.iostream.IOStream`.
///
///     IOStream stream{std::move(socket)};
///     co_await stream.connect(address);
///     co_await stream.write("GET / HTTP/1.0\r\n\r\n");
///     auto head = co_await stream.read_until("\r\n\r\n");
///
/// or, with callbacks:
///
///     stream.read_until("\r\n\r\n", [](std::string head) { ... });
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
    template <StreamCallback<void> F>
    void connect(const netutil::Address& address, F callback) {
        call_after(connect(address), std::move(callback));
    }

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

    // Reading

    /// Exactly `count` bytes; or, when `partial`, at least one and at most `count`.
    Future<std::string> read_bytes(std::size_t count, bool partial = false);
    template <StreamCallback<std::string> F>
    void read_bytes(std::size_t count, F callback, bool partial = false) {
        call_after(read_bytes(count, partial), std::move(callback));
    }
    /// Hands `count` bytes to a callback as they come; the future is done after the last. What the
    /// callback throws closes the stream and comes out of the future. Cancellation: what was handed
    /// out is consumed.
    Future<void> read_bytes(std::size_t count, StreamingCallback streaming_callback);
    /// The same, with a callback for the end, which gets an empty string as in Tornado.
    template <StreamCallback<std::string> F, StreamCallback<std::string> G>
    void read_bytes(std::size_t count, F callback, G streaming_callback) {
        call_at_end(
            read_bytes(count, StreamingCallback{std::move(streaming_callback)}), std::move(callback)
        );
    }

    /// Fills `into` (all of it, or at least one byte when `partial`) and tells how much. The memory
    /// must stay valid until the future is done. When the read is cancelled, what has come becomes
    /// unread input again; where the memory for that is lacking, as it is for 4 GiB and more, the
    /// stream is closed.
    Future<std::size_t> read_into(std::span<char> into, bool partial = false);
    template <StreamCallback<std::size_t> F>
    void read_into(std::span<char> into, F callback, bool partial = false) {
        call_after(read_into(into, partial), std::move(callback));
    }

    /// Everything up to and including `delimiter`. When it does not end within `max_bytes` (0: no
    /// limit but the buffer's) the stream closes itself and the read fails with
    /// StreamErrc::unsatisfiable_read.
    Future<std::string> read_until(std::string_view delimiter, std::size_t max_bytes = 0);
    template <StreamCallback<std::string> F>
    void read_until(std::string_view delimiter, F callback, std::size_t max_bytes = 0) {
        call_after(read_until(delimiter, max_bytes), std::move(callback));
    }

    /// Everything up to and including the first match of `regex` (Perl syntax); `max_bytes` as in
    /// read_until(). Throws std::invalid_argument for a malformed expression.
    Future<std::string> read_until_regex(std::string_view regex, std::size_t max_bytes = 0);
    template <StreamCallback<std::string> F>
    void read_until_regex(std::string_view regex, F callback, std::size_t max_bytes = 0) {
        call_after(read_until_regex(regex, max_bytes), std::move(callback));
    }

    /// Everything until the peer closes, or the connection breaks (error() tells); on a closed
    /// stream, what is still buffered. Fails with StreamErrc::buffer_full when that is more than
    /// max_buffer_size.
    Future<std::string> read_until_close();
    template <StreamCallback<std::string> F>
    void read_until_close(F callback) {
        call_after(read_until_close(), std::move(callback));
    }
    /// Hands it to a callback as it comes, without a limit; see read_bytes().
    Future<void> read_until_close(StreamingCallback streaming_callback);
    template <StreamCallback<std::string> F, StreamCallback<std::string> G>
    void read_until_close(F callback, G streaming_callback) {
        call_at_end(
            read_until_close(StreamingCallback{std::move(streaming_callback)}), std::move(callback)
        );
    }

    // Writing

    /// Sends `data`. The future is done when all of it has left the program; awaiting it gives
    /// back-pressure, dropping it is fine. Throws StreamBufferFullError, and queues nothing, when
    /// max_write_buffer_size would be exceeded, and StreamClosedError when the stream is closed.
    Future<void> write(std::string data);
    template <StreamCallback<void> F>
    void write(std::string data, F callback) {
        call_after(write(std::move(data)), std::move(callback));
    }
    /// Sends bytes that several streams share, without copying them if they are many: `owner` keeps
    /// them, and is held until they have left the program.
    ///
    ///     const auto page = std::make_shared<const std::string>(render());
    ///     for (auto& stream : streams) {
    ///         stream.write(*page, page);
    ///     }
    Future<void> write(std::string_view data, std::shared_ptr<const void> owner);

    /// Sends a regular file from `offset` on: `count` bytes, or all that it has now. A plain socket
    /// takes them straight from the kernel's cache of the file (sendfile); elsewhere they are read
    /// piece by piece. A disk that is slow holds the loop up.
    ///
    /// Should the file turn out to be shorter, the stream sends what there is and closes itself,
    /// with StreamErrc::file_too_short: its peer was promised more. max_write_buffer_size does not
    /// count files.
    ///
    /// Throws std::system_error for a file that cannot be opened, std::invalid_argument for one
    /// that is not regular or when `offset` is beyond its end, and StreamClosedError as write()
    /// does; nothing is queued then.
    Future<void> write_file(
        const std::string& path,
        std::uint64_t offset = 0,
        std::optional<std::size_t> count = std::nullopt
    );
    /// The same of an open file, whose descriptor stays the caller's and may be closed at once.
    Future<void>
    write_file(int file, std::uint64_t offset = 0, std::optional<std::size_t> count = std::nullopt);

    // The connection

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
    /// The addresses of both ends; empty on a closed stream, and for what has none.
    [[nodiscard]] netutil::Address peer_address() const noexcept;
    [[nodiscard]] netutil::Address local_address() const noexcept;

    /// Gives up the connection to a protocol engine. The stream is closed afterwards. Throws
    /// std::logic_error while an operation is pending.
    [[nodiscard]] StreamRef release();

protected:
    /// There must be one.
    [[nodiscard]] StreamCore& core() const noexcept { return *core_; }

private:
    friend class PipeIOStream;
    friend class SSLIOStream;
    class Operations;
    Operations& operations();
    /// Throws std::logic_error where bytes would pass without the TLS that an SSLIOStream promises.
    void require_tls() const;
    Operations& to_read();
    Operations& to_write();

    template <typename T, typename F>
    void call_after(const Future<T>& operation, F callback) {
        operation.add_done_callback(detail::CallbackCaller<F>{core_, std::move(callback)});
    }
    template <typename F>
    void call_at_end(const Future<void>& operation, F callback) {
        call_after(operation, [callback = std::move(callback)]() mutable {
            return callback(std::string{});
        });
    }

    StreamRef core_;
    StreamOptions options_;
    bool readable_ = true;  ///< false, or writable_, for an end of a pipe
    bool writable_ = true;
    bool needs_tls_ = false;  ///< an SSLIOStream that is yet to connect
    std::unique_ptr<Operations>
        operations_;  ///< made by the first operation: a stream that goes to an engine needs none
};

}  // namespace tornado::iostream
