#include "jwk.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base64url.hpp"
#include "json_fields.hpp"

namespace tornado::auth {

namespace json = boost::json;

namespace {

constexpr std::array methods{
    SignatureMethod{"RS256", "RSA", "", "SHA256", false, 0},
    SignatureMethod{"RS384", "RSA", "", "SHA384", false, 0},
    SignatureMethod{"RS512", "RSA", "", "SHA512", false, 0},
    SignatureMethod{"PS256", "RSA", "", "SHA256", true, 0},
    SignatureMethod{"PS384", "RSA", "", "SHA384", true, 0},
    SignatureMethod{"PS512", "RSA", "", "SHA512", true, 0},
    SignatureMethod{"ES256", "EC", "P-256", "SHA256", false, 32},
    SignatureMethod{"ES384", "EC", "P-384", "SHA384", false, 48},
    SignatureMethod{"ES512", "EC", "P-521", "SHA512", false, 66},
    SignatureMethod{"EdDSA", "OKP", "Ed25519", nullptr, false, 0},
};

const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

template <typename T, void (*free)(T*)>
struct Free {
    void operator()(T* object) const noexcept { free(object); }
};
using Number = std::unique_ptr<BIGNUM, Free<BIGNUM, BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM, OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX, EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG, ECDSA_SIG_free>>;

Number number(std::string_view bytes) {
    return Number{BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
}

KeyHandle key_from(const char* type, OSSL_PARAM_BLD* builder) {
    const Params params{OSSL_PARAM_BLD_to_param(builder)};
    const KeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
    EVP_PKEY* key = nullptr;
    if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
        return nullptr;
    }
    return KeyHandle{key};
}

/// The field's bytes; empty when it is not there or no base64url.
std::string bytes_field(const json::object& object, std::string_view name) {
    return from_base64url(text_field(object, name).value_or("")).value_or("");
}

KeyHandle rsa_key(const json::object& object) {
    constexpr int least_bits = 2048;  // RFC 7518, 3.3
    constexpr int most_bits = 8192;
    constexpr int most_exponent_bits = 64;  // larger ones only take time
    const auto modulus = number(bytes_field(object, "n"));
    const auto exponent = number(bytes_field(object, "e"));
    if (modulus == nullptr || exponent == nullptr || BN_num_bits(modulus.get()) < least_bits ||
        BN_num_bits(modulus.get()) > most_bits ||
        BN_num_bits(exponent.get()) > most_exponent_bits || BN_is_odd(exponent.get()) == 0 ||
        BN_is_one(exponent.get()) != 0) {
        return nullptr;
    }
    const ParamBuilder builder{OSSL_PARAM_BLD_new()};
    if (builder == nullptr ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
        return nullptr;
    }
    return key_from("RSA", builder.get());
}

KeyHandle ec_key(const json::object& object, std::string_view curve) {
    const auto method = std::find_if(methods.begin(), methods.end(), [&](const auto& each) {
        return each.key_type == "EC" && each.curve == curve;
    });
    const auto x = bytes_field(object, "x");
    const auto y = bytes_field(object, "y");
    if (method == methods.end() || x.size() != method->coordinate_size || x.size() != y.size()) {
        return nullptr;
    }
    const auto point = '\x04' + x + y;  // uncompressed (SEC 1, 2.3.3); one off the curve is refused
    const std::string group{curve};
    const ParamBuilder builder{OSSL_PARAM_BLD_new()};
    if (builder == nullptr ||
        OSSL_PARAM_BLD_push_utf8_string(
            builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()
        ) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(
            builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()
        ) != 1) {
        return nullptr;
    }
    return key_from("EC", builder.get());
}

KeyHandle ed25519_key(const json::object& object) {
    constexpr std::size_t size = 32;
    const auto x = bytes_field(object, "x");
    return x.size() != size
               ? nullptr
               : KeyHandle{
                     EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size())};
}

/// Whether `use` and `key_ops`, where they stand, are for verifying signatures.
bool is_for_signatures(const json::object& object) {
    if (text_field(object, "use").value_or("sig") != "sig") {
        return false;
    }
    const auto* operations = object.if_contains("key_ops");
    if (operations == nullptr || !operations->is_array()) {
        return operations == nullptr;
    }
    const auto& list = operations->get_array();
    return std::any_of(list.begin(), list.end(), [](const json::value& each) {
        return each.is_string() && each.get_string() == "verify";
    });
}

/// ECDSA's two numbers side by side (RFC 7518, 3.4) in the form that OpenSSL takes: DER.
std::string ecdsa_der(std::string_view signature, std::size_t coordinate_size) {
    if (signature.size() != 2 * coordinate_size) {
        return {};
    }
    const EcdsaSignature parts{ECDSA_SIG_new()};
    auto r = number(signature.substr(0, coordinate_size));
    auto s = number(signature.substr(coordinate_size));
    if (parts == nullptr || r == nullptr || s == nullptr ||
        ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) {
        return {};
    }
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* encoded = nullptr;
    const int size = i2d_ECDSA_SIG(parts.get(), &encoded);
    if (size <= 0) {
        return {};
    }
    std::string der{reinterpret_cast<char*>(encoded), static_cast<std::size_t>(size)};
    OPENSSL_free(encoded);
    return der;
}

bool set_pss(EVP_PKEY_CTX* context) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

const SignatureMethod* find_method(std::string_view algorithm) noexcept {
    const auto method = std::find_if(methods.begin(), methods.end(), [&](const auto& each) {
        return each.name == algorithm;
    });
    return method == methods.end() ? nullptr : &*method;
}

std::shared_ptr<const JWK> JWK::parse(const json::object& object) {
    auto jwk = std::make_shared<JWK>();
    jwk->type_ = text_field(object, "kty").value_or("");
    jwk->curve_ = text_field(object, "crv").value_or("");
    jwk->key_id_ = text_field(object, "kid").value_or("");
    jwk->algorithm_ = text_field(object, "alg").value_or("");
    if (!is_for_signatures(object)) {
        return nullptr;
    }
    if (jwk->type_ == "RSA") {
        jwk->curve_.clear();
        jwk->key_ = rsa_key(object);
    } else if (jwk->type_ == "EC") {
        jwk->key_ = ec_key(object, jwk->curve_);
    } else if (jwk->type_ == "OKP" && jwk->curve_ == "Ed25519") {
        jwk->key_ = ed25519_key(object);
    }
    ERR_clear_error();  // what OpenSSL says of a bad key is nobody else's error
    return jwk->key_ == nullptr ? nullptr : jwk;
}

bool JWK::suits(const SignatureMethod& method) const noexcept {
    return type_ == method.key_type && curve_ == method.curve &&
           (algorithm_.empty() || algorithm_ == method.name);
}

bool JWK::verify(const SignatureMethod& method, std::string_view text, std::string_view signature)
    const {
    std::string der;
    if (method.coordinate_size != 0) {
        der = ecdsa_der(signature, method.coordinate_size);
        signature = der;
    }
    const DigestContext context{EVP_MD_CTX_new()};
    EVP_PKEY_CTX* of_key = nullptr;  // belongs to `context`
    const bool right =
        !signature.empty() && context != nullptr &&
        EVP_DigestVerifyInit_ex(
            context.get(), &of_key, method.digest, nullptr, nullptr, key_.get(), nullptr
        ) == 1 &&
        (!method.is_pss || set_pss(of_key)) &&
        EVP_DigestVerify(
            context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()
        ) == 1;
    ERR_clear_error();
    return right;
}

}  // namespace tornado::auth
