#pragma once

#include <openssl/ssl.h>

#include <string>

#include "tornado/iostream/ssl_options.hpp"

namespace tornado::netutil {

/// Throws std::invalid_argument: `sentence`, and what OpenSSL has to say about it.
[[noreturn]] void refuse_ssl_options(const std::string& sentence);

/// Loads a certificate with its chain and key. Throws std::invalid_argument, which says what is
/// wrong with which file; `option` is what named the certificate.
void load_certificate(
    SSL_CTX& context,
    const std::string& option,
    const SSLCertificateFiles& files,
    const std::string& key_password
);

/// Trusts the authorities in a file; a server also tells its clients that it does. Throws as above.
void load_authorities(SSL_CTX& context, const std::string& ca_certs, SSLSide side);

/// All of a file. Throws std::invalid_argument, naming `option`, when it cannot be read.
[[nodiscard]] std::string read_ssl_file(const std::string& option, const std::string& path);

}  // namespace tornado::netutil
