#include "self_signed.hpp"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <tornado/netutil.hpp>

namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
struct Closed {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Closed>;

constexpr long a_year = 365L * 24 * 3600;

void must(bool done, const std::string& what) {
    if (!done) {
        throw std::runtime_error{"cannot " + what};
    }
}

void extend(X509& certificate, int what, const std::string& value) {
    const Extension extension{::X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str())};
    must(
        extension && ::X509_add_ext(&certificate, extension.get(), -1) == 1,
        "make a certificate for \"" + value + "\""
    );
}

void number(X509& certificate) {
    unsigned long serial = 0;
    must(
        ::RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1,
        "get random numbers"
    );
    ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(&certificate), serial);
}

Certificate make_certificate(const std::string& host, EVP_PKEY& key) {
    Certificate certificate{::X509_new()};
    must(certificate != nullptr, "make a certificate");
    auto& x = *certificate;
    ::X509_set_version(&x, X509_VERSION_3);
    number(x);
    ::X509_gmtime_adj(X509_getm_notBefore(&x), 0);
    ::X509_gmtime_adj(X509_getm_notAfter(&x), a_year);
    ::X509_set_pubkey(&x, &key);
    auto* const name = ::X509_get_subject_name(&x);
    const auto* const text = reinterpret_cast<const unsigned char*>(host.c_str());
    ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0);
    ::X509_set_issuer_name(&x, name);
    extend(x, NID_basic_constraints, "critical,CA:FALSE");
    extend(x, NID_subject_alt_name, (tornado::netutil::is_valid_ip(host) ? "IP:" : "DNS:") + host);
    must(::X509_sign(&x, &key, ::EVP_sha256()) > 0, "sign a certificate");
    return certificate;
}

/// Makes a file and lets `write` fill it. When that fails there is none.
template <typename F>
void write_new(const std::string& path, unsigned mode, F write) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    must(descriptor >= 0, "create the file " + path);
    File file{::fdopen(descriptor, "w")};
    const bool written = file != nullptr && write(file.get()) == 1 && std::fflush(file.get()) == 0;
    if (!written) {
        ::unlink(path.c_str());
    }
    must(written, "write " + path);
}

}  // namespace

void make_self_signed_certificate(
    const std::string& host,
    const std::string& certfile,
    const std::string& keyfile
) {
    const Key key{EVP_EC_gen("P-256")};
    must(key != nullptr, "make a key");
    const auto certificate = make_certificate(host, *key);
    write_new(keyfile, 0600, [&](std::FILE* file) {
        return ::PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    try {
        write_new(certfile, 0644, [&](std::FILE* file) {
            return ::PEM_write_X509(file, certificate.get());
        });
    } catch (...) {
        ::unlink(keyfile.c_str());  // alone it would be in the way of the next start
        throw;
    }
}
