#pragma once

#include "tornado/iostream/iostream.hpp"

namespace tornado::iostream {

/// A stream over one end of a pipe, which is for reading or for writing and not for both; or over a
/// FIFO, a terminal or the like.
///
/// It reads and writes as IOStream does, with the same limits, errors and cancellation. What is
/// written when nobody can read it any more fails with StreamClosedError, whose real_error() is
/// std::errc::broken_pipe, and raises no SIGPIPE.
///
/// Ownership: owns the descriptor; its destruction closes it. It makes the descriptor non-blocking,
/// also for other processes that share it. Moves, never copies.
/// Thread safety: belongs to its loop's thread.
/// Errors: reading where only writing is possible, or the other way round, throws std::logic_error
/// at once. Mirrors `tornado.iostream.PipeIOStream`.
///
///     PipeIOStream pipe{descriptor};
///     auto line = co_await pipe.read_until("\n");
class PipeIOStream : private IOStream {
public:
    PipeIOStream() noexcept = default;
    /// Takes over a descriptor, on this thread's loop. Throws std::invalid_argument for a file, and
    /// for a device that one cannot wait for: there is nothing to wait for. Throws
    /// std::system_error for a descriptor that is not open.
    explicit PipeIOStream(netutil::Socket descriptor, StreamOptions options = {});
    explicit PipeIOStream(int descriptor, StreamOptions options = {});

    using IOStream::read_bytes;
    using IOStream::read_into;
    using IOStream::read_until;
    using IOStream::read_until_close;
    using IOStream::read_until_regex;
    using IOStream::write;
    using IOStream::write_file;

    using IOStream::close;
    using IOStream::closed;
    using IOStream::error;
    using IOStream::fileno;
    using IOStream::reading;
    /// At an end for writing: when the last reader has gone.
    using IOStream::set_close_callback;
    using IOStream::writing;
};

}  // namespace tornado::iostream
