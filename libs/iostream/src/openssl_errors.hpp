#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tornado/iostream/ssl_errors.hpp"

namespace tornado::iostream {

/// Why an operation of OpenSSL has failed.
struct SSLFailure {
    SSLErrc error;
    const char* words;  ///< OpenSSL's own; static
};

/// Takes it from this thread's queue of errors, which is empty afterwards.
[[nodiscard]] SSLFailure take_ssl_failure(const SSL* ssl) noexcept;

/// Errors that others have left behind must not be taken for those of the next operation.
inline void forget_openssl_errors() noexcept {
    if (::ERR_peek_error() != 0) {
        ::ERR_clear_error();
    }
}

}  // namespace tornado::iostream
