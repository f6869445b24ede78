#include "ssl_files.hpp"

#include <openssl/err.h>
#include <openssl/x509err.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "openssl_errors.hpp"

namespace tornado::netutil {

namespace {

std::string quoted(const std::string& option, const std::string& path) {
    return option + " \"" + path + "\"";
}

/// OpenSSL asks for passwords here. Without this function it would ask at the terminal.
int tell_password(char* into, int size, int /*for_writing*/, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    const auto count = std::min(text.size(), static_cast<std::size_t>(size));
    std::memcpy(into, text.data(), count);
    return static_cast<int>(count);
}

[[noreturn]] void refuse_pair(const std::string& key, const std::string& certificate) {
    ::ERR_clear_error();
    refuse_ssl_options(
        "the key in " + key + " does not belong to the certificate in " + certificate
    );
}

}  // namespace

void refuse_ssl_options(const std::string& sentence) {
    const char* const words = ::ERR_reason_error_string(::ERR_peek_last_error());
    ::ERR_clear_error();
    throw std::invalid_argument{words != nullptr ? sentence + " (" + words + ")" : sentence};
}

std::string read_ssl_file(const std::string& option, const std::string& path) {
    errno = 0;
    std::ifstream file{path, std::ios::binary};
    std::string content;
    std::array<char, 4096> part;
    while (file.read(part.data(), part.size()), file.gcount() != 0) {
        content.append(part.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (!file.is_open() || file.bad()) {
        refuse_ssl_options(
            quoted(option, path) + " cannot be read: " + std::system_category().message(errno)
        );
    }
    return content;
}

void load_certificate(
    SSL_CTX& context,
    const std::string& option,
    const SSLCertificateFiles& files,
    const std::string& key_password
) {
    iostream::forget_openssl_errors();
    const bool key_is_apart = !files.keyfile.empty();
    const auto& key_path = key_is_apart ? files.keyfile : files.certfile;
    const auto certificate = quoted(option, files.certfile);
    const auto key = key_is_apart ? quoted("keyfile", key_path) : certificate;
    static_cast<void>(read_ssl_file(option, files.certfile));
    static_cast<void>(read_ssl_file(key_is_apart ? "keyfile" : option, key_path));

    if (::SSL_CTX_use_certificate_chain_file(&context, files.certfile.c_str()) != 1) {
        refuse_ssl_options(certificate + " holds no usable certificate in PEM");
    }
    auto password = key_password;
    ::SSL_CTX_set_default_passwd_cb(&context, tell_password);
    ::SSL_CTX_set_default_passwd_cb_userdata(&context, &password);
    const int loaded = ::SSL_CTX_use_PrivateKey_file(&context, key_path.c_str(), SSL_FILETYPE_PEM);
    ::SSL_CTX_set_default_passwd_cb_userdata(&context, nullptr);
    ::SSL_CTX_set_default_passwd_cb(&context, nullptr);
    if (loaded != 1) {
        if (ERR_GET_REASON(::ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
            refuse_pair(key, certificate);
        }
        refuse_ssl_options(
            key + " holds no usable key in PEM, or key_password is not its password"
        );
    }
    if (::SSL_CTX_check_private_key(&context) != 1) {
        refuse_pair(key, certificate);
    }
}

void load_authorities(SSL_CTX& context, const std::string& ca_certs, SSLSide side) {
    iostream::forget_openssl_errors();
    static_cast<void>(read_ssl_file("ca_certs", ca_certs));
    if (::SSL_CTX_load_verify_file(&context, ca_certs.c_str()) != 1) {
        refuse_ssl_options(quoted("ca_certs", ca_certs) + " holds no certificate in PEM");
    }
    if (side == SSLSide::server) {
        ::SSL_CTX_set_client_CA_list(&context, ::SSL_load_client_CA_file(ca_certs.c_str()));
    }
}

}  // namespace tornado::netutil
