#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <system_error>

#include "tornado/iostream/stream_core.hpp"

namespace tornado::iostream {

/// How bytes get in and out: a socket, and some day a pipe, a memory pair, a TLS filter over
/// another transport.
///
/// Each start_ and wait_ call is answered by one call of the stream's read_done, readable or
/// writable, later, from the loop; after destruction with operation_canceled or not at all.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    void attach(StreamCore& core) noexcept { core_ = &core; }

    virtual void start_read(std::span<char> into) = 0;
    virtual void cancel_read() noexcept = 0;
    virtual void wait_readable() = 0;
    virtual void wait_writable() = 0;
    /// Sends what the peer takes now. Returns 0 without an error when it takes nothing.
    virtual std::size_t send(std::span<const iovec> pieces, std::error_code& error) noexcept = 0;
    virtual void shutdown_output() noexcept = 0;
    [[nodiscard]] virtual int fileno() const noexcept = 0;
    virtual void connect(
        const netutil::Address& address,
        void (*on_connected)(void* owner, std::error_code error),
        void* owner
    ) = 0;
    /// Runs `call(core, error)` from the loop, for failures found inside a call to the stream.
    virtual void
    post(void (*call)(StreamCore& core, std::error_code error), std::error_code error) = 0;

protected:
    [[nodiscard]] StreamRef core() const noexcept { return StreamRef{core_}; }

private:
    StreamCore* core_ = nullptr;
};

/// A transport over an open stream socket.
std::unique_ptr<Transport> make_socket_transport(ioloop::IOLoop& loop, netutil::Socket socket);

}  // namespace tornado::iostream
