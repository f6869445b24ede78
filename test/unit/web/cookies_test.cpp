#include <tornado/web/request_handler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <tornado/httputil/http_date.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(cookies)

BOOST_FIXTURE_TEST_CASE(are_set_one_field_each, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_cookie("str", "asdf");
            set_cookie("quoted", "b;c");
            set_cookie("equals", "a=b");
            set_cookie("quote", "a\"b");
            set_cookie("empty", "");
        }
    };
    serve<Handler>();
    const auto response = get();
    const std::vector<std::string_view> expected{
        "str=asdf; Path=/",
        R"(quoted="b\073c"; Path=/)",
        R"(equals="a=b"; Path=/)",
        R"(quote="a\"b"; Path=/)",
        "empty=\"\"; Path=/"};
    BOOST_TEST(
        response.headers.get_list("Set-Cookie") == expected, boost::test_tools::per_element()
    );
}

BOOST_FIXTURE_TEST_CASE(live_long_when_their_days_are_more_than_the_clock_has, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_cookie("a", "b", {.expires_days = std::stod(get_argument("days"))});
            set_signed_cookie("c", "d", {.expires_days = std::stod(get_argument("days"))});
        }
    };
    serve<Handler>();
    settings.cookie_secret = "a secret of some length, for a test";
    for (const std::string days : {"100000", "1e300"}) {
        const auto response = get("/?days=" + days);
        for (const auto cookie : response.headers.get_list("Set-Cookie")) {
            const auto at = cookie.find("expires=") + 8;
            const auto expires = httputil::parse_http_date(cookie.substr(at, 29));
            BOOST_TEST_REQUIRE(!expires.has_error());
            BOOST_TEST((*expires > std::chrono::system_clock::now() + std::chrono::years{100}));
        }
    }
    BOOST_TEST(get("/?days=-1e300").code == 200);
    const auto log = expect_uncaught("expires_days is no number");
    BOOST_TEST(get("/?days=nan").code == 500);
    BOOST_TEST(get("/?days=inf").code == 500);
}

BOOST_FIXTURE_TEST_CASE(have_their_attributes_in_order, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_cookie(
                "a",
                "b",
                {.domain = "example.com",
                 .expires = std::chrono::system_clock::from_time_t(0),
                 .httponly = true,
                 .max_age = 60s,
                 .path = "/foo",
                 .samesite = "Lax",
                 .secure = true}
            );
        }
    };
    serve<Handler>();
    BOOST_TEST(
        header(get(), "Set-Cookie") ==
        "a=b; Domain=example.com; expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Max-Age=60; "
        "Path=/foo; SameSite=Lax; Secure"
    );
}

BOOST_FIXTURE_TEST_CASE(of_the_same_name_overwrite_each_other, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_cookie("a", "b", {.httponly = true, .path = "/x"});
            set_cookie("c", "d");
            set_cookie("a", "e");
        }
    };
    serve<Handler>();
    BOOST_TEST(header(get(), "Set-Cookie") == "a=e; Path=/,c=d; Path=/");
}

BOOST_FIXTURE_TEST_CASE(expire_in_days, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { set_cookie("a", "b", {.expires_days = 10}); }
        void post() {
            set_cookie(
                "a", "b", {.expires = std::chrono::system_clock::from_time_t(0), .expires_days = 10}
            );
        }
    };
    serve<Handler>();
    const auto text = header(get(), "Set-Cookie");
    const auto begin = text.find("expires=") + 8;
    const auto expires =
        httputil::parse_http_date(text.substr(begin, text.find(';', begin) - begin));
    BOOST_REQUIRE(!expires.has_error());
    const auto days = std::chrono::duration<double>(*expires - std::chrono::system_clock::now());
    BOOST_TEST(days.count() / 86'400 == 10, boost::test_tools::tolerance(0.001));
    BOOST_TEST(header(post(""), "Set-Cookie").find("1970") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(are_cleared_by_an_expiry_in_the_past, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { clear_cookie("a", {.domain = "example.com", .path = "/p"}); }
        void post() { clear_cookie("a", {.max_age = 1s}); }
    };
    serve<Handler>();
    const auto text = header(get(), "Set-Cookie");
    BOOST_TEST(text.starts_with("a=\"\"; Domain=example.com; expires="));
    BOOST_TEST(text.ends_with("; Path=/p"));
    const auto begin = text.find("expires=") + 8;
    const auto expires =
        httputil::parse_http_date(text.substr(begin, text.find(';', begin) - begin));
    BOOST_REQUIRE(!expires.has_error());
    BOOST_CHECK(*expires < std::chrono::system_clock::now() - 300 * 24h);
    const auto expected = expect_uncaught("leave out expires");
    BOOST_TEST(post("").code == 500);
}

BOOST_FIXTURE_TEST_CASE(of_the_client_are_read, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            write(get_cookie("foo", "default") + (get_cookie("foo") ? " there" : " absent"));
            set_cookie("foo", "changed");
            write(" " + get_cookie("foo", "default"));  // still the client's
        }
    };
    serve<Handler>();
    BOOST_TEST(get().body == "default absent default");
    BOOST_TEST(get("/", {{"Cookie", "foo=bar"}}).body == "bar there bar");
    BOOST_TEST(get("/", {{"Cookie", "foo=\"b\\073c\"; x=y"}}).body == "b;c there b;c");
    BOOST_TEST(get("/", {{"Cookie", "foo=1"}, {"Cookie", "x=2"}}).code == 200);
    BOOST_TEST(get("/", {{"Cookie", "/foo =bar;;=; foo=ok"}}).body == "ok there ok");
}

struct Unsendable {
    const char* name;
    const char* value;
    web::CookieOptions options;
};
const Unsendable unsendable[] = {
    {"foo bar", "x", {}},
    {"foo;", "x", {}},
    {"", "x", {}},
    {"f\r\noo", "x", {}},
    {"foo", "a\r\nSet-Cookie: evil=1", {}},
    {"foo", "a b", {}},
    {"foo", "x", {.path = "/;HttpOnly"}},
    {"foo", "x", {.domain = "a.com\r\nX: y"}},
    {"foo", "x", {.samesite = "Lax; Domain=b.com"}}};

BOOST_DATA_TEST_CASE_F(
    WebTest,
    that_cannot_be_sent_are_a_500,
    data::xrange(std::size(unsendable)),
    i
) {
    struct Handler : web::RequestHandler {
        void get() {
            const auto& cookie = unsendable[get_argument<std::size_t>("i")];
            set_cookie(cookie.name, cookie.value, cookie.options);
        }
    };
    serve<Handler>();
    const testing::ExpectLog expected{logging::gen_log(), "cookie "};
    const auto response = get("/?i=" + std::to_string(i));
    BOOST_TEST(response.code == 500);
    BOOST_TEST(header(response, "Set-Cookie") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(outlive_an_error, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_cookie("a", "b");
            throw web::HTTPError{403};
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 403);
    BOOST_TEST(header(response, "Set-Cookie") == "a=b; Path=/");
}

BOOST_FIXTURE_TEST_CASE(outlive_a_finish_that_fails, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_cookie("a", "b");
            set_header("Content-Length", "many");
            if (get_argument<bool>("flush")) {
                flush();
            }
        }
    };
    serve<Handler>();
    const auto expected = expect_uncaught();
    for (const std::string flush : {"0", "1"}) {
        const auto response = get("/?flush=" + flush);
        BOOST_TEST(response.code == 500);
        BOOST_TEST(header(response, "Set-Cookie") == "a=b; Path=/");
    }
}

struct Signed : web::RequestHandler {
    void get() { write(get_signed_cookie("foo").value_or("nothing")); }
    void put() { set_signed_cookie("foo", get_argument("value")); }
    void patch() {
        write(get_signed_cookie("foo", get_argument("value")).value_or("nothing") + " ");
        write(std::to_string(get_signed_cookie_key_version("foo").value_or(-1)));
    }
};

BOOST_FIXTURE_TEST_CASE(that_are_signed_come_back, WebTest) {
    settings.cookie_secret = "secret";
    serve<Signed>();
    const auto set = header(get("/?value=b%20c", {}, "PUT"), "Set-Cookie");
    BOOST_TEST(set.find("; expires=") != std::string::npos);
    const auto cookie = set.substr(0, set.find(';'));
    BOOST_TEST(get("/", {{"Cookie", cookie}}).body == "b c");
    BOOST_TEST(get("/", {{"Cookie", cookie + "0"}}).body == "nothing");
    BOOST_TEST(get("/", {{"Cookie", "foo=b"}}).body == "nothing");
    BOOST_TEST(get("/").body == "nothing");
    const auto value = cookie.substr(cookie.find('=') + 1);
    BOOST_TEST(get("/?value=" + value, {{"Cookie", cookie}}, "PATCH").body == "b c 0");
    BOOST_TEST(get("/?value=x", {}, "PATCH").body == "nothing -1");
}

BOOST_FIXTURE_TEST_CASE(that_are_signed_last_30_days_when_options_do_not_say_how_long, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_signed_cookie("usual", "a");
            set_signed_cookie("secure", "a", {.httponly = true, .secure = true});
            set_signed_cookie("short", "a", {.max_age = 60s});
            set_cookie("session", create_signed_value("session", "a"));
        }
    };
    settings.cookie_secret = "secret";
    serve<Handler>();
    const auto response = get();
    const auto cookies = response.headers.get_list("Set-Cookie");
    BOOST_TEST_REQUIRE(cookies.size() == 4U);
    for (const auto cookie : {cookies[0], cookies[1]}) {
        const auto expires =
            httputil::parse_http_date(cookie.substr(cookie.find("expires=") + 8, 29));
        BOOST_TEST_REQUIRE(!expires.has_error());
        const auto lasts = *expires - std::chrono::system_clock::now();
        BOOST_TEST((lasts > std::chrono::days{29} && lasts < std::chrono::days{31}));
    }
    BOOST_TEST(cookies[2].find("expires=") == cookies[2].npos);
    BOOST_TEST(cookies[3].find("expires=") == cookies[3].npos);
}

/// Takes a signed cookie as the query says, by its name or as text.
struct Choosy : web::RequestHandler {
    void get() {
        web::SignedCookieOptions options;
        options.max_age_days = get_argument("days", options.max_age_days);
        options.min_version = get_argument("version", options.min_version);
        write(get_signed_cookie("foo", options).value_or("nothing") + " ");
        write(get_signed_cookie("foo", get_cookie("foo", ""), options).value_or("nothing"));
    }
    void put() { set_signed_cookie("foo", "a", {}, get_argument<int>("version")); }
};

BOOST_FIXTURE_TEST_CASE(that_are_signed_count_as_long_as_the_handler_says, WebTest) {
    settings.cookie_secret = "secret";
    serve<Choosy>();
    const auto cookie_of = [](std::chrono::days age) {
        const auto made = std::chrono::system_clock::now() - age;
        return "foo=" + web::create_signed_value("secret", "foo", "a", {.clock = made});
    };
    const auto body = [&](std::string_view query, const std::string& cookie) {
        return get("/?" + std::string{query}, {{"Cookie", cookie}}).body;
    };
    const auto of_last_week = cookie_of(std::chrono::days{8});
    BOOST_TEST(body("", of_last_week) == "a a");
    BOOST_TEST(body("days=9", of_last_week) == "a a");
    BOOST_TEST(body("days=7", of_last_week) == "nothing nothing");
    BOOST_TEST(body("days=0.001", cookie_of(std::chrono::days{0})) == "a a");
    BOOST_TEST(body("", cookie_of(std::chrono::days{32})) == "nothing nothing");
    BOOST_TEST(body("days=33", cookie_of(std::chrono::days{32})) == "a a");
}

BOOST_FIXTURE_TEST_CASE(that_are_signed_are_of_the_versions_that_the_handler_takes, WebTest) {
    settings.cookie_secret = "secret";
    serve<Choosy>();
    const auto made_as = [&](std::string_view version) {
        const auto set = header(get("/?version=" + std::string{version}, {}, "PUT"), "Set-Cookie");
        return set.substr(0, set.find(';'));
    };
    const auto old = made_as("1");
    BOOST_TEST(old.find("2|1:0|") == old.npos);
    BOOST_TEST(made_as("2").find("2|1:0|") != std::string::npos);
    BOOST_TEST(get("/", {{"Cookie", old}}).body == "a a");
    BOOST_TEST(get("/?version=2", {{"Cookie", old}}).body == "nothing nothing");
    BOOST_TEST(get("/?version=2", {{"Cookie", made_as("2")}}).body == "a a");
}

BOOST_FIXTURE_TEST_CASE(are_signed_with_the_key_version_of_the_settings, WebTest) {
    settings.cookie_secret = {{0, "old"}, {1, "new"}};
    settings.key_version = 1;
    serve<Signed>();
    BOOST_TEST(
        header(get("/?value=a", {}, "PUT"), "Set-Cookie").find("2|1:1|") != std::string::npos
    );
    const auto of_old =
        web::create_signed_value({{0, "old"}, {1, "new"}}, "foo", "a", {.key_version = 0});
    BOOST_TEST(get("/", {{"Cookie", "foo=" + of_old}}).body == "a");
}

BOOST_FIXTURE_TEST_CASE(cannot_be_signed_without_a_secret, WebTest) {
    serve<Signed>();
    const auto log = expect_uncaught("set ApplicationSettings::cookie_secret");
    BOOST_TEST(get("/", {}).code == 500);
    BOOST_TEST(get("/?value=a", {}, "PUT").code == 500);
}

BOOST_FIXTURE_TEST_CASE(can_all_be_cleared, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { clear_all_cookies(); }
    };
    serve<Handler>();
    // Those in between have names that no server can set: a neighbour's on the same domain.
    const auto response = get("/", {{"Cookie", "a=b; x[y]=1; x,y=2; c=d; e"}});
    BOOST_TEST(response.code == 200);
    const auto cleared = response.headers.get_list("Set-Cookie");
    BOOST_TEST_REQUIRE(cleared.size() == 2u);
    BOOST_TEST(cleared[0].starts_with("a=\"\"; expires="));
    BOOST_TEST(cleared[1].starts_with("c=\"\"; expires="));
}

BOOST_FIXTURE_TEST_CASE(are_sent_once_when_the_first_flush_fails, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            int hooks = 0;
            before_headers([&](web::RequestHandler&) { ++hooks; });
            set_cookie("a", "1");
            set_cookie("b", "2");
            add_header("Set-Cookie", "own=0");
            set_header("Content-Length", "no number");
            BOOST_CHECK_THROW(flush(), std::exception);
            set_header("Content-Length", "4");
            add_header("Set-Cookie", "late=0");
            set_cookie("b", "3");
            write("text");
            flush();
            BOOST_TEST(hooks == 1);
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.body == "text");
    std::string cookies;
    for (const auto field : response.headers.get_list("Set-Cookie")) {
        cookies += std::string{field.substr(0, field.find(';'))} + " ";
    }
    BOOST_TEST(cookies == "own=0 late=0 a=1 b=3 ");
}

BOOST_AUTO_TEST_SUITE_END()
