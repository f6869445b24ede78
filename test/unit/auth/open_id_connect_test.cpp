#include <tornado/auth/open_id_connect.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "open_id_provider.hpp"

BOOST_AUTO_TEST_SUITE(open_id_connect)

BOOST_FIXTURE_TEST_CASE(a_login_goes_to_the_provider_and_back, OpenIDTest) {
    const auto there = get("/login?next=/account%3Fa=b");
    BOOST_TEST(there.code == 302);
    BOOST_TEST(header(there, "Location").starts_with(provider.issuer + "/authorize?"));
    BOOST_TEST(redirect_argument(there, "response_type") == "code");
    BOOST_TEST(redirect_argument(there, "client_id") == "client");
    BOOST_TEST(redirect_argument(there, "redirect_uri") == site.callback);
    BOOST_TEST(redirect_argument(there, "scope") == "openid profile email");
    BOOST_TEST(redirect_argument(there, "code_challenge_method") == "S256");
    BOOST_TEST(redirect_argument(there, "prompt") == "login");
    BOOST_TEST(redirect_argument(there, "state").size() == 43U);
    BOOST_TEST(redirect_argument(there, "nonce").size() == 43U);
    BOOST_TEST(header(there, "Set-Cookie").find("; HttpOnly") != std::string::npos);
    BOOST_TEST(header(there, "Set-Cookie").find("; SameSite=Lax") != std::string::npos);

    provider.nonce = redirect_argument(there, "nonce");
    const auto back = come_back(redirect_argument(there, "state"));
    BOOST_TEST(header(back, "Location") == "/account?a=b");
    BOOST_TEST(cookies.empty());
    BOOST_REQUIRE(site.user);
    BOOST_TEST(site.user->subject() == "anna");
    BOOST_TEST(site.user->issuer() == provider.issuer);
    BOOST_TEST(site.user->claim("email").value() == "anna@example.com");
    BOOST_TEST(!site.user->claim("exp"));
    BOOST_TEST(site.user->claims().contains("exp"));
    BOOST_TEST(site.user->tokens().access_token == "access");
    BOOST_TEST(site.user->tokens().refresh_token == "refresh");
    BOOST_TEST(site.user->tokens().expires.has_value());
}

BOOST_FIXTURE_TEST_CASE(the_code_is_exchanged_with_the_verifier_and_the_secret, OpenIDTest) {
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(provider.form.last("grant_type").value() == "authorization_code");
    BOOST_TEST(provider.form.last("code").value() == "code");
    BOOST_TEST(provider.form.last("redirect_uri").value() == site.callback);
    BOOST_TEST(!provider.form.contains("client_secret"));
    BOOST_TEST(provider.authorization == "Basic Y2xpZW50OnRoZStzZWNyZXQ=");  // client:the+secret
    const std::string verifier{provider.form.last("code_verifier").value()};
    BOOST_TEST(verifier.size() == 43U);
    BOOST_TEST(sha256_base64url(verifier) == provider.challenge);
}

BOOST_FIXTURE_TEST_CASE(a_provider_may_want_the_secret_in_the_form, OpenIDTest) {
    provider.metadata["token_endpoint_auth_methods_supported"] = json::array{"client_secret_post"};
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(provider.form.last("client_secret").value() == "the secret");
    BOOST_TEST(provider.form.last("client_id").value() == "client");
    BOOST_TEST(provider.authorization == "");
}

BOOST_FIXTURE_TEST_CASE(the_provider_is_asked_about_itself_once, OpenIDTest) {
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(provider.metadata_requests == 1);
    BOOST_TEST(provider.key_requests == 1);
}

BOOST_FIXTURE_TEST_CASE(the_client_is_the_one_that_the_options_name, OpenIDTest) {
    auth::OpenIDConnectOptions options;
    options.http_client = own_client();
    start(std::move(options));
    BOOST_TEST(log_in() == std::error_code{});
    BOOST_TEST(provider.metadata_requests == 1);
    BOOST_TEST(provider.key_requests == 1);
    const std::set<std::string> ours{"our own"};
    BOOST_TEST(provider.user_agents == ours, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(only_a_path_of_ours_is_where_one_goes_afterwards, OpenIDTest) {
    for (const std::string next :
         {"//evil.example",
          "/%5Cevil.example",
          "https://evil.example/",
          "/%09/evil.example",
          "evil"}) {
        const auto back = come_back(begin("/login?next=" + next));
        BOOST_TEST(header(back, "Location") == "/");
    }
}

BOOST_FIXTURE_TEST_CASE(tabs_log_in_side_by_side, OpenIDTest) {
    const auto first = begin("/login?next=/first");
    const auto nonce_of_first = provider.nonce;
    const auto second = begin("/login?next=/second");
    BOOST_TEST(cookies.size() == 2U);
    BOOST_TEST(header(come_back(second), "Location") == "/second");
    provider.nonce = nonce_of_first;
    BOOST_TEST(header(come_back(first), "Location") == "/first");
}

BOOST_FIXTURE_TEST_CASE(of_many_logins_under_way_the_newest_are_kept, OpenIDTest) {
    const auto first = begin();
    for (int i = 0; i < 11; ++i) {
        begin();
    }
    BOOST_TEST(cookies.size() == 8U);
    const auto last = begin();
    BOOST_TEST(cookies.size() == 8U);
    BOOST_TEST(come_back(first).code == 403);
    BOOST_TEST(site.error == Errc::unknown_state);
    BOOST_TEST(come_back(last).code == 302);
}

// What the browser brings back

BOOST_FIXTURE_TEST_CASE(a_tampered_state_is_refused, OpenIDTest) {
    auto state = begin();
    state.back() = state.back() == 'A' ? 'B' : 'A';
    BOOST_TEST(come_back(state).code == 403);
    BOOST_TEST(site.error == Errc::unknown_state);
    come_back("");
    BOOST_TEST(site.error == Errc::missing_state);
    BOOST_TEST(provider.form.empty());
}

BOOST_FIXTURE_TEST_CASE(a_tampered_cookie_is_refused, OpenIDTest) {
    const auto state = begin();
    auto& cookie = cookies.begin()->second;
    const auto whole = cookie;
    for (const auto at : {std::size_t{0}, std::size_t{3}, whole.size() / 2, whole.size() - 2}) {
        cookie = whole;
        cookie[at] = cookie[at] == 'A' ? 'B' : 'A';
        come_back(state);
        BOOST_TEST(site.error == Errc::unknown_state);
    }
    for (const std::string other : {"0.", "0.AAAA", "x", "1.AAAA", "999999999999.AAAA"}) {
        cookie = other;
        come_back(state);
        BOOST_TEST(site.error == Errc::unknown_state);
    }
    // Nothing of a login can be read in it.
    BOOST_TEST(whole.find(state) == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_login_begun_in_another_browser_is_refused, OpenIDTest) {
    const auto state = begin();
    cookies.clear();
    come_back(state);
    BOOST_TEST(site.error == Errc::unknown_state);
}

BOOST_FIXTURE_TEST_CASE(a_replayed_callback_is_refused, OpenIDTest) {
    const auto state = begin();
    const auto before = cookies;
    BOOST_TEST(come_back(state).code == 302);
    come_back(state);
    BOOST_TEST(site.error == Errc::login_replayed);
    cookies = before;
    come_back(state);
    BOOST_TEST(site.error == Errc::login_replayed);
}

BOOST_FIXTURE_TEST_CASE(a_login_that_takes_too_long_is_refused, OpenIDTest) {
    start({.login_lifetime = 0s});
    // A browser would have dropped the cookie: keep it as one that does not.
    const auto response = fetch("/login", {.follow_redirects = false});
    const auto cookie = header(response, "Set-Cookie");
    cookies[cookie.substr(0, cookie.find('='))] =
        cookie.substr(cookie.find('=') + 1, cookie.find(';') - cookie.find('=') - 1);
    come_back(redirect_argument(response, "state"));
    BOOST_TEST(site.error == Errc::login_expired);
}

BOOST_FIXTURE_TEST_CASE(the_providers_refusal_is_told, OpenIDTest) {
    come_back(begin(), "&error=access_denied");
    BOOST_TEST(site.error == Errc::access_denied);
    come_back(begin(), "&error=server_error&error_description=too%0Atired");
    BOOST_TEST(site.error == Errc::provider_refused);
    BOOST_TEST(site.message == "the provider refuses: server_error: too?tired");
    for (const std::string error :
         {"login_required",
          "interaction_required",
          "consent_required",
          "account_selection_required"}) {
        BOOST_TEST(come_back(begin(), "&error=" + error).code == 403);
        BOOST_TEST(site.error == Errc::access_denied);
    }
    come_back("", "&error=access_denied");
    BOOST_TEST(site.error == Errc::missing_state);
    come_back(begin(), "");
    BOOST_TEST(site.error == Errc::missing_code);
}

BOOST_FIXTURE_TEST_CASE(an_answer_of_another_provider_is_refused, OpenIDTest) {
    come_back(begin(), "&code=code&iss=https://other.example");
    BOOST_TEST(site.error == Errc::wrong_provider);
    come_back(begin(), "&code=code&iss=" + tornado::escape::url_escape(provider.issuer));
    BOOST_TEST(site.error == std::error_code{});
    provider.metadata["authorization_response_iss_parameter_supported"] = true;
    start({});
    BOOST_TEST(log_in() == Errc::wrong_provider);
}

BOOST_FIXTURE_TEST_CASE(a_login_with_one_provider_is_none_with_another, OpenIDTest) {
    const auto state = begin();
    auth::OpenIDConnectOptions other{.client_id = "another client", .issuer = provider.issuer};
    site.provider = std::make_unique<auth::OpenIDConnect>(std::move(other));
    come_back(state);
    BOOST_TEST(site.error == Errc::wrong_provider);
}

// Misuse

BOOST_AUTO_TEST_CASE(options_are_checked) {
    const auto refused = [](auth::OpenIDConnectOptions options) {
        BOOST_CHECK_THROW(auth::OpenIDConnect{std::move(options)}, std::invalid_argument);
    };
    const std::string issuer = "https://example.com";
    refused({.client_id = "client"});
    refused({.client_id = "client", .issuer = "http://example.com"});
    refused({.client_id = "client", .issuer = "http://localhost.example.com"});
    refused({.client_id = "client", .issuer = "http://127.0.0.1.example.com"});
    refused({.client_id = "client", .issuer = "ftp://example.com"});
    refused({.client_id = "client", .issuer = "https://user@example.com"});
    refused({.client_id = "client", .issuer = issuer + "/.well-known/openid-configuration"});
    refused({.client_id = "client", .issuer = issuer + "/?a=b"});
    refused({.client_id = "client", .issuer = issuer + "/#f"});
    refused({.client_id = "client", .issuer = issuer + "/ y"});
    refused({.issuer = issuer});
    refused({.client_id = "client", .issuer = issuer, .scope = "email"});
    refused({.client_id = "client", .issuer = issuer, .login_lifetime = 2h});
    refused({.algorithms = {}, .client_id = "client", .issuer = issuer});
    refused({.algorithms = {"RS256", "HS256"}, .client_id = "client", .issuer = issuer});
    refused({.client_id = "client", .issuer = issuer, .timeout = 0s});
    refused({.client_id = "client", .issuer = issuer, .leeway = -1s});
    refused({.client_id = "client", .issuer = issuer, .login_lifetime = -5s});
    refused({.client_id = "client", .grace = -1s, .issuer = issuer});
    BOOST_CHECK_THROW(auth::LoginRequest{"/"}.max_age(-5s), std::invalid_argument);
    const auth::OpenIDConnect here{{.client_id = "client", .issuer = "http://localhost:3000"}};
    const auth::OpenIDConnect inside{
        {.allow_http = true, .client_id = "client", .issuer = "http://keycloak:8080/realms/one"}};
}

BOOST_AUTO_TEST_SUITE_END()
