#include <tornado/auth/errors.hpp>

#include <boost/test/unit_test.hpp>
#include <tornado/iostream.hpp>

#include "open_id_provider.hpp"

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
            handler.write(R"({"error": "invalid_grant", "error_description": "used up"})");
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

BOOST_FIXTURE_TEST_CASE(an_endpoint_that_cannot_be_trusted_is_refused, OpenIDTest) {
    for (const std::string field :
         {"authorization_endpoint",
          "token_endpoint",
          "jwks_uri",
          "userinfo_endpoint",
          "end_session_endpoint"}) {
        for (const json::value& url :
             {json::value{"http://example.com/"},
              json::value{"javascript:alert(1)"},
              json::value{""},
              json::value{7}}) {
            provider.metadata = {{field, url}};
            site.error = {};
            const testing::ExpectLog expected{logging::gen_log(), field};
            get("/login");
            BOOST_TEST(site.error == Errc::answer_malformed);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_provider_that_calls_itself_otherwise_is_refused, OpenIDTest) {
    for (const json::value& issuer :
         {json::value{"https://other.example"},
          json::value{provider.issuer + "/"},
          json::value{nullptr}}) {
        provider.metadata = {{"issuer", issuer}};
        site.error = {};
        const testing::ExpectLog expected{logging::gen_log(), "another issuer"};
        get("/login");
        BOOST_TEST(site.error == Errc::wrong_issuer);
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
    for (int value = 1; value <= static_cast<int>(Errc::wrong_subject); ++value) {
        sentences.push_back(auth::error_category().message(value));
    }
    std::sort(sentences.begin(), sentences.end());
    BOOST_CHECK(std::adjacent_find(sentences.begin(), sentences.end()) == sentences.end());
    BOOST_TEST(std::string_view{auth::error_category().name()} == "tornado.auth");
}

BOOST_AUTO_TEST_SUITE_END()
