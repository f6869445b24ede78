#include <tornado/auth/errors.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/auth/facebook.hpp>
#include <tornado/auth/twitter.hpp>
#include <tornado/iostream.hpp>

#include "open_id_provider.hpp"
#include "provider_metadata.hpp"

BOOST_AUTO_TEST_SUITE(bad_providers)

using Answer = std::function<Future<void>(web::RequestHandler&)>;

/// What a provider can do instead of answering as it should, and what we make of it.
std::vector<std::pair<Answer, Errc>> bad_answers() {
    const auto answer = [](auto function) {
        return [function](web::RequestHandler& handler) {
            function(handler);
            return Future<void>::ready();
        };
    };
    std::vector<std::pair<Answer, Errc>> all;
    all.emplace_back(
        answer([](auto& handler) { handler.redirect("https://evil.example/"); }),
        Errc::provider_redirected
    );
    all.emplace_back(
        answer([](auto& handler) { handler.write("<html>Sign in</html>"); }), Errc::answer_malformed
    );
    all.emplace_back(answer([](auto& handler) { handler.write("[]"); }), Errc::answer_malformed);
    all.emplace_back(answer([](auto& handler) { handler.write("{}"); }), Errc::answer_malformed);
    all.emplace_back(
        answer([](auto& handler) { handler.write("{\"a\": \"\xff\"}"); }), Errc::answer_malformed
    );
    all.emplace_back(
        answer([](auto& handler) { handler.write(std::string(10'000, '[')); }),
        Errc::answer_malformed
    );
    all.emplace_back(answer([](auto&) {}), Errc::answer_malformed);
    all.emplace_back(
        answer([](auto& handler) {
            handler.set_status(503);
            handler.write("later");
        }),
        Errc::provider_status
    );
    all.emplace_back(answer([](auto& handler) { handler.set_status(404); }), Errc::provider_status);
    all.emplace_back(
        answer([](auto& handler) {
            handler.set_status(400);
            handler.write(R"({"error": "invalid_client", "error_description": "unknown"})");
        }),
        Errc::provider_refused
    );
    all.emplace_back(
        answer([](auto& handler) { handler.write(std::string(1'048'577, ' ')); }),
        Errc::answer_too_large
    );
    all.emplace_back(
        answer([](auto& handler) { handler.detach().close(); }), Errc::provider_unreachable
    );
    all.emplace_back([](web::RequestHandler&) { return gen::sleep(1h); }, Errc::provider_timeout);
    all.emplace_back(
        [](web::RequestHandler& handler) -> Future<void> {
            handler.set_header("Content-Length", 100);  // begins, and does not go on
            handler.write("{");
            co_await handler.flush();
            co_await gen::sleep(1h);
        },
        Errc::provider_timeout
    );
    return all;
}

BOOST_FIXTURE_TEST_CASE(each_bad_answer_for_a_code_ends_in_its_own_error, OpenIDTest) {
    testing::VirtualTime time{io_loop()};
    for (const auto& [answer, error] : bad_answers()) {
        BOOST_TEST_CONTEXT(make_error_code(error).message()) {
            provider.token_endpoint = answer;
            const auto before = time.elapsed();
            BOOST_TEST(log_in() == error);
            BOOST_CHECK(time.elapsed() - before < 12s);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(each_bad_answer_about_itself_ends_in_its_own_error, OpenIDTest) {
    testing::VirtualTime time{io_loop()};
    for (const auto& [answer, error] : bad_answers()) {
        BOOST_TEST_CONTEXT(make_error_code(error).message()) {
            provider.discovery = answer;
            site.error = {};
            const testing::ExpectLog expected{logging::gen_log(), "provider"};
            const auto response = get("/login");
            BOOST_TEST(response.code == (error == Errc::provider_timeout ? 504 : 502));
            BOOST_TEST(site.error == error);
        }
    }
    // And it is asked again, once it is well.
    provider.discovery = nullptr;
    BOOST_TEST(log_in() == std::error_code{});
}

BOOST_FIXTURE_TEST_CASE(each_bad_answer_of_the_other_endpoints_ends_in_an_error, OpenIDTest) {
    testing::VirtualTime time{io_loop()};
    BOOST_TEST(log_in() == std::error_code{});
    const auto user = *site.user;
    const auto error_of = [&](auto ask) {
        try {
            run(ask, 1min);
        } catch (const auth::AuthError& error) {
            return error.code();
        }
        return std::error_code{};
    };
    for (const auto& [answer, error] : bad_answers()) {
        BOOST_TEST_CONTEXT(make_error_code(error).message()) {
            // `{}` is an object; it is about nobody.
            provider.userinfo = answer;
            const auto about = error_of([&] { return site.provider->userinfo(user); });
            BOOST_TEST((about == error || about == Errc::wrong_subject));
            provider.token_endpoint = answer;
            BOOST_TEST(error_of([&] { return site.provider->refresh(user); }) == error);
            provider.token_endpoint = nullptr;
            provider.key_endpoint = answer;
            start({});
            const auto keys =
                error_of([&] { return site.provider->verify_id_token(provider.id_token()); });
            // It is the set of keys that is asked for, whatever else it says.
            BOOST_TEST((keys == error || keys == Errc::provider_status));
            provider.key_endpoint = nullptr;
        }
    }
}

/// Asks one thing of a provider that has other ways.
struct Asker : web::RequestHandler, auth::TwitterMixin {
    explicit Asker(Site& its) : site{its} {}
    [[nodiscard]] std::string oauth_request_token_url() const override { return site.callback; }
    [[nodiscard]] std::string twitter_base_url() const override { return site.callback; }
    Future<void> get(std::string_view what) {
        site.error = {};
        try {
            if (what == "token") {
                co_await authorize_redirect();
            } else {
                auth::ConsumerToken token{"key", "secret"};
                co_await twitter_request(site.callback, std::move(token));
            }
        } catch (const auth::AuthError& error) {
            site.error = error.code();
        }
    }
    Site& site;
};

struct GraphAsker : web::RequestHandler, auth::FacebookGraphMixin {
    explicit GraphAsker(Site& its) : site{its} {}
    [[nodiscard]] std::string facebook_base_url() const override { return site.callback; }
    Future<void> get() {
        site.error = {};
        try {
            co_await facebook_request("", "token");
        } catch (const auth::AuthError& error) {
            site.error = error.code();
        }
    }
    Site& site;
};

struct Misbehaving : web::RequestHandler {
    explicit Misbehaving(Answer& its) : answer{its} {}
    Future<void> get() { return answer(*this); }
    Future<void> post() { return answer(*this); }
    Answer& answer;
};

BOOST_FIXTURE_TEST_CASE(each_bad_answer_in_other_protocols_ends_in_time, AuthTest) {
    Answer present;
    Site site;
    settings.extra["twitter_consumer_key"] = "the key";
    settings.extra["twitter_consumer_secret"] = "the secret";
    routes = {
        web::url<Misbehaving>("/provider", std::ref(present)),
        web::url<Asker>("/twitter/(.*)", std::ref(site)),
        web::url<GraphAsker>("/facebook", std::ref(site))};
    site.callback = get_url("/provider");
    testing::VirtualTime time{io_loop()};
    for (const auto& [answer, error] : bad_answers()) {
        for (const std::string path : {"/twitter/token", "/twitter/api", "/facebook"}) {
            BOOST_TEST_CONTEXT(make_error_code(error).message() << " " << path) {
                present = answer;
                const auto before = time.elapsed();
                get(path);
                BOOST_CHECK(time.elapsed() - before < 12s);
                if (path == "/twitter/token") {  // a form, whose errors are not looked at
                    const bool is_json = error == Errc::provider_refused;
                    BOOST_TEST(site.error == (is_json ? Errc::provider_status : error));
                } else {  // and these have JSON of any kind
                    BOOST_TEST(
                        (site.error == error ||
                         (error == Errc::answer_malformed && site.error == std::error_code{}))
                    );
                }
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_code_that_does_not_count_is_the_clients_fault, OpenIDTest) {
    provider.token_endpoint = [](web::RequestHandler& handler) {
        handler.set_status(400);
        handler.write(R"({"error": "invalid_grant", "error_description": "used up"})");
        return Future<void>::ready();
    };
    BOOST_TEST(come_back(begin()).code == 403);
    BOOST_TEST(site.error == Errc::code_refused);
    provider.token_endpoint = nullptr;
    BOOST_TEST(log_in() == std::error_code{});
    provider.token_endpoint = [](web::RequestHandler& handler) {
        handler.set_status(400);
        handler.write(R"({"error": "invalid_grant"})");
        return Future<void>::ready();
    };
    BOOST_CHECK_EXCEPTION(
        run([&] { return site.provider->refresh(*site.user); }),
        auth::AuthError,
        [](const auto& error) { return error.code() == Errc::refresh_refused; }
    );
}

BOOST_FIXTURE_TEST_CASE(a_bad_moment_of_the_provider_is_no_refusal, OpenIDTest) {
    BOOST_TEST(log_in() == std::error_code{});
    provider.token_endpoint = [](web::RequestHandler& handler) {
        handler.set_status(503);
        handler.write(R"({"error": "temporarily_unavailable"})");
        return Future<void>::ready();
    };
    BOOST_CHECK_EXCEPTION(
        run([&] { return site.provider->refresh(*site.user); }),
        auth::AuthError,
        [](const auto& error) { return error.code() == Errc::provider_status; }
    );
    BOOST_TEST(log_in() == Errc::provider_status);
}

BOOST_FIXTURE_TEST_CASE(an_error_that_is_none_is_not_one, OpenIDTest) {
    BOOST_TEST(log_in() == std::error_code{});
    for (const json::value& none : {json::value(nullptr), json::value(false), json::value("")}) {
        provider.userinfo = [&](web::RequestHandler& handler) {
            handler.write(json::object{{"sub", "anna"}, {"error", none}});
            return Future<void>::ready();
        };
        const auto info = run([&] { return site.provider->userinfo(*site.user); });
        BOOST_TEST(info.at("sub").as_string() == "anna");
        provider.token_answer = {{"error", none}};
        BOOST_TEST(log_in() == std::error_code{});
    }
    // An API may call a field as it likes.
    provider.userinfo = [](web::RequestHandler& handler) {
        handler.write(json::object{{"sub", "anna"}, {"error", "of rounding"}});
        return Future<void>::ready();
    };
    const auto info = run([&] { return site.provider->userinfo(*site.user); });
    BOOST_TEST(info.at("error").as_string() == "of rounding");
}

BOOST_FIXTURE_TEST_CASE(where_a_redirect_leads_is_told_without_its_query, OpenIDTest) {
    provider.token_endpoint = [](web::RequestHandler& handler) {
        handler.redirect("https://evil.example/there?appsecret_proof=secret#secret");
        return Future<void>::ready();
    };
    BOOST_TEST(log_in() == Errc::provider_redirected);
    BOOST_TEST(site.message.ends_with("https://evil.example/there"));
}

BOOST_AUTO_TEST_CASE(a_provider_on_the_internet_sends_nobody_to_this_machine) {
    const auto is_taken = [](const std::string& issuer, const std::string& url, bool allow_http) {
        bool taken = true;
        for (const std::string field :
             {"authorization_endpoint",
              "token_endpoint",
              "jwks_uri",
              "userinfo_endpoint",
              "end_session_endpoint"}) {
            json::object about{{"issuer", issuer}};
            for (const auto* const each :
                 {"authorization_endpoint", "token_endpoint", "jwks_uri"}) {
                about[each] = issuer;
            }
            about[field] = url;
            try {
                static_cast<void>(auth::ProviderMetadata{about, issuer, allow_http});
            } catch (const auth::AuthError& error) {
                taken = taken && error.code() != Errc::answer_malformed;
            }
        }
        return taken;
    };
    for (const std::string url :
         {"http://127.0.0.1:6379/",
          "http://localhost/admin",
          "http://[::1]/",
          "http://a.example/"}) {
        BOOST_TEST(!is_taken("https://example.com", url, false));
        BOOST_TEST(!is_taken("HTTPS://example.com", url, false));
    }
    BOOST_TEST(is_taken("https://example.com", "https://api.example.com/", false));
    BOOST_TEST(is_taken("http://localhost:3000", "http://127.0.0.1:3001/", false));
    BOOST_TEST(is_taken("http://localhost:3000", "https://example.com/", false));
    BOOST_TEST(!is_taken("http://localhost:3000", "http://example.com/", false));
    BOOST_TEST(is_taken("https://example.com", "http://keycloak:8080/", true));
}

BOOST_FIXTURE_TEST_CASE(an_endpoint_that_cannot_be_trusted_is_refused, OpenIDTest) {
    for (const std::string field :
         {"authorization_endpoint",
          "token_endpoint",
          "jwks_uri",
          "userinfo_endpoint",
          "end_session_endpoint"}) {
        for (const json::value& url :
             {json::value("http://example.com/"),
              json::value("javascript:alert(1)"),
              json::value(""),
              json::value(7)}) {
            if (url == json::value("") &&
                (field == "userinfo_endpoint" || field == "end_session_endpoint")) {
                continue;  // as if there were none
            }
            provider.metadata = {{field, url}};
            site.error = {};
            const testing::ExpectLog expected{logging::gen_log(), field};
            get("/login");
            BOOST_TEST(site.error == Errc::answer_malformed);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_provider_that_calls_itself_otherwise_is_refused, OpenIDTest) {
    for (const auto& issuer : {std::string{"https://other.example"}, provider.issuer + "/"}) {
        provider.metadata = {{"issuer", issuer}};
        site.error = {};
        const testing::ExpectLog expected{
            logging::gen_log(), "otherwise than OpenIDConnectOptions::issuer does: " + issuer};
        BOOST_TEST(get("/login").code == 502);
        BOOST_TEST(site.error == Errc::provider_misnamed);
    }
    provider.metadata = {{"issuer", nullptr}};
    const testing::ExpectLog expected{logging::gen_log(), "what it must be: issuer"};
    BOOST_TEST(get("/login").code == 502);
    BOOST_TEST(site.error == Errc::answer_malformed);
}

BOOST_FIXTURE_TEST_CASE(an_endpoint_of_no_value_is_none, OpenIDTest) {
    for (const json::value& none : {json::value(nullptr), json::value("")}) {
        start({});
        provider.metadata = {{"end_session_endpoint", none}, {"userinfo_endpoint", none}};
        BOOST_TEST(log_in() == std::error_code{});
        BOOST_TEST(header(get("/logout"), "Location") == "http://example.com/");
        BOOST_REQUIRE(site.user);
        BOOST_CHECK_THROW(
            run([&] { return site.provider->userinfo(*site.user); }), std::logic_error
        );
    }
}

BOOST_FIXTURE_TEST_CASE(an_answer_without_an_id_token_is_the_providers_fault, OpenIDTest) {
    for (const json::value& none : {json::value(nullptr), json::value(""), json::value(5)}) {
        provider.token_answer = {{"id_token", none}};
        BOOST_TEST(come_back(begin()).code == 502);
        BOOST_TEST(site.error == Errc::answer_malformed);
        BOOST_TEST(site.message.ends_with(": id_token"));
    }
}

BOOST_FIXTURE_TEST_CASE(bad_keys_end_in_an_error, OpenIDTest) {
    provider.keys = "7";
    BOOST_TEST(log_in() == Errc::answer_malformed);
    provider.keys = "[]";
    BOOST_TEST(log_in() == Errc::unknown_key);
}

BOOST_FIXTURE_TEST_CASE(a_type_of_token_that_cannot_be_used_is_refused, OpenIDTest) {
    for (const json::object& answer :
         {json::object{{"token_type", "mac"}},
          json::object{{"access_token", ""}},
          json::object{{"access_token", 7}},
          json::object{{"access_token", "two\r\nlines"}}}) {
        provider.token_answer = answer;
        BOOST_TEST(log_in() == Errc::answer_malformed);
    }
}

BOOST_FIXTURE_TEST_CASE(a_provider_that_is_not_there_ends_in_an_error, OpenIDTest) {
    auth::OpenIDConnectOptions options{.client_id = "client", .issuer = "http://127.0.0.1:1/"};
    site.provider = std::make_unique<auth::OpenIDConnect>(std::move(options));
    const testing::ExpectLog expected{logging::gen_log(), "cannot be reached"};
    BOOST_TEST(get("/login").code == 502);
    BOOST_TEST(site.error == Errc::provider_unreachable);
}

BOOST_AUTO_TEST_CASE(what_a_stranger_says_is_cut_short_and_made_printable) {
    const auth::AuthError error{
        Errc::provider_refused, "detail", "a\r\nb\x1b[31m" + std::string(300, 'x')};
    BOOST_TEST(
        error.message() == "the provider refuses: detail: a??b?[31m" + std::string(191, 'x') + "..."
    );
    BOOST_TEST(error.status_code() == 502);
    BOOST_TEST(auth::AuthError{Errc::unknown_state}.status_code() == 403);
    BOOST_TEST(auth::AuthError{Errc::provider_timeout}.status_code() == 504);
}

BOOST_AUTO_TEST_CASE(each_code_has_a_sentence_of_its_own) {
    std::vector<std::string> sentences;
    for (int value = 1; value <= static_cast<int>(Errc::old_authentication); ++value) {
        sentences.push_back(auth::error_category().message(value));
    }
    std::sort(sentences.begin(), sentences.end());
    BOOST_CHECK(std::adjacent_find(sentences.begin(), sentences.end()) == sentences.end());
    BOOST_TEST(std::string_view{auth::error_category().name()} == "tornado.auth");
}

BOOST_AUTO_TEST_SUITE_END()
