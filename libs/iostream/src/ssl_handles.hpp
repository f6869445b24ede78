#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace tornado::iostream {

/// Frees what OpenSSL has made.
template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

using SSLHandle = std::unique_ptr<SSL, Freed<SSL_free>>;
using SSLCtxHandle = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SSLSessionHandle = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;

}  // namespace tornado::iostream
