#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tornado/iostream/iostream.hpp"
#include "tornado/iostream/ssl_options.hpp"
#include "tornado/util/ssl_certificate.hpp"

namespace tornado::iostream {

/// A stream over TLS, from its first byte on. (IOStream::start_tls() makes one of a stream on which
/// bytes have passed before.)
///
/// It reads and writes as IOStream does. The handshake begins by itself; reads and writes wait for
/// it. An orderly end of the peer's output is an end as any; one without TLS's close_notify closes
/// the stream with SSLErrc::truncated as its error().
///
/// Ownership, thread safety, cancellation: as IOStream.
/// Errors: what TLS finds wrong comes out of the futures as StreamClosedError, with an SSLErrc as
/// its real_error(). Mirrors `tornado.iostream.SSLIOStream`.
///
///     SSLIOStream stream{std::move(socket)};
///     co_await stream.connect(address, "example.com");
class SSLIOStream : public IOStream {
public:
    SSLIOStream() noexcept = default;
    /// Takes over a socket, on this thread's loop. A context that is none means
    /// netutil::default_client_context(). On a connected socket, and always on a server's, the
    /// handshake begins now, and `server_hostname` is whom a client expects; throws
    /// std::invalid_argument when it needs one. On another nothing can be read or written before
    /// connect(): that throws std::logic_error.
    explicit SSLIOStream(
        netutil::Socket socket,
        netutil::SSLContext context = {},
        std::string server_hostname = {},
        StreamOptions options = {}
    );
    /// Takes over a stream that speaks TLS already. Throws std::invalid_argument when it does not.
    explicit SSLIOStream(IOStream stream);

    /// Connects a new socket; done when the handshake is over. `server_hostname` is the name that
    /// the server is asked for and that its certificate must bear. Errors: as IOStream::connect();
    /// throws std::invalid_argument when there is no name and one is to be verified, and
    /// std::logic_error when TLS has begun and another name is given.
    Future<void> connect(const netutil::Address& address, std::string server_hostname = {});
    template <StreamCallback<void> F>
    void connect(const netutil::Address& address, F callback, std::string server_hostname = {}) {
        call_after(connect(address, std::move(server_hostname)), std::move(callback));
    }

    /// The peer's certificate; nullopt when it has shown none, or the stream is closed.
    [[nodiscard]] std::optional<netutil::SSLCertificate> get_ssl_certificate() const;
    /// As those of TlsSession: empty before the handshake is over, and when the stream is closed.
    [[nodiscard]] std::string_view ssl_version() const noexcept;
    [[nodiscard]] std::string_view cipher() const noexcept;
    [[nodiscard]] std::string_view alpn_protocol() const noexcept;
    [[nodiscard]] bool session_reused() const noexcept;

private:
    netutil::SSLContext context_;  ///< until the stream is connected
    std::string server_hostname_;
};

}  // namespace tornado::iostream
