#pragma once

#include <string>

/// Makes a new key, and a certificate for `host` that nobody but the key itself has signed, and
/// writes both as PEM. The key's file is for its owner alone. Throws std::runtime_error.
void make_self_signed_certificate(
    const std::string& host,
    const std::string& certfile,
    const std::string& keyfile
);
