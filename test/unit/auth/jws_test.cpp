#include <tornado/auth/jws.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/auth/errors.hpp>

#include "base64url.hpp"
#include "signing_key.hpp"

namespace auth = tornado::auth;
using auth::Errc;

BOOST_AUTO_TEST_SUITE(jws)

// RFC 7515, appendix A: one payload, and "Payload" for ES512.
const std::string joe =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
const std::string joe_encoded =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q";
const std::string hs256_token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + joe_encoded +
                                ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const std::string rs256_token = "eyJhbGciOiJSUzI1NiJ9." + joe_encoded +
                                ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__"
                                "dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5juj"
                                "Gbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
                                "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7"
                                "K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
                                "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np"
                                "6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const std::string rs256_modulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"
    "4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL"
    "-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
    "bSf63kpaSHSXndS5z5rexMdbBYUsLA"
    "9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-"
    "DWNmoudF8N"
    "Aco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const std::string rs256_key = R"({"kty":"RSA","n":")" + rs256_modulus + R"(","e":"AQAB"})";
const std::string es256_token =
    "eyJhbGciOiJFUzI1NiJ9." + joe_encoded +
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const std::string es256_key =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
const std::string es512_token =
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-"
    "mZZq"
    "wqT2SI-KGDKB34XO0aw_"
    "7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ER"
    "BXukOXolLzeO_Jn";
const std::string es512_key =
    R"({"kty":"EC","crv":"P-521",)"
    R"("x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",)"
    R"("y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"})";
const std::string unsecured_token = "eyJhbGciOiJub25lIn0." + joe_encoded + ".";
// RFC 8037, appendix A.4.
const std::string eddsa_token =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
    "09PGcvMg3AIb"
    "QR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
const std::string eddsa_key =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
// RFC 7520, section 4.2.
const std::string ps384_token =
    "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9."
    "SXTigJlzIGEgZGFuZ2Vyb3Vz"
    "IGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIH"
    "lvd"
    "SBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9"
    "mZi"
    "B0by4.cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-"
    "tPid6VrklHkqsGqDqHCdP6O8T"
    "TB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-"
    "UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8"
    "P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_"
    "jLAeQTlqRHtfa64QQSUmF"
    "AAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw";
const std::string ps384_key =
    R"({"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig",)"
    R"("n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSC)"
    R"(pMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6)"
    R"(cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq)"
    R"(_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"})";

// Those of which the RFCs have no example: made by `jose` 5.10, the JavaScript library.
const std::string small_claims = R"({"iss":"joe"})";
const std::string rs384_token =
    "eyJhbGciOiJSUzM4NCJ9.eyJpc3MiOiJqb2UifQ.GWnzncOuzMwi6CrjlFQs2YXj7Ob7UmSAgPxnq_2xi0mNVTQAAl"
    "8ICx62lBezNVwFc5KokVRrFZADsXy7R5OeRGPCjlu9llaDs7MWgBZzsxSN1CzM4CfZtbKlEUgnszrokd0OVNimINP_"
    "r8MQy9wKNj_O9QL611Z-Bez3dxXXCBbEGYZXb3Z7UvJplZyNsKagzjf_g3dkL8vAY7wHG8b_YDGTIpNezN2flXZLLo"
    "ALAAm2aObtu78tSuzouh4SdmoaR0K7PoeX7OM-2DMFPxuYRezcStpz-N_6Aqc8S24Gf1s2RgftYV0fcNWsiwRDpjv5"
    "zXdliLggOvNgMPvarXdcyQ";
const std::string rs512_token =
    "eyJhbGciOiJSUzUxMiJ9.eyJpc3MiOiJqb2UifQ.h8VDgc4hsl_v71AdPfKDARALjpPcPEmAQbE8ugqGjtRaadbqeI"
    "tCmnhcUESjQAiPgTaibh1t1NRzBsD25iAzo3La7gFLKR4tH3MspSLjSuINJxYodOSYvmdWyy3BOCSjCcT41co8jdOh"
    "3XIRVAbdTdzrk9WCIYJD6ct-EnrfWoijRaWaDyGfMp4v1vxncihqI0e1pAkBRMoTg5vU5oDZ9OTPTaCqRU_74W5UXw"
    "0FKUwkXMu2HvA0358_dzjyHPSXzv-pTzpSAWRmWjyX7hHOEDTkRVoDCzIF1kWbboBxktyorHr2ha79OzDJrqxToTVT"
    "bwSwwwU4qeyTtQzF1KfrwA";
const std::string ps256_token =
    "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJqb2UifQ.Ot6qiDV4aZ6ErYmlHP_TMX4GswdiW4HWHgHyk7SkLrK9eFMo3q"
    "pYVY0DIBL_6qyDF0GUqpgfE23ujjklJ7NGCgvwYg_LR8Dp9oEJHg_ZkBYRGK33XeAJKROuIiQqDetbdLo-AcYBrqYR"
    "GzegDBdwcdXefKMPPndP6brhoKSYluJJchnc-lwqYH4eM9xWvrMoBdHDbIPi9-vZvOLWO-bdeDmn13N2w_zJwSVr7C"
    "VRHEGp-h1SVXrZBd-aJFm4yhED1KcveHEzB4YdF3X5VHlRWkFD-pnFHoHe2c_WWdsLGohwhrE0qUM6I_tP-YbWcgJt"
    "fa9yQ4KtgQTQsw6Ke9F0zw";
const std::string ps512_token =
    "eyJhbGciOiJQUzUxMiJ9.eyJpc3MiOiJqb2UifQ.uKfFjeJcMGLtSblj3QaaLzyey6L7jSCBAC4t1BEwChZSjuFB5K"
    "JIlfji1CIfRKzhIoxsPyu1_p9LlYfB_AKNBNyGkFouvr6QTxrHPvL1l1dTLov3cbjnm_ew0aplREWfAIwe8kj6s7ff"
    "KnArOQWbAYkcl5vGKcz6iRllXCRf53kmTyl6e57yl_Sh1mifj6IjpQisDEqZcV9bVV0zrMqw-AVU92c1vtX2Lk1LnH"
    "7ujP8tAcI_BicHmPmJIy_cwJ9dWxOAFQrHYy-0fsxgfUnjyHuRnGGSVCgv1Nk_uL_GQ59AtykgnAjT4Y_JTwGBWlRr"
    "A-qln5JRJcDpNT7hnXPPsw";
const std::string es384_token =
    "eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJqb2UifQ.BojyggwNTPcAPZ10-JyHvoFUXK4saJTDsWjui6r2T40hwEf4Wo"
    "YFqqFK5G7gMxKw-m-eA-OVZaqHq7dcH3EmZ2nAdESObn1H0zxi8R1WTDut3kZZxInFrNMjX603-Wbj";
const std::string jose_modulus =
    "uX8sawMlfKQHANoqsyssDc4LI5ONSyPQyr-1ws2fpzwZvFCOTP-mSHjDj4mNRiZsp_K4brVJtxwJEiTeqNu-BVkoBi"
    "mnPDPCMeYT4VHnvugXDFaNz4nIdK9-yst7qY4ut7S2K0cO1o700kBmJ-uecvm73Rawgb5UsrX4ZTpyknDvE-FYqkhO"
    "4ynq6b08st4lmV262zZq9SOworYTrwhHHFew0H-jBsw-9hn-g2FHb5iAFZoO5KGXUej8jZWW6WAKfxVbzV3uyG0KQQ"
    "0UMErrblxgFL3LlMhitt5bGfz9QOhXLRRu9lbhJ3U0ZuzoZfoRsJZOtT7ISYo70q3VSy73VQ";
const std::string jose_rsa_key = R"({"kty":"RSA","n":")" + jose_modulus + R"(","e":"AQAB"})";
const std::string es384_key =
    R"({"kty":"EC","crv":"P-384",)"
    R"("x":"z9minTWftSL332yo3lOmOTis_uY9T0eoiqqOAmexqnXCWA8VhzPLfLKp5VY_kYwb",)"
    R"("y":"4I1h32HV0YMJMywOCIRA0tFLH1XK7m_t_93nA2rbtEzkI_KNMdmn-Auq-p5rqO3W"})";

auth::JWKSet keys_of(const std::string& keys) {
    return auth::JWKSet::parse(R"({"keys":[)" + keys + "]}").value();
}

std::error_code fault_of(const std::string& token, const std::string& keys) {
    return auth::verify_jws(token, keys_of(keys)).error();
}

struct Vector {
    std::string name, token, key, payload;
};
std::ostream& operator<<(std::ostream& out, const Vector& vector) {
    return out << vector.name;
}

const Vector vectors[] = {
    {"RS256", rs256_token, rs256_key, joe},
    {"ES256", es256_token, es256_key, joe},
    {"ES512", es512_token, es512_key, "Payload"},
    {"EdDSA", eddsa_token, eddsa_key, "Example of Ed25519 signing"},
    {"PS384",
     ps384_token,
     ps384_key,
     "It\xE2\x80\x99s a dangerous business, Frodo, going out your door. You step onto "
     "the road, and if you don't keep your feet, there\xE2\x80\x99s no knowing where "
     "you might be swept off to."},
    {"RS384", rs384_token, jose_rsa_key, small_claims},
    {"RS512", rs512_token, jose_rsa_key, small_claims},
    {"PS256", ps256_token, jose_rsa_key, small_claims},
    {"PS512", ps512_token, jose_rsa_key, small_claims},
    {"ES384", es384_token, es384_key, small_claims},
};

BOOST_DATA_TEST_CASE(tokens_that_others_have_signed_are_verified, vectors, vector) {
    const auto token = auth::verify_jws(vector.token, keys_of(vector.key));
    BOOST_REQUIRE(token);
    BOOST_TEST(token->algorithm == vector.name);
    BOOST_TEST(token->payload == vector.payload);
    // Among others' keys it is found by itself, or by its id.
    const auto all = rs256_key + "," + es256_key + "," + es512_key + "," + eddsa_key + "," +
                     ps384_key + "," + jose_rsa_key + "," + es384_key;
    BOOST_TEST(fault_of(vector.token, all) == std::error_code{});
}

BOOST_DATA_TEST_CASE(any_changed_byte_is_noticed, vectors, vector) {
    const auto end_of_payload = vector.token.rfind('.');
    for (auto at = vector.token.find('.') + 1; at < vector.token.size(); ++at) {
        if (at != end_of_payload) {
            auto token = vector.token;
            token[at] = token[at] == 'A' ? 'Q' : 'A';
            const auto fault = fault_of(token, vector.key);
            // The last letter may have bits left over.
            BOOST_TEST((fault == Errc::wrong_signature || fault == Errc::malformed_token));
        }
    }
    BOOST_TEST(
        fault_of(vector.token.substr(0, end_of_payload + 1), vector.key) == Errc::wrong_signature
    );
    BOOST_TEST(fault_of(vector.token + "AAAA", vector.key) == Errc::wrong_signature);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_not_signed_is_refused) {
    BOOST_TEST(fault_of(unsecured_token, rs256_key) == Errc::unsecured_token);
    BOOST_TEST(fault_of(unsecured_token + "AAAA", rs256_key) == Errc::unsecured_token);
    for (const std::string other : {"None", "NONE", "nOnE", ""}) {
        const auto token = base64url(R"({"alg":")" + other + R"("})") + "." + joe_encoded + ".";
        BOOST_TEST(fault_of(token, rs256_key) == Errc::unaccepted_algorithm);
    }
}

BOOST_AUTO_TEST_CASE(shared_secrets_are_refused_the_public_key_as_one_among_them) {
    BOOST_TEST(fault_of(hs256_token, rs256_key) == Errc::unaccepted_algorithm);
    BOOST_TEST(
        keys_of(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"})").empty()
    );
    const SigningKey rsa = SigningKey::rsa("one");
    const auto head = base64url(R"({"alg":"HS256","kid":"one"})") + "." + joe_encoded;
    const auto token = head + "." + base64url(hmac_sha256(rsa.public_pem(), head));
    BOOST_TEST(fault_of(token, rsa.jwk()) == Errc::unaccepted_algorithm);
}

BOOST_AUTO_TEST_CASE(only_accepted_algorithms_count) {
    const auto keys = keys_of(rs256_key + "," + es256_key);
    BOOST_TEST(
        auth::verify_jws(rs256_token, keys, {"ES256"}).error() == Errc::unaccepted_algorithm
    );
    BOOST_TEST(auth::verify_jws(es256_token, keys, {"ES256"}).has_value());
    BOOST_TEST(auth::verify_jws(es256_token, keys, {}).error() == Errc::unaccepted_algorithm);
    // Accepting one that does not exist changes nothing.
    BOOST_TEST(
        auth::verify_jws(hs256_token, keys, {"HS256"}).error() == Errc::unaccepted_algorithm
    );
}

BOOST_AUTO_TEST_CASE(a_key_is_used_for_what_it_is_for) {
    const SigningKey rsa = SigningKey::rsa("one");
    const SigningKey ec = SigningKey::ec("one");
    const auto token = rsa.sign({{"alg", "RS256"}, {"kid", "one"}}, "{}");
    BOOST_TEST(fault_of(token, rsa.jwk()) == std::error_code{});
    BOOST_TEST(fault_of(token, rsa.jwk({{"alg", "RS256"}})) == std::error_code{});
    BOOST_TEST(fault_of(token, rsa.jwk({{"alg", "PS256"}})) == Errc::unsuitable_key);
    BOOST_TEST(fault_of(token, ec.jwk()) == Errc::unsuitable_key);
    BOOST_TEST(fault_of(token, SigningKey::rsa("two").jwk()) == Errc::unknown_key);
    BOOST_TEST(fault_of(token, rsa.jwk({{"use", "enc"}})) == Errc::unknown_key);
    BOOST_TEST(fault_of(token, SigningKey::rsa("one").jwk()) == Errc::wrong_signature);
    BOOST_TEST(
        fault_of(token, SigningKey::rsa("one").jwk() + "," + rsa.jwk()) == std::error_code{}
    );
    BOOST_TEST(fault_of(token, "") == Errc::unknown_key);
}

BOOST_AUTO_TEST_CASE(a_signature_has_one_form_only) {
    const SigningKey key = SigningKey::ec("one");
    const auto token = key.sign("{}");
    const auto end = token.rfind('.') + 1;
    const auto with = [&](const std::string& signature) {
        return fault_of(token.substr(0, end) + base64url(signature), key.jwk());
    };
    const auto raw = auth::from_base64url(std::string_view{token}.substr(end)).value();
    BOOST_REQUIRE(raw.size() == 64U);
    BOOST_TEST(with(raw) == std::error_code{});
    const auto number = [](std::string bytes) {
        if ((static_cast<unsigned char>(bytes.front()) & 0x80U) != 0) {
            bytes.insert(0, 1, '\0');
        }
        return std::string{"\x02"} + static_cast<char>(bytes.size()) + bytes;
    };
    const auto numbers = number(raw.substr(0, 32)) + number(raw.substr(32));
    const auto der = std::string{"\x30"} + static_cast<char>(numbers.size()) + numbers;
    const std::string zero(32, '\0');
    for (const auto& other :
         {der,
          raw.substr(0, 63),
          raw + '\0',
          '\0' + raw,
          zero + raw.substr(32),
          raw.substr(0, 32) + zero,
          zero + zero,
          std::string{}}) {
        BOOST_TEST(with(other) == Errc::wrong_signature);
    }
}

BOOST_AUTO_TEST_CASE(of_a_name_that_comes_twice_the_last_counts) {
    const SigningKey key = SigningKey::ec("one");
    const auto token = key.sign({{"alg", "none"}, {"kid", "one"}, {"alg", "ES256"}}, "{}");
    BOOST_TEST(fault_of(token, key.jwk()) == std::error_code{});
    const auto none = base64url(R"({"alg":"ES256","alg":"none"})") + ".e30.";
    BOOST_TEST(fault_of(none, key.jwk()) == Errc::unsecured_token);
}

BOOST_AUTO_TEST_CASE(keys_without_a_name_are_tried_one_after_the_other) {
    const SigningKey one = SigningKey::ec("");
    const SigningKey two = SigningKey::ec("");
    const auto token = two.sign({{"alg", "ES256"}}, "{}");
    BOOST_TEST(fault_of(token, one.jwk() + "," + two.jwk()) == std::error_code{});
    BOOST_TEST(fault_of(token, one.jwk()) == Errc::wrong_signature);
}

const std::string malformed_tokens[] = {
    "",
    ".",
    "..",
    "...",
    "a.b",
    "a.b.c",
    "e30.e30.",
    "e30.e30.e30.e30.e30",
    "bnVsbA.e30.AAAA",
    "W10.e30.AAAA",
    "eyJhbGciOjF9.e30.AAAA",                     // alg is a number
    "eyJhbGciOiJSUzI1NiIsImtpZCI6MX0.e30.AAAA",  // kid is a number
    "eyJhbGciOiJSUzI1NiIsInR5cCI6NX0.e30.AAAA",  // so is typ
    "eyJhbGciOiJSUzI1NiJ9.e30=.AAAA",            // padding
    "eyJhbGciOiJSUzI1NiJ9.e30.AA+A",             // the other alphabet
    "eyJhbGciOiJSUzI1NiJ9.e31.AAAA",             // bits left over
    " eyJhbGciOiJSUzI1NiJ9.e30.AAAA",
    "eyJhbGciOiJSUzI1NiJ9.e30.AAAA\n",
};

BOOST_DATA_TEST_CASE(what_is_no_token_is_refused, malformed_tokens, token) {
    BOOST_TEST(fault_of(token, rs256_key) == Errc::malformed_token);
}

BOOST_AUTO_TEST_CASE(what_is_too_long_or_asks_for_more_is_refused) {
    const auto head = base64url(R"({"alg":"RS256"})") + ".";
    BOOST_TEST(
        fault_of(head + std::string(65'536, 'A') + ".AAAA", rs256_key) == Errc::malformed_token
    );
    const auto critical = base64url(R"({"alg":"RS256","b64":false,"crit":["b64"]})");
    BOOST_TEST(fault_of(critical + ".e30.AAAA", rs256_key) == Errc::unknown_critical_field);
}

const std::string bad_keys[] = {
    R"({})",
    R"({"kty":"RSA"})",
    R"({"kty":"RSA","n":"AQAB","e":"AQAB"})",  // 17 bits
    R"({"kty":"RSA","n":")" + rs256_modulus + R"(","e":"Ag"})",
    R"({"kty":"RSA","n":")" + rs256_modulus + R"(","e":"AQ"})",
    R"({"kty":"RSA","n":")" + rs256_modulus + R"(=","e":"AQAB"})",
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})",
    R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})",
    R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})",
    R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
    R"({"kty":"OKP","crv":"Ed25519","key_ops":["sign"],"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
    "7",
    "null",
    R"("RSA")",
};

BOOST_DATA_TEST_CASE(a_key_that_cannot_verify_is_left_out, bad_keys, key) {
    BOOST_TEST(keys_of(key).empty());
    BOOST_TEST(keys_of(key + "," + es256_key).size() == 1U);
}

const std::string bad_sets[] = {"", "[]", "{}", R"({"keys":{}})", "<html>", R"({"keys":[)"};

BOOST_DATA_TEST_CASE(what_is_no_set_of_keys_is_refused, bad_sets, set) {
    BOOST_TEST(auth::JWKSet::parse(set).error() == Errc::answer_malformed);
}

BOOST_AUTO_TEST_SUITE_END()
