#include <tornado/auth/oauth_mixin.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/auth/twitter.hpp>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(oauth)

using auth::ConsumerToken;
using auth::Parameters;

/// A request token as a provider of OAuth 1.0a gives it.
std::string token(const std::string& key) {
    return "oauth_token=" + key + "&oauth_token_secret=1234&oauth_callback_confirmed=true";
}

/// A provider of OAuth 1.0, which keeps what it was sent.
struct OAuthProvider {
    ConsumerToken consumer{"asdf", "qwer"};
    std::string request_token = token("zxcv");
    std::string access_token = "oauth_token=uiop&oauth_token_secret=5678&screen_name=foo";
    std::string authorization;
    std::string query;
    std::string user_agent;
    bool fails = false;
    bool knows_ids = true;

    /// Keeps what a request was sent with. Throws 401 unless it is signed by our site, with the
    /// secret of the token that it bears.
    void check(const httputil::HTTPServerRequest& request);
};

void OAuthProvider::check(const httputil::HTTPServerRequest& request) {
    authorization = request.headers().get("Authorization").value_or("");
    query = request.query();
    user_agent = request.headers().get("User-Agent").value_or("");
    Parameters given;
    std::string key;
    std::string signature;
    std::string_view rest = authorization;
    rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    while (!rest.empty()) {
        const auto field = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(field.size() + 1, rest.size()));
        const auto equals = field.find("=\"");
        const std::string name{field.substr(1, equals - 1)};
        const auto value = tornado::escape::url_unescape(
            field.substr(equals + 2, field.size() - equals - 3), false
        );
        if (name == "oauth_signature") {
            signature = value;
            continue;
        }
        key = name == "oauth_token" ? value : key;
        given.emplace_back(name, value);
    }
    for (const auto& [name, value] : httputil::parse_arguments(request.body())) {
        given.emplace_back(name, value);
    }
    const std::map<std::string, std::string> secrets{{"", ""}, {"uiop", "5678"}, {"hjkl", "vbnm"}};
    const auto known = secrets.find(key);
    const std::string secret = known == secrets.end() ? "1234" : known->second;
    const auto expected =
        auth::oauth_signature(request.method(), request.full_url(), given, consumer, {key, secret});
    if (signature != expected) {
        throw web::HTTPError{401};
    }
}

struct TokenEndpoint : web::RequestHandler {
    explicit TokenEndpoint(OAuthProvider& its) : provider{its} {}
    void get(std::string_view kind) {
        provider.check(request());
        if (provider.fails) {
            throw web::HTTPError{500};
        }
        write(kind == "request" ? provider.request_token : provider.access_token);
    }
    void log_exception(std::exception_ptr /*error*/) override {}
    OAuthProvider& provider;
};

struct Endpoints {
    std::string base;
    auth::OAuthVersion version = auth::OAuthVersion::v1_0a;
    std::optional<tornado::httpclient::AsyncHTTPClient> client;
    bool no_callbacks = false;
    std::error_code error;
};

struct OAuthLogin : web::RequestHandler, auth::OAuthMixin {
    explicit OAuthLogin(Endpoints& its) : at{its} {}
    [[nodiscard]] std::string oauth_request_token_url() const override {
        return at.base + "/request_token";
    }
    [[nodiscard]] std::string oauth_authorize_url() const override {
        return at.base + "/authorize";
    }
    [[nodiscard]] std::string oauth_access_token_url() const override {
        return at.base + "/access_token";
    }
    [[nodiscard]] auth::OAuthVersion oauth_version() const override { return at.version; }
    [[nodiscard]] bool oauth_no_callbacks() const override { return at.no_callbacks; }
    [[nodiscard]] tornado::httpclient::AsyncHTTPClient get_auth_http_client() override {
        return at.client ? *at.client : OAuthMixin::get_auth_http_client();
    }
    [[nodiscard]] ConsumerToken oauth_consumer_token() const override { return {"asdf", "qwer"}; }
    Future<json::object> oauth_get_user(json::object access_token) override {
        if (!get_argument("fail_in_get_user", "").empty()) {
            throw std::runtime_error{"failing in get_user"};
        }
        json::object user;
        user["email"] = access_token["key"].as_string() == "uiop" ? "foo@example.com" : "nobody";
        co_return user;
    }
    Future<void> get() {
        try {
            if (get_argument("oauth_token", "").empty()) {
                auth::Parameters more;
                if (const auto type = get_argument("more", ""); !type.empty()) {
                    more.emplace_back("x_auth_access_type", type);
                }
                co_await authorize_redirect(get_argument("callback", ""), std::move(more));
            } else {
                const auto user = co_await get_authenticated_user();
                write(user);
            }
        } catch (const auth::AuthError& error) {
            at.error = error.code();
            throw;
        }
    }
    void log_exception(std::exception_ptr /*error*/) override {}
    Endpoints& at;
};

struct OAuthTest : AuthTest {
    OAuthTest() {
        routes = {
            web::url<TokenEndpoint>("/provider/(request|access)_token", std::ref(provider)),
            web::url<TokenEndpoint>("/other/(request|access)_token", std::ref(provider)),
            web::url<OAuthLogin>("/login", std::ref(at))};
        at.base = get_url("/provider");
    }
    OAuthProvider provider;
    Endpoints at;
};

BOOST_FIXTURE_TEST_CASE(one_is_sent_to_the_provider_with_a_request_token, OAuthTest) {
    for (const auto version : {auth::OAuthVersion::v1_0, auth::OAuthVersion::v1_0a}) {
        at.version = version;
        const auto response = get("/login");
        BOOST_TEST(response.code == 302);
        BOOST_TEST(header(response, "Location").ends_with("/provider/authorize?oauth_token=zxcv"));
        BOOST_TEST(cookies.size() == 1U);
        BOOST_TEST(
            cookies.begin()->second.find("MTIzNA") == std::string::npos
        );  // the secret is hidden
        BOOST_TEST(provider.authorization.starts_with("OAuth oauth_consumer_key=\"asdf\", "));
        BOOST_TEST(provider.query == "");
    }
    BOOST_TEST(provider.authorization.find("oauth_callback=\"oob\"") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_callback_is_told_to_the_provider, OAuthTest) {
    get("/login?callback=/back");
    const auto url = tornado::escape::url_escape(get_url("/back"));
    BOOST_TEST(provider.authorization.find("oauth_callback=\"" + url + "\"") != std::string::npos);
    at.version = auth::OAuthVersion::v1_0;
    BOOST_TEST(
        redirect_argument(get("/login?callback=/back"), "oauth_callback") == get_url("/back")
    );
    const auto out_of_band = get("/login?callback=oob");
    BOOST_TEST(out_of_band.body == at.base + "/authorize?oauth_token=zxcv");
}

BOOST_FIXTURE_TEST_CASE(a_provider_that_takes_no_callbacks_is_told_none, OAuthTest) {
    at.no_callbacks = true;
    BOOST_TEST(get("/login?callback=/back").code == 500);
    BOOST_TEST(provider.authorization == "");
    BOOST_TEST(get("/login").code == 302);
}

BOOST_FIXTURE_TEST_CASE(the_client_is_the_one_that_the_handler_names, OAuthTest) {
    at.client.emplace(own_client());
    get("/login");
    BOOST_TEST(provider.user_agent == "our own");
    provider.user_agent = "";
    BOOST_TEST(get("/login?oauth_token=zxcv&oauth_verifier=v").code == 200);
    BOOST_TEST(provider.user_agent == "our own");
}

BOOST_FIXTURE_TEST_CASE(whoever_comes_back_is_known, OAuthTest) {
    get("/login");
    auto user = object_of(get("/login?oauth_token=zxcv&oauth_verifier=v"));
    BOOST_TEST(user["email"].as_string() == "foo@example.com");
    BOOST_TEST(user["access_token"].at("key").as_string() == "uiop");
    BOOST_TEST(user["access_token"].at("secret").as_string() == "5678");
    BOOST_TEST(provider.authorization.find("oauth_verifier=\"v\"") != std::string::npos);
    BOOST_TEST(cookies.empty());

    get("/login?oauth_token=zxcv&oauth_verifier=v");
    BOOST_TEST(at.error == Errc::login_replayed);
}

BOOST_FIXTURE_TEST_CASE(equal_tokens_of_two_providers_are_two_logins, OAuthTest) {
    for (const std::string base : {"/provider", "/other"}) {
        at.base = get_url(base);
        get("/login");
        BOOST_TEST(get("/login?oauth_token=zxcv&oauth_verifier=v").code == 200);
    }
}

BOOST_FIXTURE_TEST_CASE(the_older_version_has_no_verifier, OAuthTest) {
    provider.request_token = token("old");
    get("/login");
    get("/login?oauth_token=old");
    BOOST_TEST(at.error == Errc::missing_verifier);
    at.version = auth::OAuthVersion::v1_0;
    provider.request_token = "oauth_token=older&oauth_token_secret=1234";
    get("/login");
    BOOST_TEST(
        object_of(get("/login?oauth_token=older"))["email"].as_string() == "foo@example.com"
    );
}

BOOST_FIXTURE_TEST_CASE(another_token_than_the_browser_was_sent_with_is_refused, OAuthTest) {
    get("/login");
    get("/login?oauth_token=other&oauth_verifier=v");
    BOOST_TEST(at.error == Errc::unknown_state);
    cookies.clear();
    provider.request_token = token("theirs");
    get("/login?oauth_token=theirs&oauth_verifier=v");
    BOOST_TEST(at.error == Errc::unknown_state);
}

BOOST_FIXTURE_TEST_CASE(a_provider_that_fails_ends_in_an_error, OAuthTest) {
    provider.fails = true;
    BOOST_TEST(get("/login").code == 502);
    BOOST_TEST(at.error == Errc::provider_status);
    provider.fails = false;
    for (const auto& answer :
         {std::string{},
          std::string{"<html>"},
          std::string{"oauth_token="},
          std::string{"oauth_token=a"},
          token(std::string(513, 'a')),
          token("a%00"),
          token("%ff"),
          token("a") + "&oauth_token_secret=" + std::string(513, 'a'),
          token("a") + "&oauth_token_secret=%0a",
          token("a") + "&name=%ff"}) {
        provider.request_token = answer;
        BOOST_TEST(get("/login").code == 502);
        BOOST_TEST(at.error == Errc::answer_malformed);
    }
}

BOOST_FIXTURE_TEST_CASE(a_provider_that_does_not_confirm_the_callback_is_refused, OAuthTest) {
    for (const std::string more : {"", "&oauth_callback_confirmed=false"}) {
        provider.request_token = "oauth_token=zxcv&oauth_token_secret=1234" + more;
        BOOST_TEST(get("/login").code == 502);
        BOOST_TEST(at.error == Errc::answer_malformed);
        BOOST_TEST(cookies.empty());
    }
    at.version = auth::OAuthVersion::v1_0;  // which knows no such thing
    BOOST_TEST(get("/login").code == 302);
}

BOOST_FIXTURE_TEST_CASE(a_token_may_be_a_line_of_text, OAuthTest) {
    provider.request_token = token("line") + "\r\n";
    BOOST_TEST(get("/login").code == 302);
}

BOOST_FIXTURE_TEST_CASE(what_else_comes_with_a_token_is_not_the_token, OAuthTest) {
    provider.access_token = "key=other&oauth_token=uiop&oauth_token_secret=5678&secret=other";
    provider.request_token = token("more");
    get("/login");
    auto user = object_of(get("/login?oauth_token=more&oauth_verifier=v"));
    BOOST_TEST(user["access_token"].at("key").as_string() == "uiop");
    BOOST_TEST(user["access_token"].at("secret").as_string() == "5678");
}

BOOST_FIXTURE_TEST_CASE(more_parameters_go_into_the_query, OAuthTest) {
    get("/login?more=x%20y");
    BOOST_TEST(provider.query == "x_auth_access_type=x+y");
    BOOST_TEST(provider.authorization.find("x_auth_access_type") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_login_that_comes_back_by_https_has_a_secure_cookie, OAuthTest) {
    const auto cookie = header(get("/login?callback=https://example.com/back"), "Set-Cookie");
    BOOST_TEST(cookie.starts_with("__Host-_login_"));
    BOOST_TEST(cookie.find("; Secure") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(what_oauth_get_user_throws_comes_out, OAuthTest) {
    provider.request_token = token("failing");
    get("/login");
    BOOST_TEST(
        get("/login?oauth_token=failing&oauth_verifier=v&fail_in_get_user=true").code == 500
    );
}

struct ParametersHandler : OAuthLogin {
    using OAuthLogin::OAuthLogin;
    void get() {
        json::object all;
        for (const auto& [name, value] : oauth_request_parameters(
                 "http://www.example.com/api/asdf", {"uiop", "5678"}, {{"foo", "bar"}}
             )) {
            all[name] = value;
        }
        write(all);
    }
};

BOOST_FIXTURE_TEST_CASE(a_request_has_its_parameters, AuthTest) {
    Endpoints at;
    routes = {web::url<ParametersHandler>("/", std::ref(at))};
    auto all = object_of(get("/"));
    BOOST_TEST(all["oauth_consumer_key"].as_string() == "asdf");
    BOOST_TEST(all["oauth_token"].as_string() == "uiop");
    BOOST_TEST(all["oauth_version"].as_string() == "1.0");
    BOOST_TEST(all.contains("oauth_nonce"));
    BOOST_TEST(all.contains("oauth_signature"));
    BOOST_TEST(!all.contains("foo"));
}

// Twitter

struct TwitterLogin : web::RequestHandler, auth::TwitterMixin {
    explicit TwitterLogin(Endpoints& its) : at{its} {}
    [[nodiscard]] std::string oauth_request_token_url() const override {
        return at.base + "/request_token";
    }
    [[nodiscard]] std::string oauth_authorize_url() const override {
        return at.base + "/authorize";
    }
    [[nodiscard]] std::string oauth_access_token_url() const override {
        return at.base + "/access_token";
    }
    [[nodiscard]] std::string oauth_authenticate_url() const override {
        return at.base + "/authenticate";
    }
    [[nodiscard]] std::string twitter_base_url() const override { return at.base + "/api"; }
    Future<void> get(std::string_view what) {
        ConsumerToken token{"hjkl", "vbnm"};
        if (what == "show") {
            const auto path = "/users/show/" + get_argument("name");
            const auto user = co_await twitter_request(path, std::move(token));
            write(user);
        } else if (what == "search") {
            const auto found = co_await twitter_request("/search", std::move(token), arguments);
            write(found);
        } else if (what == "post") {
            const auto posted = co_await twitter_post("/update", std::move(token), arguments);
            write(posted);
        } else if (!get_argument("oauth_token", get_argument("denied", "")).empty()) {
            try {
                const auto user = co_await get_authenticated_user();
                write(user);
            } catch (const auth::AuthError& error) {
                at.error = error.code();
                throw;
            }
        } else if (what == "authenticate") {
            co_await authenticate_redirect();
        } else if (what == "back") {
            co_await authenticate_redirect("/back");
        } else {
            co_await authorize_redirect();
        }
    }
    void log_exception(std::exception_ptr /*error*/) override {}
    const Parameters arguments{{"q", "a b&c"}, {"text", "caf\xc3\xa9"}};
    Endpoints& at;
};

struct TwitterApi : web::RequestHandler {
    explicit TwitterApi(OAuthProvider& its) : provider{its} {}
    void post(std::string_view what) { get(what); }
    void get(std::string_view what) {
        provider.check(request());
        if (what == "search" || what == "update") {
            write(json::object{{"q", get_argument("q")}, {"text", get_argument("text")}});
            return;
        }
        if (what == "users/show/error") {
            throw web::HTTPError{500};
        }
        const std::string name{
            what == "account/verify_credentials" ? "foo" : what.substr(what.rfind('/') + 1)};
        json::object user{{"screen_name", name}, {"name", "The " + name}};
        if (provider.knows_ids) {
            user["id"] = 7;
        }
        write(user);
    }
    void log_exception(std::exception_ptr /*error*/) override {}
    OAuthProvider& provider;
};

struct TwitterTest : AuthTest {
    TwitterTest() {
        settings.extra["twitter_consumer_key"] = std::string{"the key"};
        settings.extra["twitter_consumer_secret"] = "the secret";
        routes = {
            web::url<TokenEndpoint>("/provider/(request|access)_token", std::ref(provider)),
            web::url<TwitterApi>(R"(/provider/api/(.*)\.json)", std::ref(provider)),
            web::url<TwitterLogin>("/twitter/(.*)", std::ref(at))};
        at.base = get_url("/provider");
        provider.consumer = {"the key", "the secret"};
    }
    OAuthProvider provider;
    Endpoints at;
};

BOOST_FIXTURE_TEST_CASE(twitter_gets_people_to_authorize_and_to_authenticate, TwitterTest) {
    BOOST_TEST(
        header(get("/twitter/login"), "Location").ends_with("/provider/authorize?oauth_token=zxcv")
    );
    BOOST_TEST(header(get("/twitter/authenticate"), "Location")
                   .ends_with("/provider/authenticate?oauth_token=zxcv"));
    get("/twitter/back");
    const auto url = tornado::escape::url_escape(get_url("/back"));
    BOOST_TEST(provider.authorization.find("oauth_callback=\"" + url + "\"") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(twitter_tells_who_came_back, TwitterTest) {
    get("/twitter/login");
    auto user = object_of(get("/twitter/login?oauth_token=zxcv&oauth_verifier=v"));
    BOOST_TEST(user["username"].as_string() == "foo");
    BOOST_TEST(user["name"].as_string() == "The foo");
    BOOST_TEST(user["access_token"].at("screen_name").as_string() == "foo");
    // Whom Twitter cannot tell from others is nobody.
    provider.knows_ids = false;
    provider.request_token = token("nobody");
    get("/twitter/login");
    BOOST_TEST(get("/twitter/login?oauth_token=nobody&oauth_verifier=v").code == 502);
}

BOOST_FIXTURE_TEST_CASE(who_says_no_at_twitter_is_not_sent_there_again, TwitterTest) {
    provider.request_token = token("refused");
    get("/twitter/login");
    BOOST_TEST(get("/twitter/login?denied=made-up").code == 403);
    BOOST_TEST(at.error == Errc::unknown_state);
    BOOST_TEST(get("/twitter/login?denied=refused").code == 403);
    BOOST_TEST(at.error == Errc::access_denied);
    BOOST_TEST(cookies.empty());
}

BOOST_FIXTURE_TEST_CASE(twitters_api_is_asked_by_signed_requests, TwitterTest) {
    BOOST_TEST(
        object_of(get("/twitter/show?name=somebody"))["screen_name"].as_string() == "somebody"
    );
    for (const std::string field :
         {"oauth_consumer_key=\"the%20key\"",
          "oauth_token=\"hjkl\"",
          "oauth_nonce=",
          "oauth_signature=",
          "oauth_signature_method=\"HMAC-SHA1\"",
          "oauth_timestamp=",
          "oauth_version=\"1.0\""}) {
        BOOST_TEST(provider.authorization.find(field) != std::string::npos);
    }
    BOOST_TEST(get("/twitter/show?name=error").code == 502);
}

BOOST_FIXTURE_TEST_CASE(what_twitters_api_is_told_is_signed, TwitterTest) {
    for (const std::string path : {"/twitter/search", "/twitter/post"}) {
        auto told = object_of(get(path));
        BOOST_TEST(told["q"].as_string() == "a b&c");
        BOOST_TEST(told["text"].as_string() == "caf\xc3\xa9");
    }
}

BOOST_AUTO_TEST_CASE(a_mixin_needs_a_handler) {
    struct Alone : auth::TwitterMixin {
    } alone;
    BOOST_CHECK_THROW(static_cast<void>(alone.oauth_consumer_token()), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()
