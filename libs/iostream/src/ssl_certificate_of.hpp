#pragma once

#include <openssl/x509.h>

#include "tornado/util/ssl_certificate.hpp"

namespace tornado::netutil {

/// What a certificate says.
[[nodiscard]] SSLCertificate describe(const X509& certificate);

}  // namespace tornado::netutil
