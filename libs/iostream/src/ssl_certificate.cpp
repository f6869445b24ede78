#include "tornado/util/ssl_certificate.hpp"

#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>

#include "ssl_certificate_of.hpp"
#include "ssl_handles.hpp"

namespace tornado::netutil {

namespace {

using iostream::Freed;

std::string text_of(const ASN1_STRING* string) {
    unsigned char* text = nullptr;
    const int size = ::ASN1_STRING_to_UTF8(&text, string);
    if (size < 0) {
        return {};
    }
    std::string result{reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
    ::OPENSSL_free(text);
    return result;
}

SSLCertificate::Names names_of(const X509_NAME* name) {
    SSLCertificate::Names names;
    for (int i = 0; i < ::X509_NAME_entry_count(name); ++i) {
        const auto* const entry = ::X509_NAME_get_entry(name, i);
        const auto* const object = ::X509_NAME_ENTRY_get_object(entry);
        const char* const field = ::OBJ_nid2ln(::OBJ_obj2nid(object));
        names.emplace_back(
            field != nullptr ? field : "", text_of(::X509_NAME_ENTRY_get_data(entry))
        );
    }
    return names;
}

std::string address_of(const ASN1_OCTET_STRING* address) {
    const int family = ::ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
    char text[INET6_ADDRSTRLEN] = "";
    if (family == AF_INET || ::ASN1_STRING_length(address) == 16) {
        ::inet_ntop(family, ::ASN1_STRING_get0_data(address), text, sizeof text);
    }
    return text;
}

SSLCertificate::Names alternatives_of(const X509& certificate) {
    SSLCertificate::Names names;
    const std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>> all{static_cast<GENERAL_NAMES*>(
        ::X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)
    )};
    for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
        int type = 0;
        const void* const value =
            ::GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(all.get(), i), &type);
        const auto* const string = static_cast<const ASN1_STRING*>(value);
        if (type == GEN_DNS) {
            names.emplace_back("DNS", text_of(string));
        } else if (type == GEN_IPADD) {
            names.emplace_back("IP Address", address_of(string));
        } else if (type == GEN_EMAIL) {
            names.emplace_back("email", text_of(string));
        } else if (type == GEN_URI) {
            names.emplace_back("URI", text_of(string));
        }
    }
    return names;
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (::ASN1_TIME_to_tm(time, &parts) != 1) {
        return {};
    }
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string number_of(const ASN1_INTEGER* integer) {
    const std::unique_ptr<BIGNUM, Freed<BN_free>> number{::ASN1_INTEGER_to_BN(integer, nullptr)};
    char* const digits = number ? ::BN_bn2hex(number.get()) : nullptr;
    std::string result{digits != nullptr ? digits : ""};
    ::OPENSSL_free(digits);
    return result;
}

std::string der_of(const X509& certificate) {
    unsigned char* bytes = nullptr;
    const int size = ::i2d_X509(&certificate, &bytes);
    std::string result;
    if (size > 0) {
        result.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
        ::OPENSSL_free(bytes);
    }
    return result;
}

}  // namespace

SSLCertificate describe(const X509& certificate) {
    return {
        .subject = names_of(::X509_get_subject_name(&certificate)),
        .issuer = names_of(::X509_get_issuer_name(&certificate)),
        .subject_alt_names = alternatives_of(certificate),
        .not_before = time_of(::X509_get0_notBefore(&certificate)),
        .not_after = time_of(::X509_get0_notAfter(&certificate)),
        .serial_number = number_of(::X509_get0_serialNumber(&certificate)),
        .der = der_of(certificate)};
}

}  // namespace tornado::netutil
