#include "signing_key.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <stdexcept>
#include <tornado/escape.hpp>
#include <tornado/util/base64.hpp>

namespace {

std::string json_object(const SigningKey::Fields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text += text.empty() ? "{" : ",";
        tornado::escape::append_json_string(text, name);
        text += ":";
        tornado::escape::append_json_string(text, value);
    }
    return text + "}";
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// DER's two numbers side by side.
std::string side_by_side(const std::string& der) {
    const auto* at = bytes_of(std::string_view{der});
    auto* const signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string both(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), bytes_of(both), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), bytes_of(both) + 32, 32);
    ECDSA_SIG_free(signature);
    return both;
}

}  // namespace

std::string base64url(std::string_view bytes) {
    auto text = tornado::util::base64(bytes);
    text.resize(std::min(text.size(), text.find('=')));
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

std::string sha256_base64url(std::string_view text) {
    std::string result(32, '\0');
    EVP_Digest(text.data(), text.size(), bytes_of(result), nullptr, EVP_sha256(), nullptr);
    return base64url(result);
}

std::string sha256_half(std::string_view text) {
    std::string result(32, '\0');
    EVP_Digest(text.data(), text.size(), bytes_of(result), nullptr, EVP_sha256(), nullptr);
    return base64url(std::string_view{result}.substr(0, 16));
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::string result(32, '\0');
    HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        bytes_of(text),
        text.size(),
        bytes_of(result),
        nullptr
    );
    return result;
}

SigningKey SigningKey::rsa(std::string id) {
    return {std::move(id), "RS256", EVP_RSA_gen(2048)};
}
SigningKey SigningKey::ec(std::string id) {
    return {std::move(id), "ES256", EVP_EC_gen("P-256")};
}
SigningKey SigningKey::ed25519(std::string id) {
    return {std::move(id), "EdDSA", EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

std::string SigningKey::number(const char* name, std::size_t size) const {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &value) != 1) {
        throw std::runtime_error{name};
    }
    std::string bytes(size != 0 ? size : static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2binpad(value, bytes_of(bytes), static_cast<int>(bytes.size()));
    BN_free(value);
    return base64url(bytes);
}

std::string SigningKey::jwk(const Fields& more) const {
    Fields fields{{"kid", id_}};
    if (algorithm_ == "RS256") {
        fields.insert(
            fields.end(),
            {{"kty", "RSA"},
             {"n", number(OSSL_PKEY_PARAM_RSA_N)},
             {"e", number(OSSL_PKEY_PARAM_RSA_E)}}
        );
    } else if (algorithm_ == "ES256") {
        fields.insert(
            fields.end(),
            {{"kty", "EC"},
             {"crv", "P-256"},
             {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, 32)},
             {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)}}
        );
    } else {
        std::string x(32, '\0');
        auto size = x.size();
        EVP_PKEY_get_raw_public_key(key_.get(), bytes_of(x), &size);
        fields.insert(fields.end(), {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url(x)}});
    }
    fields.insert(fields.end(), more.begin(), more.end());
    return json_object(fields);
}

std::string SigningKey::public_pem() const {
    auto* const memory = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(memory, key_.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory, &data);
    std::string pem(data, static_cast<std::size_t>(size));
    BIO_free(memory);
    return pem;
}

std::string SigningKey::sign(const Fields& head, std::string_view payload) const {
    const auto input = base64url(json_object(head)) + "." + base64url(payload);
    std::string algorithm;
    for (const auto& [name, value] : head) {
        algorithm = name == "alg" ? value : algorithm;
    }
    auto* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* of_key = nullptr;
    EVP_DigestSignInit_ex(
        context,
        &of_key,
        algorithm == "EdDSA" ? nullptr : "SHA256",
        nullptr,
        nullptr,
        key_.get(),
        nullptr
    );
    if (algorithm.starts_with("PS")) {
        EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_DIGEST);
    }
    std::size_t size = 0;
    EVP_DigestSign(context, nullptr, &size, bytes_of(std::string_view{input}), input.size());
    std::string signature(size, '\0');
    if (EVP_DigestSign(
            context, bytes_of(signature), &size, bytes_of(std::string_view{input}), input.size()
        ) != 1) {
        throw std::runtime_error{"cannot sign"};
    }
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return input + "." + base64url(algorithm == "ES256" ? side_by_side(signature) : signature);
}

std::string SigningKey::sign(std::string_view payload) const {
    return sign({{"alg", algorithm_}, {"kid", id_}}, payload);
}
