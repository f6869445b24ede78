#include <tornado/web/request_handler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(xsrf)

struct Handler : web::RequestHandler {
    void get() { write(xsrf_token()); }
    void post() { write("changed"); }
    void put() { write("changed"); }
    void options() { write("options"); }
};

struct XsrfTest : WebTest {
    XsrfTest() {
        serve<Handler>();
        settings.xsrf_cookies = true;
    }

    std::string new_token() { return get().body; }

    testing::HTTPResponse send(
        std::string cookie,
        std::string body,
        httputil::HTTPHeaders headers = {},
        std::string method = "POST"
    ) {
        if (!cookie.empty()) {
            headers.add("Cookie", "_xsrf=" + cookie);
        }
        headers.add("Content-Type", "application/x-www-form-urlencoded");
        return fetch(
            "/",
            {.body = std::move(body), .headers = std::move(headers), .method = std::move(method)}
        );
    }

    static testing::ExpectLog expect_refusal(std::string_view why) {
        return testing::ExpectLog{logging::gen_log(), why, {.level = logging::Level::warning}};
    }
};

BOOST_FIXTURE_TEST_CASE(a_request_without_the_token_is_refused, XsrfTest) {
    const auto log = expect_refusal("403 POST / .*'_xsrf' argument missing from POST");
    BOOST_TEST(send(new_token(), "").code == 403);
}

BOOST_FIXTURE_TEST_CASE(a_token_of_the_form_is_accepted, XsrfTest) {
    const auto token = new_token();
    BOOST_TEST(send(token, "_xsrf=" + token).body == "changed");
    BOOST_TEST(send(token, "_xsrf=" + token, {}, "PUT").body == "changed");
}

BOOST_FIXTURE_TEST_CASE(a_token_of_the_query_is_accepted, XsrfTest) {
    const auto token = new_token();
    const auto response =
        fetch("/?_xsrf=" + token, {.headers = {{"Cookie", "_xsrf=" + token}}, .method = "POST"});
    BOOST_TEST(response.body == "changed");
}

BOOST_FIXTURE_TEST_CASE(a_token_of_a_header_is_accepted, XsrfTest) {
    const auto token = new_token();
    for (const std::string_view name : {"X-Xsrftoken", "X-CSRFToken"}) {
        BOOST_TEST(send(token, "", {{name, token}}).body == "changed");
    }
}

BOOST_FIXTURE_TEST_CASE(a_token_without_its_cookie_is_refused, XsrfTest) {
    const auto log = expect_refusal("XSRF cookie does not match POST");
    BOOST_TEST(send("", "_xsrf=" + new_token()).code == 403);
}

BOOST_FIXTURE_TEST_CASE(a_cookie_of_another_token_is_refused, XsrfTest) {
    const auto log = expect_refusal("XSRF cookie does not match POST");
    BOOST_TEST(send(new_token(), "_xsrf=" + new_token()).code == 403);
}

BOOST_FIXTURE_TEST_CASE(methods_that_change_nothing_need_none, XsrfTest) {
    BOOST_TEST(get().code == 200);
    BOOST_TEST(get("/", {}, "OPTIONS").body == "options");
}

BOOST_FIXTURE_TEST_CASE(
    the_token_is_masked_anew_for_each_response_and_all_its_forms_count,
    XsrfTest
) {
    const auto first = new_token();
    BOOST_TEST_REQUIRE(first.starts_with("2|"));
    const auto response = get("/", {{"Cookie", "_xsrf=" + first}});
    BOOST_TEST(response.body != first);
    BOOST_TEST(header(response, "Set-Cookie") == "(none)");  // it has a good one
    BOOST_TEST(send(first, "_xsrf=" + response.body).body == "changed");
    BOOST_TEST(send(response.body, "_xsrf=" + first).body == "changed");
}

// Both hold the token "8f7a3c8ba9c6f8d3c5d65b8b8f7d6c01".
const std::string old_token = "8f7a3c8ba9c6f8d3c5d65b8b8f7d6c01";

BOOST_FIXTURE_TEST_CASE(tokens_of_both_versions_go_together, XsrfTest) {
    const auto masked = get("/", {{"Cookie", "_xsrf=" + old_token}}).body;
    BOOST_TEST_REQUIRE(masked.starts_with("2|"));
    BOOST_TEST(send(old_token, "_xsrf=" + masked).body == "changed");
    BOOST_TEST(send(masked, "_xsrf=" + old_token).body == "changed");
    BOOST_TEST(send("no hex", "_xsrf=no%20hex").body == "changed");
    BOOST_TEST(send("deadbeef", "_xsrf=deadbeef").body == "changed");
}

BOOST_FIXTURE_TEST_CASE(version_1_is_made_when_asked_for, XsrfTest) {
    settings.xsrf_cookie_version = 1;
    const auto token = new_token();
    BOOST_TEST(token.size() == 32u);
    BOOST_TEST(token.find_first_not_of("0123456789abcdef") == token.npos);
    BOOST_TEST(send(token, "_xsrf=" + token).body == "changed");
}

BOOST_FIXTURE_TEST_CASE(another_version_is_the_servers_error, XsrfTest) {
    settings.xsrf_cookie_version = 3;
    const auto log = expect_uncaught("xsrf_cookie_version is 1 or 2, not 3");
    BOOST_TEST(get().code == 500);
}

const std::string malformed[] = {
    "2|",
    "2|||",
    "2|00|00|1",
    "2|00000000|0|1",
    "2|00000000|zz|1",
    "2|00000000|00|",
    "2|00000000|00|x",
    "2|00000000||1",
    "2|0000000000|00|1",
    "3|00000000|00|1",
    "1|00",
    "1000|00000000|00|1",
    "2|00000000|00|99999999999999999999"};

BOOST_DATA_TEST_CASE_F(XsrfTest, a_malformed_token_is_refused, data::make(malformed), token) {
    const auto log = expect_refusal("'_xsrf' argument has invalid format");
    BOOST_TEST(send(token, "_xsrf=" + token).code == 403);
}

BOOST_DATA_TEST_CASE_F(XsrfTest, a_malformed_cookie_is_replaced, data::make(malformed), token) {
    const auto response = get("/", {{"Cookie", "_xsrf=" + token}});
    BOOST_TEST(header(response, "Set-Cookie").starts_with("_xsrf="));
}

BOOST_FIXTURE_TEST_CASE(every_wrong_byte_of_the_token_is_noticed, XsrfTest) {
    settings.xsrf_cookie_version = 1;
    const testing::ExpectLog log{logging::gen_log(), "XSRF cookie does not match"};
    const auto token = new_token();
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto wrong = token;
        wrong[i] = wrong[i] == '0' ? '1' : '0';
        BOOST_TEST(send(token, "_xsrf=" + wrong).code == 403);
        BOOST_TEST(send(token, "_xsrf=" + token.substr(0, i) + "%20").code == 403);
    }
}

BOOST_FIXTURE_TEST_CASE(every_wrong_byte_of_a_masked_token_is_noticed, XsrfTest) {
    const testing::ExpectLog log{logging::gen_log(), "XSRF cookie does not match"};
    const auto token = new_token();
    BOOST_TEST_REQUIRE(token.starts_with("2|"));
    for (std::size_t i = 2; i < token.rfind('|'); ++i) {
        auto wrong = token;
        if (wrong[i] != '|') {
            wrong[i] = wrong[i] == '0' ? '1' : '0';
            BOOST_TEST(send(token, "_xsrf=" + wrong).code == 403);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_token_that_is_no_text_is_refused, XsrfTest) {
    const testing::ExpectLog log{logging::gen_log(), "^40[03] "};
    const auto token = new_token();
    BOOST_TEST(send(token, "_xsrf=%FF").code == 400);
    BOOST_TEST(send(token, "", {{"X-Xsrftoken", "\xff\xfe"}}).code == 403);
    BOOST_TEST(send(token, "_xsrf=", {{"X-Xsrftoken", token}}).body == "changed");
    BOOST_TEST(send(token, "_xsrf=", {{"X-Csrftoken", token}}).body == "changed");
}

BOOST_FIXTURE_TEST_CASE(the_cookie_has_the_name_and_attributes_of_the_settings, XsrfTest) {
    settings.xsrf_cookie_name = "__Host-xsrf";
    settings.xsrf_cookie_kwargs = {.httponly = true, .secure = true};
    const auto response = get();
    BOOST_TEST(
        header(response, "Set-Cookie") ==
        "__Host-xsrf=" + response.body + "; HttpOnly; Path=/; Secure"
    );
    BOOST_TEST(
        send("", "_xsrf=" + response.body, {{"Cookie", "__Host-xsrf=" + response.body}}).body ==
        "changed"
    );
}

BOOST_FIXTURE_TEST_CASE(the_cookie_of_a_user_lasts_as_long_as_the_login, WebTest) {
    struct OfUser : Handler {
        web::User get_current_user() override { return "anna"; }
    };
    routes.push_back(web::url<OfUser>("/user"));
    routes.push_back(web::url<Handler>("/nobody"));
    BOOST_TEST(header(get("/user"), "Set-Cookie").find("expires=") != std::string::npos);
    BOOST_TEST(header(get("/nobody"), "Set-Cookie").find("expires=") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_path_without_a_route_is_still_a_404, XsrfTest) {
    BOOST_TEST(fetch("/nowhere", {.method = "POST"}).code == 404);
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_let_requests_pass, XsrfTest) {
    struct Api : web::RequestHandler {
        void check_xsrf_cookie() override {
            if (!request().headers().contains("Authorization")) {
                RequestHandler::check_xsrf_cookie();
            }
        }
        void post() { write("changed"); }
    };
    routes.push_back(web::url<Api>("/api"));
    BOOST_TEST(
        fetch("/api", {.headers = {{"Authorization", "Bearer x"}}, .method = "POST"}).body ==
        "changed"
    );
    const auto log = expect_refusal("argument missing");
    BOOST_TEST(fetch("/api", {.method = "POST"}).code == 403);
}

BOOST_FIXTURE_TEST_CASE(comes_before_prepare, XsrfTest) {
    struct Prepared : web::RequestHandler {
        void prepare() { throw web::HTTPError{418}; }
        void post() {}
    };
    routes.push_back(web::url<Prepared>("/prepared"));
    const auto log = expect_refusal("argument missing");
    BOOST_TEST(fetch("/prepared", {.method = "POST"}).code == 403);
}

BOOST_FIXTURE_TEST_CASE(a_streamed_body_brings_its_token_in_a_header, XsrfTest) {
    struct Streamed : web::RequestHandler {
        void data_received(std::string_view chunk) { size += chunk.size(); }
        void post() { write(std::to_string(size)); }
        std::size_t size = 0;
    };
    routes.push_back(web::url<Streamed>("/streamed"));
    const auto token = new_token();
    const httputil::HTTPHeaders headers{{"Cookie", "_xsrf=" + token}, {"X-Xsrftoken", token}};
    BOOST_TEST(
        fetch("/streamed", {.body = "12345", .headers = headers, .method = "POST"}).body == "5"
    );
    const auto log = expect_refusal("argument missing");
    const auto refused = fetch(
        "/streamed",
        {.body = "_xsrf=" + token,
         .headers =
             {{"Cookie", "_xsrf=" + token}, {"Content-Type", "application/x-www-form-urlencoded"}},
         .method = "POST"}
    );
    BOOST_TEST(refused.code == 403);
}

BOOST_FIXTURE_TEST_CASE(the_form_field_is_html, WebTest) {
    struct Form : web::RequestHandler {
        void get() { write(xsrf_form_html() + "\n" + xsrf_token()); }
    };
    serve<Form>();
    const auto body = get().body;
    const auto token = body.substr(body.find('\n') + 1);
    BOOST_TEST(body == "<input type=\"hidden\" name=\"_xsrf\" value=\"" + token + "\"/>\n" + token);
}

BOOST_AUTO_TEST_SUITE_END()
