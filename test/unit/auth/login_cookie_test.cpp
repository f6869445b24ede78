#include <tornado/auth/open_id_connect.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "open_id_provider.hpp"

// The cookie that a login waits in, and what logs say of its callback.

BOOST_AUTO_TEST_SUITE(login_cookie)

std::vector<std::string> set_cookies(const testing::HTTPResponse& response) {
    std::vector<std::string> all;
    for (const auto& field : response.headers.get_list("Set-Cookie")) {
        all.emplace_back(field);
    }
    return all;
}

std::size_t size_of(const std::map<std::string, std::string>& cookies) {
    std::size_t size = 0;
    for (const auto& [name, value] : cookies) {
        size += name.size() + value.size();
    }
    return size;
}

// Logs

BOOST_FIXTURE_TEST_CASE(one_time_codes_are_in_no_log, OpenIDTest) {
    const testing::ExpectLog secret{
        logging::access_log(), "SECRET", {.level = logging::Level::info, .required = false}};
    const testing::ExpectLog secret_too{logging::gen_log(), "SECRET", {.required = false}};
    const testing::ExpectLog line{
        logging::access_log(), "GET /logged\\?code=…&state=… ", {.level = logging::Level::info}};
    get("/logged?code=SECRET&state=" + begin());
    BOOST_TEST(site.user.has_value());
    for (const std::string more : {"", "%ff"}) {
        const testing::ExpectLog warning{
            logging::gen_log(), "GET /logged\\?code=…&x=…&state=… \\(127"};
        const testing::ExpectLog refused{
            logging::access_log(),
            "GET /logged\\?code=…&x=…&state=… ",
            {.level = logging::Level::warning}};
        get("/logged?code=SECRET&x=SECRET&state=SECRET" + more);
    }
    BOOST_TEST(secret.count() == 0U);
    BOOST_TEST(secret_too.count() == 0U);
}

// Behind a proxy that does the TLS

BOOST_FIXTURE_TEST_CASE(a_login_that_comes_back_by_https_has_a_secure_cookie, OpenIDTest) {
    site.callback = "https://example.com/callback";
    const auto there = get("/login");
    const auto cookie = header(there, "Set-Cookie");
    BOOST_TEST(cookie.starts_with("__Host-_login_"));
    BOOST_TEST(cookie.find("; Secure") != std::string::npos);
    BOOST_TEST(cookie.find("; Path=/") != std::string::npos);
    BOOST_TEST(cookie.find("Domain") == std::string::npos);
    provider.nonce = redirect_argument(there, "nonce");
    const auto back = come_back(redirect_argument(there, "state"));
    BOOST_TEST(back.code == 302);
    // A browser heeds the deletion only if that is secure too.
    BOOST_TEST(header(back, "Set-Cookie").starts_with("__Host-_login_"));
    BOOST_TEST(header(back, "Set-Cookie").find("; Secure") != std::string::npos);
    BOOST_TEST(cookies.empty());
}

BOOST_FIXTURE_TEST_CASE(a_secure_cookie_is_none_under_a_name_that_others_can_set, OpenIDTest) {
    site.callback = "https://example.com/callback";
    const auto state = begin();
    const auto cookie = *cookies.begin();
    cookies = {{cookie.first.substr(std::string_view{"__Host-"}.size()), cookie.second}};
    come_back(state);
    BOOST_TEST(site.error == Errc::unknown_state);
}

// Many of them

BOOST_FIXTURE_TEST_CASE(a_thousand_login_cookies_are_not_all_looked_at, OpenIDTest) {
    for (int i = 0; i < 1'000; ++i) {
        auto number = std::to_string(i);
        cookies["_login_AAAAAAAAAAAA" + std::string(4 - number.size(), 'A') + number] = "";
    }
    cookies["_login_hint"] = "theirs";
    cookies["_login_["] = "planted";
    cookies["__Host-_login_"] = "planted";
    const auto response = fetch("/login", {.follow_redirects = false, .headers = cookie_header()});
    BOOST_TEST(response.code == 302);
    const auto all = set_cookies(response);
    BOOST_TEST(all.size() > 8U);
    BOOST_TEST(all.size() <= 33U);
    BOOST_TEST(std::count_if(all.begin(), all.end(), [](const std::string& cookie) {
                   return cookie.starts_with("_login_hint=") || cookie.starts_with("_login_[=") ||
                          cookie.starts_with("__Host-_login_=");
               }) == 0);
}

BOOST_FIXTURE_TEST_CASE(login_cookies_fit_into_the_line_that_servers_take, OpenIDTest) {
    const std::string next(511, 'x');
    for (int i = 0; i < 12; ++i) {
        begin("/login?next=/" + next);
        BOOST_TEST(size_of(cookies) <= 4'096U);
    }
    BOOST_TEST(cookies.size() >= 2U);
    BOOST_TEST(header(come_back(begin("/login?next=/" + next)), "Location") == "/" + next);
    BOOST_TEST(header(come_back(begin("/login?next=/" + next + "x")), "Location") == "/");
}

// Misuse

struct Misuse {
    std::string message;
};

struct MisusedLogin : web::RequestHandler {
    MisusedLogin(Site& its, Misuse& where) : site{its}, misuse{where} {}
    Future<void> get() {
        try {
            auth::LoginRequest login{"https://example.com/callback"};
            if (const auto name = get_argument("name", ""); !name.empty()) {
                login.parameter(name, "7");
            }
            if (const auto scope = get_argument("scope", ""); !scope.empty()) {
                login.scope(scope);
            }
            co_await site.provider->authorize_redirect(*this, std::move(login));
        } catch (const std::invalid_argument& error) {
            misuse.message = error.what();
        }
    }
    Site& site;
    Misuse& misuse;
};

struct MisuseTest : AuthTest {
    MisuseTest() {
        routes = {
            web::url<DiscoveryHandler>("/op/.well-known/openid-configuration", std::ref(provider)),
            web::url<MisusedLogin>("/login", std::ref(site), std::ref(misuse))};
    }
    void start() {
        provider.issuer = get_url("/op");
        site.provider = std::make_unique<auth::OpenIDConnect>(auth::OpenIDConnectOptions{
            .client_id = "client", .issuer = provider.issuer});
    }
    bool refuses(const std::string& arguments, const std::string& word) {
        misuse.message.clear();
        get("/login?" + arguments);
        return misuse.message.find(word) != std::string::npos && cookies.empty();
    }
    Provider provider;
    Site site;
    Misuse misuse;
};

BOOST_FIXTURE_TEST_CASE(what_protects_a_login_cannot_be_set_by_its_caller, MisuseTest) {
    start();
    for (const std::string name :
         {"state",
          "nonce",
          "redirect_uri",
          "client_id",
          "response_type",
          "response_mode",
          "code_challenge",
          "code_challenge_method",
          "request",
          "request_uri",
          "scope"}) {
        BOOST_TEST(refuses("name=" + name, "the parameter " + name + " "));
    }
    BOOST_TEST(refuses("name=max_age", "LoginRequest::max_age()"));
    BOOST_TEST(refuses("scope=email", "openid"));
    BOOST_TEST(provider.metadata_requests == 0);  // it is refused at once
    misuse.message.clear();
    get("/login?name=login_hint&scope=openid");
    BOOST_TEST(misuse.message == "");
    BOOST_TEST(cookies.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_login_needs_a_secret_for_its_cookie, MisuseTest) {
    settings.cookie_secret = {};
    start();
    BOOST_TEST(refuses("", "ApplicationSettings::cookie_secret"));
}

BOOST_FIXTURE_TEST_CASE(of_several_secrets_one_is_chosen, MisuseTest) {
    settings.cookie_secret = {{0, "former"}, {1, "present"}};
    start();
    BOOST_TEST(refuses("", "ApplicationSettings::key_version"));
}

BOOST_AUTO_TEST_SUITE_END()
