#include <tornado/auth/oauth2_mixin.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <tornado/auth/facebook.hpp>
#include <tornado/auth/github.hpp>
#include <tornado/auth/google.hpp>

#include "signing_key.hpp"
#include "support.hpp"

BOOST_AUTO_TEST_SUITE(oauth2)

/// A provider that answers all posts and gets, and keeps what it was sent.
struct Api {
    std::map<std::string, std::string> answers;
    std::map<std::string, httputil::Arguments> forms;
    std::map<std::string, std::string> authorizations;
    std::map<std::string, std::string> user_agents;
    bool is_silent = false;
};

struct ApiHandler : web::RequestHandler {
    explicit ApiHandler(Api& its) : api{its} {}
    Future<void> get() { return answer(); }
    Future<void> post() { return answer(); }
    Future<void> answer() {
        if (api.is_silent) {
            co_await gen::sleep(1h);
        }
        const std::string path{request().path()};
        api.user_agents[path] = request().headers().get("User-Agent").value_or("");
        api.forms[path] = request().arguments();
        api.authorizations[path] = request().headers().get("Authorization").value_or("");
        if (!api.answers.contains(path)) {
            set_status(404);
            co_return;
        }
        write(api.answers[path]);
    }
    Api& api;
};

struct Endpoints {
    std::string base;
    std::optional<tornado::httpclient::AsyncHTTPClient> client;
    std::error_code error;
};

template <typename Mixin>
struct Login : web::RequestHandler, Mixin {
    explicit Login(Endpoints& its) : at{its} {}
    [[nodiscard]] std::string oauth_authorize_url() const override {
        return at.base + "/authorize";
    }
    [[nodiscard]] std::string oauth_access_token_url() const override { return at.base + "/token"; }
    [[nodiscard]] tornado::httpclient::AsyncHTTPClient get_auth_http_client() override {
        return at.client ? *at.client : Mixin::get_auth_http_client();
    }
    void log_exception(std::exception_ptr /*error*/) override {}
    Endpoints& at;
};

struct GoogleLogin : Login<auth::GoogleOAuth2Mixin> {
    using Login::Login;
    Future<void> get() {
        const auto code = get_argument("code", "");
        if (code.empty() && get_argument("error", "").empty()) {
            authorize_redirect(
                {.client_id = get_google_oauth_settings().key,
                 .extra_params = {{"prompt", "select_account"}},
                 .redirect_uri = at.base + "/login",
                 .scope = {"profile", "email"}}
            );
            co_return;
        }
        try {
            const auto access = co_await get_authenticated_user(at.base + "/login", code);
            const std::string token{std::string_view{access.at("access_token").as_string()}};
            auto user = co_await oauth2_request(at.base + "/userinfo", token);
            user.as_object()["access_token"] = token;
            write(user);
        } catch (const auth::AuthError& error) {
            at.error = error.code();
            throw;
        }
    }
};

struct FacebookLogin : Login<auth::FacebookGraphMixin> {
    using Login::Login;
    [[nodiscard]] std::string facebook_base_url() const override { return at.base; }
    Future<void> get() {
        const auto code = get_argument("code", "");
        if (code.empty()) {
            authorize_redirect(
                {.client_id = "key", .redirect_uri = request().full_url(), .scope = {"read_stream"}}
            );
            co_return;
        }
        const auto extra = get_arguments("extra");
        std::vector<std::string> fields{extra.begin(), extra.end()};
        const auto user = co_await get_authenticated_user(
            request().full_url(), "key", "secret", code, std::move(fields)
        );
        write(user);
    }
};

struct OAuth2Test : AuthTest {
    OAuth2Test() {
        settings.extra["google_oauth"] = auth::ConsumerToken{"google id", "google secret"};
        routes = {
            web::url<GoogleLogin>("/google", std::ref(at)),
            web::url<FacebookLogin>("/facebook", std::ref(at)),
            web::url<ApiHandler>("/api/.*", std::ref(api))};
        at.base = get_url("/api");
        api.answers["/api/token"] = R"({"access_token": "asdf", "expires_in": "never-expires"})";
        api.answers["/api/userinfo"] = R"({"name": "Foo", "email": "foo@example.com"})";
        api.answers["/api/me"] = "{}";
    }
    Api api;
    Endpoints at;
};

BOOST_FIXTURE_TEST_CASE(one_is_sent_to_the_provider_with_state_and_challenge, OAuth2Test) {
    const auto response = get("/google");
    BOOST_TEST(response.code == 302);
    BOOST_TEST(header(response, "Location").starts_with(at.base + "/authorize?"));
    BOOST_TEST(redirect_argument(response, "client_id") == "google id");
    BOOST_TEST(redirect_argument(response, "response_type") == "code");
    BOOST_TEST(redirect_argument(response, "redirect_uri") == at.base + "/login");
    BOOST_TEST(redirect_argument(response, "scope") == "profile email");
    BOOST_TEST(redirect_argument(response, "prompt") == "select_account");
    BOOST_TEST(redirect_argument(response, "state").size() == 43U);
    BOOST_TEST(redirect_argument(response, "code_challenge_method") == "S256");
    BOOST_TEST(redirect_argument(response, "state") != redirect_argument(get("/google"), "state"));
}

BOOST_FIXTURE_TEST_CASE(google_tells_who_came_back, OAuth2Test) {
    const auto there = get("/google");
    auto user = object_of(get("/google?code=fake&state=" + redirect_argument(there, "state")));
    BOOST_TEST(user["name"].as_string() == "Foo");
    BOOST_TEST(user["email"].as_string() == "foo@example.com");
    BOOST_TEST(user["access_token"].as_string() == "asdf");
    const auto& form = api.forms["/api/token"];
    BOOST_TEST(form.last("code").value() == "fake");
    BOOST_TEST(form.last("client_secret").value() == "google secret");
    const std::string verifier{form.last("code_verifier").value()};
    BOOST_TEST(sha256_base64url(verifier) == redirect_argument(there, "code_challenge"));
    // The token is in no URL.
    BOOST_TEST(api.authorizations["/api/userinfo"] == "Bearer asdf");
    BOOST_TEST(api.forms["/api/userinfo"].empty());
}

BOOST_FIXTURE_TEST_CASE(the_client_is_the_one_that_the_handler_names, OAuth2Test) {
    at.client.emplace(own_client());
    const auto state = redirect_argument(get("/google"), "state");
    BOOST_TEST(get("/google?code=fake&state=" + state).code == 200);
    BOOST_TEST(api.user_agents["/api/token"] == "our own");
    BOOST_TEST(api.user_agents["/api/userinfo"] == "our own");
}

BOOST_FIXTURE_TEST_CASE(a_state_that_is_not_this_browsers_is_refused, OAuth2Test) {
    const auto state = redirect_argument(get("/google"), "state");
    BOOST_TEST(get("/google?code=fake").code == 403);
    BOOST_TEST(at.error == Errc::missing_state);
    get("/google?code=fake&state=other");
    BOOST_TEST(at.error == Errc::unknown_state);
    BOOST_TEST(get("/google?code=fake&state=" + state).code == 200);
    get("/google?code=fake&state=" + state);
    BOOST_TEST(at.error == Errc::login_replayed);
    BOOST_TEST(api.forms["/api/token"].get_list("code").size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(who_says_no_at_the_provider_is_not_sent_there_again, OAuth2Test) {
    const auto state = redirect_argument(get("/google"), "state");
    BOOST_TEST(get("/google?error=access_denied&state=" + state).code == 403);
    BOOST_TEST(at.error == Errc::access_denied);
    BOOST_TEST(api.forms.empty());
}

BOOST_FIXTURE_TEST_CASE(an_answer_without_a_token_is_refused, OAuth2Test) {
    for (const auto& [answer, error] : std::vector<std::pair<std::string, Errc>>{
             {"<html>", Errc::answer_malformed},
             {"[]", Errc::answer_malformed},
             {"{}", Errc::answer_malformed},
             {R"({"error": {"message": "bad"}})", Errc::provider_refused},
             {R"({"error": "bad"})", Errc::provider_refused}}) {
        api.answers["/api/token"] = answer;
        const auto state = redirect_argument(get("/google"), "state");
        BOOST_TEST(get("/google?code=fake&state=" + state).code == 502);
        BOOST_TEST(at.error == error);
    }
}

BOOST_FIXTURE_TEST_CASE(facebook_tells_who_came_back, OAuth2Test) {
    api.answers["/api/token"] = R"({"access_token": "asdf", "expires_in": 3600})";
    api.answers["/api/me"] = R"({"id": "7", "name": "Anna"})";
    const auto there = get("/facebook");
    BOOST_TEST(there.code == 302);
    auto user = object_of(get("/facebook?code=1234&state=" + redirect_argument(there, "state")));
    BOOST_TEST(user["access_token"].as_string() == "asdf");
    BOOST_TEST(user["session_expires"].as_string() == "3600");
    BOOST_TEST(user["name"].as_string() == "Anna");
    BOOST_TEST(user["link"].is_null());
    const auto& me = api.forms["/api/me"];
    BOOST_TEST(me.last("fields").value() == "id,name,first_name,last_name,locale,picture,link");
    // echo -n asdf | openssl dgst -sha256 -hmac secret
    BOOST_TEST(
        me.last("appsecret_proof").value() ==
        "7a318e92086156fe74d2078df8da87b1b73a06ca107fa234f74312d2c17d0e86"
    );
    BOOST_TEST(!me.contains("access_token"));
    // Whom Facebook cannot tell from others is nobody.
    api.answers["/api/me"] = R"({"name": "Anna"})";
    const auto state = redirect_argument(get("/facebook"), "state");
    BOOST_TEST(get("/facebook?code=1234&state=" + state).code == 502);
}

BOOST_FIXTURE_TEST_CASE(facebook_tells_more_when_it_is_asked_for_more, OAuth2Test) {
    api.answers["/api/me"] = R"({"id": "7", "email": "anna@example.com"})";
    const auto state = redirect_argument(get("/facebook"), "state");
    auto user = object_of(get("/facebook?extra=email&extra=name&code=1234&state=" + state));
    BOOST_TEST(user["email"].as_string() == "anna@example.com");
    BOOST_TEST(
        api.forms["/api/me"].last("fields").value() ==
        "id,name,first_name,last_name,locale,picture,link,email"
    );
}

BOOST_FIXTURE_TEST_CASE(the_code_is_for_the_address_that_it_was_asked_for, OAuth2Test) {
    api.answers["/api/me"] = R"({"id": "7"})";
    const auto state = redirect_argument(get("/facebook"), "state");
    get("/facebook?code=1234&state=" + state);
    BOOST_TEST(api.forms["/api/token"].last("redirect_uri").value() == get_url("/facebook"));
}

struct PublicClient : Login<auth::GoogleOAuth2Mixin> {
    using Login::Login;
    Future<void> get() {
        const auto code = get_argument("code", "");
        auth::AuthorizeOptions options;
        options.client_id = "app";
        options.extra_params = {{get_argument("name", "prompt"), "x"}};
        options.scope = {"profile"};
        if (code.empty()) {
            try {
                authorize_redirect(options);
            } catch (const std::invalid_argument& error) {
                write(error.what());
            }
            co_return;
        }
        const auto answer = co_await get_authenticated_user(at.base + "/back", code, "app", "");
        write(answer);
    }
};

struct PublicClientTest : AuthTest {
    PublicClientTest() {
        routes = {
            web::url<PublicClient>("/login", std::ref(at)),
            web::url<ApiHandler>("/api/.*", std::ref(api))};
        at.base = get_url("/api");
        api.answers["/api/token"] = R"({"access_token": "asdf", "error": null})";
    }
    Api api;
    Endpoints at;
};

BOOST_FIXTURE_TEST_CASE(a_client_without_a_secret_sends_none, PublicClientTest) {
    const auto state = redirect_argument(get("/login"), "state");
    BOOST_TEST(get("/login?code=1234&state=" + state).code == 200);
    BOOST_TEST(!api.forms["/api/token"].contains("client_secret"));
    BOOST_TEST(api.forms["/api/token"].last("redirect_uri").value() == at.base + "/back");
}

BOOST_FIXTURE_TEST_CASE(what_protects_a_login_cannot_be_set_by_its_caller, PublicClientTest) {
    for (const std::string name :
         {"state",
          "redirect_uri",
          "client_id",
          "response_type",
          "code_challenge",
          "scope",
          "request",
          "request_uri",
          "response_mode"}) {
        const auto response = get("/login?name=" + name);
        BOOST_TEST(response.code == 200);
        BOOST_TEST(response.body.find("the parameter " + name + " ") != std::string::npos);
        BOOST_TEST(cookies.empty());
    }
    BOOST_TEST(redirect_argument(get("/login?name=login_hint"), "login_hint") == "x");
}

struct RequestsHandler : Login<auth::FacebookGraphMixin> {
    using Login::Login;
    [[nodiscard]] std::string facebook_base_url() const override { return at.base; }
    Future<void> get() {
        const auth::Parameters args{{"a", "b c"}};
        co_await facebook_request("/feed", "", args);
        const auto said = co_await facebook_post("/post", "token", args);
        write(said.as_array().at(0).as_object());
    }
};

BOOST_FIXTURE_TEST_CASE(arguments_are_sent_without_a_token_too, AuthTest) {
    Api api;
    Endpoints at;
    routes = {
        web::url<RequestsHandler>("/", std::ref(at)),
        web::url<ApiHandler>("/api/.*", std::ref(api))};
    at.base = get_url("/api");
    api.answers["/api/feed"] = "{}";
    api.answers["/api/post"] = R"([{"id": 1}])";
    BOOST_TEST(get("/").body == "{\"id\": 1}");
    BOOST_TEST(api.forms["/api/feed"].last("a").value() == "b c");
    BOOST_TEST(api.authorizations["/api/feed"] == "");
    BOOST_TEST(api.forms["/api/post"].last("a").value() == "b c");
    BOOST_TEST(api.authorizations["/api/post"] == "Bearer token");
}

BOOST_AUTO_TEST_CASE(endpoints_are_those_of_the_providers) {
    struct Google : auth::GoogleOAuth2Mixin {
    } google;
    BOOST_TEST(google.oauth_authorize_url() == "https://accounts.google.com/o/oauth2/v2/auth");
    BOOST_TEST(google.oauth_access_token_url() == "https://www.googleapis.com/oauth2/v4/token");
    BOOST_TEST(google.oauth_userinfo_url() == "https://www.googleapis.com/oauth2/v1/userinfo");
    BOOST_CHECK_THROW(static_cast<void>(google.get_google_oauth_settings()), std::logic_error);
}

// GitHub

struct GitHubHandler : web::RequestHandler {
    explicit GitHubHandler(auth::GitHubOAuth2& its, Endpoints& where) : github{its}, at{where} {}
    Future<void> get() {
        if (get_argument("state", "").empty()) {
            auth::LoginRequest login{request().full_url()};
            github.authorize_redirect(*this, login.next("/account"));
            co_return;
        }
        try {
            const auto user = co_await github.get_authenticated_user(*this);
            write(user);
        } catch (const auth::AuthError& error) {
            at.error = error.code();
            throw;
        }
    }
    void log_exception(std::exception_ptr /*error*/) override {}
    auth::GitHubOAuth2& github;
    Endpoints& at;
};

struct GitHubTest : AuthTest {
    GitHubTest() {
        routes = {
            web::url<GitHubHandler>("/login", std::ref(github), std::ref(at)),
            web::url<ApiHandler>("/api/.*", std::ref(api))};
        at.base = get_url("/api");
        start({});
        api.answers["/api/token"] =
            R"({"access_token": "gho_1", "token_type": "bearer", "scope": "user:email"})";
        api.answers["/api/user"] =
            R"({"id": 1, "login": "octocat", "email": "public@example.com"})";
        api.answers["/api/user/emails"] =
            R"([{"email": "old@example.com", "primary": false, "verified": true},
                                              {"email": "octocat@example.com", "primary": true, "verified": true}])";
    }
    /// Our side anew, with these options.
    void start(auth::GitHubOptions options) {
        options.access_token_url = at.base + "/token";
        options.api_url = at.base;
        options.authorize_url = at.base + "/authorize";
        options.client_id = "id";
        options.client_secret = "secret";
        github = auth::GitHubOAuth2{std::move(options)};
    }
    std::string log_in() {
        return get("/login?code=code&state=" + redirect_argument(get("/login"), "state")).body;
    }
    auth::GitHubOAuth2 github{{.client_id = "id", .client_secret = "secret"}};
    Api api;
    Endpoints at;
};

BOOST_FIXTURE_TEST_CASE(github_tells_who_came_back, GitHubTest) {
    auto user = json::parse(log_in()).as_object();
    BOOST_TEST(user["login"].as_string() == "octocat");
    BOOST_TEST(user["email"].as_string() == "octocat@example.com");
    BOOST_TEST(user["next"].as_string() == "/account");
    BOOST_TEST(api.authorizations["/api/user"] == "Bearer gho_1");
}

BOOST_FIXTURE_TEST_CASE(github_is_asked_by_the_client_that_the_options_name, GitHubTest) {
    auth::GitHubOptions options;
    options.http_client = own_client();
    start(std::move(options));
    log_in();
    for (const std::string path : {"/api/token", "/api/user", "/api/user/emails"}) {
        BOOST_TEST(api.user_agents[path] == "our own");
    }
}

BOOST_FIXTURE_TEST_CASE(a_github_that_does_not_answer_is_left_in_time, GitHubTest) {
    testing::VirtualTime time{io_loop()};
    auth::GitHubOptions options;
    options.timeout = 2s;
    start(std::move(options));
    api.is_silent = true;
    log_in();
    BOOST_TEST(at.error == Errc::provider_timeout);
    BOOST_CHECK((time.elapsed() >= 2s && time.elapsed() < 3s));
}

BOOST_FIXTURE_TEST_CASE(an_address_that_github_has_not_verified_is_none, GitHubTest) {
    api.answers["/api/user/emails"] =
        R"([{"email": "victim@example.com", "primary": true, "verified": false}])";
    BOOST_TEST(json::parse(log_in()).at("email").is_null());
}

BOOST_FIXTURE_TEST_CASE(github_refuses_with_200, GitHubTest) {
    api.answers["/api/token"] = R"({"error": "bad_verification_code"})";
    log_in();
    BOOST_TEST(at.error == Errc::code_refused);
    api.answers["/api/token"] = R"({"error": "incorrect_client_credentials"})";
    log_in();
    BOOST_TEST(at.error == Errc::provider_refused);
}

BOOST_FIXTURE_TEST_CASE(github_keeps_addresses_that_the_scope_does_not_show, GitHubTest) {
    api.answers.erase("/api/user/emails");
    BOOST_TEST(json::parse(log_in()).at("email").is_null());
}

BOOST_AUTO_TEST_CASE(github_needs_a_client) {
    BOOST_CHECK_THROW(auth::GitHubOAuth2{{}}, std::invalid_argument);
    auth::GitHubOptions options{.client_id = "id", .client_secret = "secret"};
    options.access_token_url = "http://github.example.com/token";
    BOOST_CHECK_THROW(auth::GitHubOAuth2{options}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
