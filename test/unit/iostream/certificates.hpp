#pragma once

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace ssl_test {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

/// What a test's certificate says.
struct Subject {
    std::string name = "localhost";
    std::string alternatives = "DNS:localhost,IP:127.0.0.1";
    long begins = -3600;    ///< seconds from now
    long ends = 24 * 3600;  ///< seconds from now
    bool is_authority = false;
    std::string purpose = {};  ///< what it is for, as extendedKeyUsage says: "clientAuth"
};

/// A certificate with its key, in files of their own that end with it.
struct Identity {
    Key key;
    Certificate certificate;
    std::string certfile;
    std::string keyfile;
};

inline void must(bool done) {
    if (!done) {
        throw std::runtime_error{"OpenSSL cannot make a certificate for the test"};
    }
}

/// A temporary folder.
class Folder {
public:
    Folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "tornado-ssl-XXXXXX").string();
        must(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string file(const std::string& name) const {
        return (path_ / name).string();
    }

private:
    std::filesystem::path path_;
};

inline void extend(X509* certificate, int what, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension{
        ::X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str())};
    must(extension && ::X509_add_ext(certificate, extension.get(), -1) == 1);
}

inline Certificate make_certificate(const Subject& subject, EVP_PKEY* key, const Identity* issuer) {
    static long serial = 1;
    Certificate certificate{::X509_new()};
    auto* const x = certificate.get();
    ::X509_set_version(x, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(x), ++serial);
    ::X509_gmtime_adj(X509_getm_notBefore(x), subject.begins);
    ::X509_gmtime_adj(X509_getm_notAfter(x), subject.ends);
    ::X509_set_pubkey(x, key);
    auto* const name = ::X509_get_subject_name(x);
    must(
        ::X509_NAME_add_entry_by_txt(
            name,
            "CN",
            MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(subject.name.c_str()),
            -1,
            -1,
            0
        ) == 1
    );
    ::X509_set_issuer_name(
        x, issuer != nullptr ? ::X509_get_subject_name(issuer->certificate.get()) : name
    );
    extend(x, NID_basic_constraints, subject.is_authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!subject.is_authority && !subject.alternatives.empty()) {
        extend(x, NID_subject_alt_name, subject.alternatives);
    }
    if (!subject.purpose.empty()) {
        extend(x, NID_ext_key_usage, subject.purpose);
    }
    must(::X509_sign(x, issuer != nullptr ? issuer->key.get() : key, ::EVP_sha256()) > 0);
    return certificate;
}

/// Identities in a folder of their own: one authority, and what it or others have signed.
class Authority {
public:
    Authority() {
        ca = make({.name = "Test Authority", .is_authority = true}, nullptr);
        server = make({});
    }

    /// Signed by the authority.
    Identity make(const Subject& subject) { return make(subject, &ca); }
    /// Signed by `issuer`; null: by itself.
    Identity make(const Subject& subject, const Identity* issuer) {
        Identity identity;
        identity.key.reset(EVP_EC_gen("P-256"));
        must(identity.key != nullptr);
        identity.certificate = make_certificate(subject, identity.key.get(), issuer);
        const auto number = std::to_string(++count_);
        identity.certfile = folder.file(number + ".crt");
        identity.keyfile = folder.file(number + ".key");
        write(identity);
        return identity;
    }

    static void write(const Identity& identity) {
        const auto certificate = open(identity.certfile);
        must(::PEM_write_X509(certificate.get(), identity.certificate.get()) == 1);
        const auto key = open(identity.keyfile);
        must(
            ::PEM_write_PrivateKey(
                key.get(), identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr
            ) == 1
        );
    }

    Folder folder;
    Identity ca;
    Identity server;  ///< for localhost and 127.0.0.1

private:
    struct Closed {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    static std::unique_ptr<std::FILE, Closed> open(const std::string& path) {
        std::unique_ptr<std::FILE, Closed> file{std::fopen(path.c_str(), "w")};
        must(file != nullptr);
        return file;
    }

    int count_ = 0;
};

}  // namespace ssl_test
