#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <system_error>

#include "tornado/iostream/stream_core.hpp"

namespace tornado::iostream {

/// All bytes of the pieces.
inline std::size_t size_of(std::span<const iovec> pieces) noexcept {
    std::size_t size = 0;
    for (const auto& piece : pieces) {
        size += piece.iov_len;
    }
    return size;
}

/// How bytes get in and out: a socket, a pipe, or a filter over another transport, such as TLS.
/// Calls never block.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Says whose it is. With a filter on top, that one is told of readiness.
    virtual void attach(StreamCore& core, Transport* filter = nullptr) noexcept {
        core_ = &core;
        filter_ = filter;
    }

    /// Asks for calls of the stream's (or filter's) ready(), from the loop, for as long as any of
    /// `events` is there; with Events::none for no more calls. Replaces what was asked before.
    /// Readiness may be told in vain.
    virtual void wait(ioloop::Events events) = 0;

    /// For filters: whether receive() is worth a try. False only if readiness will be told when it
    /// is.
    [[nodiscard]] virtual bool may_have_input() const noexcept { return true; }
    /// Takes what has come. Returns 0 at the end of the peer's output, and with
    /// std::errc::operation_would_block when nothing is there yet.
    virtual std::size_t receive(std::span<char> into, std::error_code& error) noexcept = 0;
    /// Sends what the peer takes now. Returns 0 without an error when it takes nothing.
    virtual std::size_t send(std::span<const iovec> pieces, std::error_code& error) noexcept = 0;
    /// The same for a part of a file, without taking its bytes into the program. Fails with
    /// std::errc::operation_not_supported when this cannot be done, and with
    /// StreamErrc::file_too_short when the file ends before the part begins.
    virtual std::size_t send_file(
        int /*file*/,
        std::uint64_t /*offset*/,
        std::size_t,
        std::error_code& error
    ) noexcept {
        error = make_error_code(std::errc::operation_not_supported);
        return 0;
    }
    virtual void shutdown_output() noexcept = 0;
    /// The stream closes with output unsent or incomplete: its end must not look like a whole one.
    virtual void drop_output() noexcept {}
    /// The stream closes: tells the peer of an orderly end, if that takes more than to go. False
    /// when it must wait until this is ready to write; it is to be asked again then.
    [[nodiscard]] virtual bool tell_end() noexcept { return true; }
    [[nodiscard]] virtual int fileno() const noexcept = 0;

    /// Starts to connect. With std::errc::operation_in_progress the outcome is there when it is
    /// ready to write; any other result is the outcome.
    virtual std::error_code connect(const netutil::Address& address) noexcept = 0;
    [[nodiscard]] virtual std::error_code outcome_of_connect() noexcept = 0;

    /// What the transport below this filter tells, as ready() of the stream does.
    virtual void ready(ioloop::Events /*events*/) {}

    /// The TLS that the bytes go through, or null.
    [[nodiscard]] virtual const TlsSession* tls() const noexcept { return nullptr; }

    /// Runs `call(core, error)` from the loop, for what is found out inside a call to the stream.
    virtual void
    post(void (*call)(StreamCore& core, std::error_code error), std::error_code error) = 0;

protected:
    [[nodiscard]] StreamCore& core() const noexcept { return *core_; }
    /// Tells the stream, or the filter, what is ready. May end the life of this.
    void tell_ready(ioloop::Events events) {
        if (filter_ == nullptr) {
            core_->ready(events);
        } else {
            filter_->ready(events);
        }
    }

private:
    StreamCore* core_ = nullptr;
    Transport* filter_ = nullptr;
};

/// A transport over an open stream socket, which may be known to be one of TCP.
std::unique_ptr<Transport>
make_socket_transport(ioloop::IOLoop& loop, netutil::Socket socket, bool is_tcp);
/// A transport over one end of a pipe, or another descriptor that one can wait for.
std::unique_ptr<Transport> make_pipe_transport(ioloop::IOLoop& loop, netutil::Socket descriptor);

}  // namespace tornado::iostream
