#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tornado/util/ssl_certificate.hpp"

namespace tornado::iostream {

/// What the TLS of one connection has agreed on; empty answers until its handshake is over.
///
/// Ownership: the stream's; ends when that closes. Thread safety: belongs to the stream's loop.
class TlsSession {
public:
    [[nodiscard]] virtual bool handshake_done() const noexcept = 0;
    /// Such as `TLSv1.3`.
    [[nodiscard]] virtual std::string_view version() const noexcept = 0;
    /// The cipher's name as OpenSSL writes it, such as `TLS_AES_256_GCM_SHA384`.
    [[nodiscard]] virtual std::string_view cipher() const noexcept = 0;
    /// The protocol agreed on by ALPN, such as `http/1.1`.
    [[nodiscard]] virtual std::string_view alpn_protocol() const noexcept = 0;
    /// The server's name that the client asked for.
    [[nodiscard]] virtual std::string_view server_hostname() const noexcept = 0;
    /// Whether the session goes on from an earlier connection.
    [[nodiscard]] virtual bool session_reused() const noexcept = 0;
    /// What the peer has shown; nullopt when that was nothing.
    [[nodiscard]] virtual std::optional<netutil::SSLCertificate> peer_certificate() const = 0;

protected:
    ~TlsSession() = default;
};

}  // namespace tornado::iostream
