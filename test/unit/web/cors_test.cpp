#include <tornado/web/cors.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace {

struct Page : web::RequestHandler {
    void get() { write("page"); }
    void put() { throw std::runtime_error{"broken"}; }
    void options() { write("options"); }
};

struct CORSTest : WebTest {
    App get_app() override {
        auto app = std::make_shared<web::Application>(routes, std::move(settings));
        app->use(web::CORS{std::move(options)});
        return app;
    }
    CORSTest() { serve<Page>(); }

    testing::HTTPResponse from(std::string_view origin, std::string method = "GET") {
        return get("/", {{"Origin", origin}}, std::move(method));
    }
    testing::HTTPResponse preflight(std::string_view origin, std::string_view path = "/") {
        return get(
            path,
            {{"Origin", origin},
             {"Access-Control-Request-Method", "PUT"},
             {"Access-Control-Request-Headers", "x-a"}},
            "OPTIONS"
        );
    }

    web::CORSOptions options{.allow_origins = {"https://a.example", "http://b.example:8080"}};
};

constexpr auto allow_origin = "Access-Control-Allow-Origin";

void check_refused(web::CORSOptions options, std::string_view sentence) {
    BOOST_CHECK_EXCEPTION(
        web::CORS{std::move(options)}, std::invalid_argument, ([sentence](const auto& error) {
            return std::string_view{error.what()}.find(sentence) != std::string_view::npos;
        })
    );
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cors)

BOOST_FIXTURE_TEST_CASE(lets_in_whom_it_names, CORSTest) {
    for (const auto* const origin : {"https://a.example", "http://b.example:8080"}) {
        const auto response = from(origin);
        BOOST_TEST(response.body == "page");
        BOOST_TEST(header(response, allow_origin) == origin);
        BOOST_TEST(header(response, "Vary") == "Origin");
        BOOST_TEST(header(response, "Access-Control-Allow-Credentials") == "(none)");
    }
}

BOOST_FIXTURE_TEST_CASE(leaves_others_to_their_browsers, CORSTest) {
    for (const auto* const origin : {"https://b.example", "http://a.example", "null", "*"}) {
        const auto response = from(origin);
        BOOST_TEST(response.body == "page");
        BOOST_TEST(header(response, allow_origin) == "(none)");
        BOOST_TEST(header(response, "Vary") == "Origin");
    }
    BOOST_TEST(header(get(), allow_origin) == "(none)");
    BOOST_TEST(header(get(), "Vary") == "Origin");
}

BOOST_FIXTURE_TEST_CASE(answers_preflights, CORSTest) {
    options.allow_headers = {"X-A", "X-B"};
    options.max_age = 60s;
    const auto response = preflight("https://a.example");
    BOOST_TEST(response.code == 204);
    BOOST_TEST(header(response, allow_origin) == "https://a.example");
    BOOST_TEST(
        header(response, "Access-Control-Allow-Methods") == "DELETE, GET, HEAD, PATCH, POST, PUT"
    );
    BOOST_TEST(header(response, "Access-Control-Allow-Headers") == "X-A, X-B");
    BOOST_TEST(header(response, "Access-Control-Max-Age") == "60");
    BOOST_TEST(header(response, "Vary") == "Origin");
    BOOST_TEST(preflight("https://a.example", "/nowhere").code == 204);
}

BOOST_FIXTURE_TEST_CASE(refuses_preflights_of_others, CORSTest) {
    const testing::ExpectLog expected{logging::gen_log(), "CORS does not let https://x.example in"};
    const auto response = preflight("https://x.example");
    BOOST_TEST(response.code == 403);
    BOOST_TEST(header(response, allow_origin) == "(none)");
    BOOST_TEST(header(response, "Access-Control-Allow-Methods") == "(none)");
    BOOST_TEST(header(response, "Vary") == "Origin");
}

BOOST_FIXTURE_TEST_CASE(leaves_other_options_requests_to_the_handler, CORSTest) {
    BOOST_TEST(from("https://a.example", "OPTIONS").body == "options");
}

BOOST_FIXTURE_TEST_CASE(lets_scripts_read_error_pages, CORSTest) {
    const auto uncaught = expect_uncaught();
    for (const auto& response :
         {from("https://a.example", "PUT"), from("https://a.example", "DELETE")}) {
        BOOST_TEST(response.code >= 400);
        BOOST_TEST(header(response, allow_origin) == "https://a.example");
        BOOST_TEST(header(response, "Vary") == "Origin");
    }
}

BOOST_FIXTURE_TEST_CASE(may_let_everybody_in, CORSTest) {
    options.allow_origins = {"*"};
    options.allow_headers = {"*"};
    const auto response = from("https://x.example");
    BOOST_TEST(header(response, allow_origin) == "*");
    BOOST_TEST(header(response, "Vary") == "(none)");
    BOOST_TEST(header(preflight("null"), "Access-Control-Allow-Headers") == "*");
}

BOOST_FIXTURE_TEST_CASE(tells_those_who_name_no_origin_that_everybody_is_let_in, CORSTest) {
    options.allow_origins = {"*"};
    options.expose_headers = {"X-A"};
    const auto response = get();  // as for an <img>, whose copy may serve a script later
    BOOST_TEST(header(response, allow_origin) == "*");
    BOOST_TEST(header(response, "Access-Control-Expose-Headers") == "X-A");
    BOOST_TEST(header(response, "Vary") == "(none)");
    BOOST_TEST(get("/", {}, "OPTIONS").body == "options");
}

BOOST_FIXTURE_TEST_CASE(may_ask_whom_to_let_in, CORSTest) {
    options.allow_origin = [](std::string_view origin) { return origin.ends_with(".c.example"); };
    BOOST_TEST(header(from("https://x.c.example"), allow_origin) == "https://x.c.example");
    BOOST_TEST(header(from("https://a.example"), allow_origin) == "https://a.example");
    BOOST_TEST(header(from("https://x.example"), allow_origin) == "(none)");
}

BOOST_FIXTURE_TEST_CASE(may_allow_credentials_and_expose_headers, CORSTest) {
    options.allow_credentials = true;
    options.expose_headers = {"X-A", "Etag"};
    const auto response = from("https://a.example");
    BOOST_TEST(header(response, "Access-Control-Allow-Credentials") == "true");
    BOOST_TEST(header(response, "Access-Control-Expose-Headers") == "X-A, Etag");
    const auto before = preflight("https://a.example");
    BOOST_TEST(header(before, "Access-Control-Allow-Credentials") == "true");
    BOOST_TEST(header(before, "Access-Control-Expose-Headers") == "(none)");
    BOOST_TEST(header(from("https://x.example"), "Access-Control-Allow-Credentials") == "(none)");
}

BOOST_AUTO_TEST_CASE(refuses_what_cannot_work) {
    check_refused({}, "let nobody in");
    check_refused({.allow_credentials = true, .allow_origins = {"*"}}, "with allow_credentials");
    check_refused(
        {.allow_credentials = true, .allow_headers = {"*"}, .allow_origins = {"https://a.b"}},
        "with allow_credentials"
    );
    check_refused({.allow_origins = {"*", "https://a.b"}}, "lets everybody in");
    check_refused({.allow_methods = {}, .allow_origins = {"*"}}, "allow_methods is empty");
    check_refused({.allow_methods = {"GET, PUT"}, .allow_origins = {"*"}}, "is no name");
    check_refused({.allow_headers = {"X-A\r\nB: c"}, .allow_origins = {"*"}}, "is no name");
    check_refused({.allow_origins = {"*"}, .max_age = -1s}, "is negative");
    for (const auto* const origin : {"a.example", "https://a.example/", "https://", "null"}) {
        check_refused({.allow_origins = {origin}}, "is no origin");
    }
    check_refused({.allow_origins = {"https://A.example"}}, "lower case");
    check_refused({.allow_origins = {"https://a.example:443"}}, "default port");
    check_refused({.allow_origins = {"http://a.example:80"}}, "default port");
}

BOOST_AUTO_TEST_SUITE_END()
