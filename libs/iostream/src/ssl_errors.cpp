#include "tornado/iostream/ssl_errors.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include "openssl_errors.hpp"

namespace tornado::iostream {

namespace {

/// OpenSSL gives the alerts that a peer sends as reasons from here on.
constexpr int first_alert = SSL_AD_REASON_OFFSET;

class SSLCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tornado.iostream.ssl"; }
    [[nodiscard]] std::string message(int value) const override {
        return sentence(static_cast<SSLErrc>(value));
    }
    /// A connection cut short is an everyday end, as a reset is.
    [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
        if (value == static_cast<int>(SSLErrc::truncated)) {
            return std::make_error_condition(std::errc::connection_aborted);
        }
        if (value == static_cast<int>(SSLErrc::handshake_timeout)) {
            return std::make_error_condition(std::errc::timed_out);
        }
        return {value, *this};
    }

private:
    static const char* sentence(SSLErrc error) noexcept {
        switch (error) {
            case SSLErrc::truncated:
                return "the peer has closed the connection without ending TLS";
            case SSLErrc::handshake_timeout:
                return "the TLS handshake took too long";
            case SSLErrc::http_request:
                return "a plain HTTP request was sent to a TLS port";
            case SSLErrc::not_tls:
                return "the peer does not speak TLS";
            case SSLErrc::protocol_error:
                return "the peer has broken the rules of TLS";
            case SSLErrc::no_shared_protocol:
                return "the peer supports no version of TLS that is allowed here";
            case SSLErrc::no_shared_cipher:
                return "the peer supports no cipher that is allowed here";
            case SSLErrc::no_shared_application:
                return "the peer speaks no application protocol that is offered here";
            default:
                return sentence_on_certificates(error);
        }
    }
    static const char* sentence_on_certificates(SSLErrc error) noexcept {
        switch (error) {
            case SSLErrc::certificate_expired:
                return "the peer's certificate has expired";
            case SSLErrc::certificate_not_yet_valid:
                return "the peer's certificate is not valid yet";
            case SSLErrc::certificate_revoked:
                return "the peer's certificate has been revoked";
            case SSLErrc::certificate_self_signed:
                return "the peer's certificate is self-signed and not trusted";
            case SSLErrc::certificate_unknown_ca:
                return "the peer's certificate was issued by an authority that is not trusted";
            case SSLErrc::certificate_wrong_host:
                return "the peer's certificate is for another host";
            case SSLErrc::certificate_missing:
                return "the peer has shown no certificate";
            case SSLErrc::certificate_invalid:
                return "the peer's certificate is not valid";
            case SSLErrc::certificate_refused:
                return "the peer does not accept our certificate";
            case SSLErrc::alert:
                return "the peer has ended TLS with an alert";
            default:
                return "unknown TLS error";
        }
    }
};

SSLErrc error_of_alert(int alert) noexcept {
    switch (alert) {
        case SSL_AD_PROTOCOL_VERSION:
            return SSLErrc::no_shared_protocol;
        case SSL_AD_INSUFFICIENT_SECURITY:
            return SSLErrc::no_shared_cipher;
        case SSL_AD_NO_APPLICATION_PROTOCOL:
            return SSLErrc::no_shared_application;
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_ACCESS_DENIED:
        case SSL_AD_CERTIFICATE_REQUIRED:
            return SSLErrc::certificate_refused;
        default:
            return SSLErrc::alert;
    }
}

SSLErrc error_of_reason(int reason, const SSL* ssl) noexcept {
    switch (reason) {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return error_of_certificate(::SSL_get_verify_result(ssl));
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return SSLErrc::certificate_missing;
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
            return SSLErrc::http_request;
        case SSL_R_WRONG_VERSION_NUMBER:
            return SSLErrc::not_tls;
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_UNKNOWN_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_VERSION_TOO_HIGH:
            return SSLErrc::no_shared_protocol;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_CIPHERS_AVAILABLE:
            return SSLErrc::no_shared_cipher;
        case SSL_R_NO_APPLICATION_PROTOCOL:
            return SSLErrc::no_shared_application;
        case SSL_R_UNEXPECTED_EOF_WHILE_READING:
            return SSLErrc::truncated;
        default:
            return SSLErrc::protocol_error;
    }
}

}  // namespace

SSLErrc error_of_certificate(long result) noexcept {
    switch (result) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return SSLErrc::certificate_expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return SSLErrc::certificate_not_yet_valid;
        case X509_V_ERR_CERT_REVOKED:
            return SSLErrc::certificate_revoked;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return SSLErrc::certificate_self_signed;
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            return SSLErrc::certificate_unknown_ca;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return SSLErrc::certificate_wrong_host;
        default:
            return SSLErrc::certificate_invalid;
    }
}

const std::error_category& ssl_category() noexcept {
    static const SSLCategory category;
    return category;
}

SSLFailure take_ssl_failure(const SSL* ssl) noexcept {
    const auto code = ::ERR_peek_last_error();
    SSLFailure failure{SSLErrc::protocol_error, ""};
    if (const char* words = ::ERR_reason_error_string(code)) {
        failure.words = words;
    }
    if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
        const int reason = ERR_GET_REASON(code);
        failure.error = reason >= first_alert ? error_of_alert(reason - first_alert)
                                              : error_of_reason(reason, ssl);
    }
    ::ERR_clear_error();
    return failure;
}

}  // namespace tornado::iostream
