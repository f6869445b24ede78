#include <tornado/auth/open_id_connect.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <tornado/auth/claims.hpp>

#include "open_id_provider.hpp"

BOOST_AUTO_TEST_SUITE(open_id_tokens)

std::int64_t seconds_from_now(std::int64_t seconds) {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch()
           )
               .count() +
           seconds;
}

struct WrongClaim {
    const char* what;
    const char* name;
    json::value value;
    Errc error;
};
std::ostream& operator<<(std::ostream& out, const WrongClaim& wrong) {
    return out << wrong.what;
}

std::vector<WrongClaim> wrong_claims() {
    return {
        {"another issuer", "iss", "https://other.example", Errc::wrong_issuer},
        {"no issuer", "iss", nullptr, Errc::missing_claim},
        {"an issuer that is no text", "iss", 7, Errc::missing_claim},
        {"another audience", "aud", "other", Errc::wrong_audience},
        {"other audiences", "aud", json::array{"other", "another"}, Errc::wrong_audience},
        {"no audience", "aud", nullptr, Errc::missing_claim},
        {"an empty audience", "aud", json::array{}, Errc::wrong_audience},
        {"several audiences and no party",
         "aud",
         json::array{"client", "other"},
         Errc::wrong_audience},
        {"another party", "azp", "other", Errc::wrong_audience},
        {"an expired one", "exp", seconds_from_now(-61), Errc::token_expired},
        {"one from the past", "exp", -1e300, Errc::token_expired},
        {"no expiry", "exp", nullptr, Errc::missing_claim},
        {"an expiry that is no number", "exp", "2100-01-01", Errc::missing_claim},
        {"one from the future", "iat", seconds_from_now(120), Errc::token_not_yet_valid},
        {"no time of issue", "iat", nullptr, Errc::missing_claim},
        {"one that begins later", "nbf", seconds_from_now(120), Errc::token_not_yet_valid},
        {"one that begins never", "nbf", "never", Errc::token_not_yet_valid},
        {"another login's nonce", "nonce", "other", Errc::wrong_nonce},
        {"no nonce", "nonce", nullptr, Errc::wrong_nonce},
        {"nobody", "sub", nullptr, Errc::missing_claim},
        {"an empty subject", "sub", "", Errc::missing_claim},
        {"an endless subject", "sub", json::value(std::string(256, 'x')), Errc::malformed_token},
        {"another access token", "at_hash", "77QmUPtjPfzWtF2AnpK9RQ", Errc::wrong_access_token},
        {"a strange at_hash", "at_hash", 7, Errc::wrong_access_token},
    };
}

BOOST_FIXTURE_TEST_CASE(each_wrong_claim_is_refused_with_its_own_error, OpenIDTest) {
    for (const auto& wrong : wrong_claims()) {
        BOOST_TEST_CONTEXT(wrong.what) {
            provider.claims = {{wrong.name, wrong.value}};
            BOOST_TEST(log_in() == wrong.error);
            BOOST_TEST(!site.user);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(claims_that_are_right_are_accepted, OpenIDTest) {
    const std::vector<json::object> right{
        {{"exp", seconds_from_now(-30)}},  // within the leeway
        {{"exp", 1e12}},
        {{"sub", std::string(255, 'x')}},
        {{"aud", json::array{"client"}}},
        {{"aud", json::array{"other", "client"}}, {"azp", "client"}},
        {{"nbf", seconds_from_now(30)}},
        {{"at_hash", sha256_half("access")}},
    };
    for (const auto& claims : right) {
        BOOST_TEST_CONTEXT(json::serialize(claims)) {
            provider.claims = claims;
            BOOST_TEST(log_in() == std::error_code{});
        }
    }
}

BOOST_AUTO_TEST_CASE(the_digest_of_the_access_token_is_by_the_tokens_algorithm) {
    for (const auto& [algorithm, digest] : std::vector<std::pair<std::string, std::string>>{
             {"RS256", "oFYf1knNtrqnhAVfBRuteQ"},
             {"ES384", "SeGOaEgS6QNKbB7vkLM3y8nujeY4Ple3"},
             {"PS512", "kyd4-h3ZoV2sH212kLKbcOnCBajStKQ38Ae_bfT-PFI"},
             {"EdDSA", "kyd4-h3ZoV2sH212kLKbcOnCBajStKQ38Ae_bfT-PFI"}}) {
        json::object claims{
            {"iss", "https://example.com"},
            {"sub", "anna"},
            {"aud", "client"},
            {"exp", seconds_from_now(60)},
            {"iat", seconds_from_now(0)},
            {"at_hash", digest}};
        auth::ClaimRules rules;
        rules.access_token = "access";
        rules.algorithm = algorithm;
        rules.audience = "client";
        rules.issuer = "https://example.com";
        BOOST_CHECK_NO_THROW(auth::check_claims(claims, rules));
        rules.access_token = "another";
        BOOST_CHECK_THROW(auth::check_claims(claims, rules), auth::AuthError);
    }
}

// When they have proved who they are

BOOST_FIXTURE_TEST_CASE(who_has_not_proved_it_lately_is_refused, OpenIDTest) {
    site.max_age = 300s;
    const auto there = get("/login");
    BOOST_TEST(redirect_argument(there, "max_age") == "300");
    for (const auto& [age, error] : std::vector<std::pair<std::int64_t, std::error_code>>{
             {0, {}},
             {299, {}},
             {350, {}},  // within the leeway
             {370, make_error_code(Errc::old_authentication)},
             {86'400, make_error_code(Errc::old_authentication)}}) {
        provider.claims = {{"auth_time", seconds_from_now(-age)}};
        BOOST_TEST(log_in() == error);
    }
    for (const json::value& time : {json::value{nullptr}, json::value{"now"}}) {
        provider.claims = {{"auth_time", time}};
        BOOST_TEST(log_in() == Errc::missing_claim);
    }
    site.max_age.reset();
    BOOST_TEST(log_in() == std::error_code{});
}

// Signatures

BOOST_FIXTURE_TEST_CASE(any_of_the_usual_algorithms_will_do, OpenIDTest) {
    for (const auto& key : {SigningKey::rsa("r"), SigningKey::ec("e"), SigningKey::ed25519("o")}) {
        provider.key = key;
        provider.keys = "[" + key.jwk() + "]";
        start({});
        BOOST_TEST(log_in() == std::error_code{});
    }
    provider.key = SigningKey::rsa("r");
    provider.keys = "[" + provider.key.jwk() + "]";
    provider.head = {{"alg", "PS256"}, {"kid", "r"}, {"typ", "JWT"}};
    start({});
    BOOST_TEST(log_in() == std::error_code{});
}

BOOST_FIXTURE_TEST_CASE(a_token_without_signature_is_refused, OpenIDTest) {
    provider.sign = [](const std::string& claims) {
        return base64url(R"({"alg":"none"})") + "." + base64url(claims) + ".";
    };
    BOOST_TEST(log_in() == Errc::unsecured_token);
}

BOOST_FIXTURE_TEST_CASE(a_public_key_is_no_secret_to_sign_with, OpenIDTest) {
    provider.key = SigningKey::rsa("one");
    provider.keys = "[" + provider.key.jwk() + "]";
    for (const auto& secret : {provider.key.public_pem(), std::string{"the secret"}}) {
        provider.sign = [secret](const std::string& claims) {
            const auto input =
                base64url(R"({"alg":"HS256","kid":"one"})") + "." + base64url(claims);
            return input + "." + base64url(hmac_sha256(secret, input));
        };
        BOOST_TEST(log_in() == Errc::unaccepted_algorithm);
    }
}

BOOST_FIXTURE_TEST_CASE(a_forged_token_is_refused, OpenIDTest) {
    const auto forger = SigningKey::ec("one");
    provider.sign = [&](const std::string& claims) { return forger.sign(claims); };
    BOOST_TEST(log_in() == Errc::wrong_signature);
    // The right signature of other claims.
    provider.sign = [&](const std::string& claims) {
        auto token = provider.key.sign("{}");
        return token.replace(
            token.find('.'), token.rfind('.') - token.find('.'), "." + base64url(claims)
        );
    };
    BOOST_TEST(log_in() == Errc::wrong_signature);
    // A key that the token brings along is not looked at.
    provider.sign = [&](const std::string& claims) {
        return forger.sign(
            {{"alg", "ES256"},
             {"kid", "one"},
             {"jwk", forger.jwk()},
             {"jku", "https://evil.example/"}},
            claims
        );
    };
    BOOST_TEST(log_in() == Errc::wrong_signature);
}

BOOST_FIXTURE_TEST_CASE(only_chosen_algorithms_are_accepted, OpenIDTest) {
    start({.algorithms = {"RS256"}});
    BOOST_TEST(log_in() == Errc::unaccepted_algorithm);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_id_token_is_refused, OpenIDTest) {
    for (const std::string token : {"x", "a.b.c"}) {
        provider.sign = [&](const std::string&) { return token; };
        BOOST_TEST(log_in() == Errc::malformed_token);
    }
    provider.sign = [&](const std::string&) { return provider.key.sign("[]"); };
    BOOST_TEST(log_in() == Errc::malformed_token);
    provider.sign = nullptr;
    provider.head = {{"alg", "ES256"}, {"kid", "one"}, {"typ", "at+jwt"}};
    BOOST_TEST(log_in() == Errc::wrong_type);
}

BOOST_FIXTURE_TEST_CASE(a_type_may_be_written_as_a_whole, OpenIDTest) {
    for (const std::string type : {"JWT", "jwt", "application/jwt", "Application/JWT"}) {
        provider.head = {{"alg", "ES256"}, {"kid", "one"}, {"typ", type}};
        BOOST_TEST(log_in() == std::error_code{});
    }
    for (const std::string type : {"application/at+jwt", "text/jwt", "application/"}) {
        provider.head = {{"alg", "ES256"}, {"kid", "one"}, {"typ", type}};
        BOOST_TEST(log_in() == Errc::wrong_type);
    }
}

// Rotation of keys

BOOST_FIXTURE_TEST_CASE(a_new_key_is_asked_for, OpenIDTest) {
    BOOST_TEST(log_in() == std::error_code{});
    const auto former = provider.key;
    provider.key = SigningKey::ec("two");
    provider.keys = "[" + provider.key.jwk() + "," + former.jwk() + "]";
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(provider.key_requests == 2);
    provider.key = former;
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(provider.key_requests == 2);
}

BOOST_FIXTURE_TEST_CASE(keys_that_are_made_up_are_not_asked_for_again_and_again, OpenIDTest) {
    testing::VirtualTime time{io_loop()};
    BOOST_TEST(log_in() == std::error_code{});
    for (int i = 0; i < 20; ++i) {
        provider.head = {{"alg", "ES256"}, {"kid", "made up " + std::to_string(i)}};
        BOOST_TEST(log_in() == Errc::unknown_key);
    }
    BOOST_TEST(provider.key_requests == 2);
    run([] { return gen::sleep(31s); }, 1min);
    BOOST_TEST(log_in() == Errc::unknown_key);
    BOOST_TEST(provider.key_requests == 3);
}

BOOST_FIXTURE_TEST_CASE(a_key_that_was_withdrawn_counts_for_an_hour_at_most, OpenIDTest) {
    testing::VirtualTime time{io_loop()};
    BOOST_TEST(log_in() == std::error_code{});
    provider.keys = "[" + SigningKey::ec("two").jwk() + "]";
    BOOST_TEST(log_in() == std::error_code{});
    run([] { return gen::sleep(1h); }, 1min);
    BOOST_TEST(log_in() == Errc::unknown_key);
}

BOOST_FIXTURE_TEST_CASE(known_keys_count_on_while_the_provider_is_away, OpenIDTest) {
    testing::VirtualTime time{io_loop()};
    const auto verify = [&] { return site.provider->verify_id_token(provider.id_token()); };
    run(verify);
    run([] { return gen::sleep(1h); }, 1min);
    provider.key_endpoint = [](web::RequestHandler& handler) {
        handler.set_status(503);
        return Future<void>::ready();
    };
    run(verify);
    run(verify);
    BOOST_TEST(provider.key_requests == 2);
    // One that does not answer at all is not waited for by each.
    run([] { return gen::sleep(1min); }, 1min);
    provider.key_endpoint = [](web::RequestHandler&) { return gen::sleep(1h); };
    const auto before = time.elapsed();
    for (int i = 0; i < 10; ++i) {
        run(verify);
    }
    BOOST_CHECK(time.elapsed() - before < 2s);
    BOOST_TEST(provider.key_requests == 3);
    // When it is back, its new keys count.
    provider.key_endpoint = nullptr;
    provider.rotate("two");
    run([] { return gen::sleep(1min); }, 1min);
    run(verify);

    run([] { return gen::sleep(25h); }, 1min);
    provider.discovery = [](web::RequestHandler& handler) {
        handler.set_status(503);
        return Future<void>::ready();
    };
    provider.key_endpoint = provider.discovery;
    BOOST_CHECK_EXCEPTION(run(verify), auth::AuthError, [](const auto& error) {
        return error.code() == Errc::provider_status;
    });
}

// Tokens by other ways

BOOST_FIXTURE_TEST_CASE(tokens_are_refreshed, OpenIDTest) {
    BOOST_TEST(log_in() == std::error_code{});
    provider.token_answer = {{"access_token", "another"}, {"refresh_token", "next"}};
    provider.claims = {{"nonce", nullptr}, {"email", "new@example.com"}};
    auto user = run([&] { return site.provider->refresh(*site.user); });
    BOOST_TEST(provider.form.last("grant_type").value() == "refresh_token");
    BOOST_TEST(provider.form.last("refresh_token").value() == "refresh");
    BOOST_TEST(user.tokens().access_token == "another");
    BOOST_TEST(user.tokens().refresh_token == "next");
    BOOST_TEST(user.claim("email").value() == "new@example.com");

    provider.claims = {{"nonce", "of another login"}};
    BOOST_CHECK_EXCEPTION(
        run([&] { return site.provider->refresh(*site.user); }),
        auth::AuthError,
        [](const auto& error) { return error.code() == Errc::wrong_nonce; }
    );
    provider.claims = {{"nonce", nullptr}, {"email", "new@example.com"}, {"sub", "eva"}};
    BOOST_CHECK_EXCEPTION(
        run([&] { return site.provider->refresh(user); }),
        auth::AuthError,
        [](const auto& error) { return error.code() == Errc::wrong_subject; }
    );
    // A provider need send neither.
    provider.token_answer = {
        {"access_token", "third"}, {"refresh_token", nullptr}, {"id_token", nullptr}};
    user = run([&] { return site.provider->refresh(user); });
    BOOST_TEST(user.tokens().access_token == "third");
    BOOST_TEST(user.tokens().refresh_token == "next");
    BOOST_TEST(user.claim("email").value() == "new@example.com");

    const auth::OpenIDUser none{json::object{}, auth::Tokens{}, "/"};
    BOOST_CHECK_THROW(static_cast<void>(site.provider->refresh(none)), std::logic_error);
}

BOOST_FIXTURE_TEST_CASE(the_provider_is_asked_about_a_user, OpenIDTest) {
    BOOST_TEST(log_in() == std::error_code{});
    const auto info = run([&] { return site.provider->userinfo(*site.user); });
    BOOST_TEST(info.at("name").as_string() == "Anna");
    BOOST_TEST(provider.authorization == "Bearer access");
    provider.subject = "eva";
    BOOST_CHECK_EXCEPTION(
        run([&] { return site.provider->userinfo(*site.user); }),
        auth::AuthError,
        [](const auto& error) { return error.code() == Errc::wrong_subject; }
    );
}

BOOST_FIXTURE_TEST_CASE(a_logout_goes_to_the_provider_too, OpenIDTest) {
    const auto response = get("/logout?hint=token");
    BOOST_TEST(header(response, "Location").starts_with(provider.issuer + "/logout?"));
    BOOST_TEST(redirect_argument(response, "client_id") == "client");
    BOOST_TEST(redirect_argument(response, "post_logout_redirect_uri") == "http://example.com/");
    BOOST_TEST(redirect_argument(response, "id_token_hint") == "token");
    BOOST_TEST(redirect_argument(get("/logout"), "id_token_hint") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(a_provider_without_logout_leaves_it_at_ours, OpenIDTest) {
    auto about = provider.about();
    about.erase("end_session_endpoint");
    provider.discovery = [about](web::RequestHandler& handler) {
        handler.write(about);
        return Future<void>::ready();
    };
    BOOST_TEST(header(get("/logout"), "Location") == "http://example.com/");
    start({});
    provider.discovery = [](web::RequestHandler& handler) {
        handler.set_status(503);
        return Future<void>::ready();
    };
    const testing::ExpectLog expected{logging::gen_log(), "provider"};
    BOOST_TEST(get("/logout").code == 502);
}

BOOST_FIXTURE_TEST_CASE(access_tokens_are_verified_for_apis, OpenIDTest) {
    const auto error_of = [&](const std::string& token) {
        try {
            run([&] { return site.provider->verify_access_token(token, "https://api.example"); });
        } catch (const auth::AuthError& error) {
            return error.code();
        }
        return std::error_code{};
    };
    provider.head = {{"alg", "ES256"}, {"kid", "one"}, {"typ", "at+jwt"}};
    provider.claims = {{"aud", "https://api.example"}, {"nonce", nullptr}};
    BOOST_TEST(error_of(provider.id_token()) == std::error_code{});
    provider.claims["aud"] = "client";
    BOOST_TEST(error_of(provider.id_token()) == Errc::wrong_audience);
    provider.claims["aud"] = "https://api.example";
    provider.claims["exp"] = 1;
    BOOST_TEST(error_of(provider.id_token()) == Errc::token_expired);
    provider.claims.erase("exp");
    provider.head.pop_back();
    BOOST_TEST(error_of(provider.id_token()) == Errc::wrong_type);

    provider.claims.clear();
    const auto claims = run([&] { return site.provider->verify_id_token(provider.id_token()); });
    BOOST_TEST(claims.at("sub").as_string() == "anna");
    provider.nonce = "of another login";
    BOOST_CHECK_EXCEPTION(
        run([&] { return site.provider->verify_id_token(provider.id_token(), "of this login"); }),
        auth::AuthError,
        [](const auto& error) { return error.code() == Errc::wrong_nonce; }
    );
}

BOOST_AUTO_TEST_SUITE_END()
