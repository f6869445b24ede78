#pragma once

#include <system_error>

namespace tornado::iostream {

/// What goes wrong with TLS. Stands as real_error() in StreamClosedError.
enum class SSLErrc {
    truncated = 1,          ///< the peer closed without close_notify: there may have been more
    handshake_timeout,      ///< the handshake took longer than handshake_timeout
    http_request,           ///< a plain HTTP request where a handshake should begin
    not_tls,                ///< bytes that are no TLS at all
    protocol_error,         ///< anything else that TLS forbids
    no_shared_protocol,     ///< the peer wants none of our versions of TLS
    no_shared_cipher,       ///< the peer wants none of our ciphers
    no_shared_application,  ///< the peer speaks none of the protocols in `alpn`

    // What is wrong with the peer's certificate
    certificate_expired,
    certificate_not_yet_valid,
    certificate_revoked,
    certificate_self_signed,  ///< and not among those trusted
    certificate_unknown_ca,   ///< its issuer is not among those trusted
    certificate_wrong_host,   ///< it bears another name
    certificate_missing,      ///< the peer shows none
    certificate_invalid,      ///< any other fault

    // What the peer says
    certificate_refused,  ///< the peer does not accept ours
    alert,                ///< the peer has given up, for another reason
};

/// Messages are sentences. What only OpenSSL distinguishes is protocol_error; its words are logged.
[[nodiscard]] const std::error_category& ssl_category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(SSLErrc error) noexcept {
    return {static_cast<int>(error), ssl_category()};
}

/// What is wrong with a certificate by OpenSSL's result of a verification (`X509_V_ERR_…`);
/// certificate_invalid for what has no code of its own.
[[nodiscard]] SSLErrc error_of_certificate(long verify_result) noexcept;

}  // namespace tornado::iostream

template <>
struct std::is_error_code_enum<tornado::iostream::SSLErrc> : std::true_type {};
