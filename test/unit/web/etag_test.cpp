#include <tornado/web/request_handler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(etag)

struct Hello : web::RequestHandler {
    void get() { write("hello"); }
    void head() { get(); }
    void post() { write("hello"); }
};
const std::string hello_tag = "\"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\"";  // sha1 of "hello"

BOOST_FIXTURE_TEST_CASE(is_the_sha1_of_the_body, WebTest) {
    serve<Hello>();
    BOOST_TEST(header(get(), "Etag") == hello_tag);
    BOOST_TEST(header(post(""), "Etag") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(that_cannot_be_sent_is_a_500_and_nothing_of_it_sent, WebTest) {
    struct Handler : web::RequestHandler {
        std::optional<std::string> compute_etag() const override { return "\"a\"\r\nX-Bar: baz"; }
        void get() { write("hello"); }
    };
    serve<Handler>();
    const auto expected = expect_uncaught();
    const auto response = get();
    BOOST_TEST(response.code == 500);
    BOOST_TEST(header(response, "Etag") == "(none)");
    BOOST_TEST(header(response, "X-Bar") == "(none)");
}

struct Echo : web::RequestHandler {
    void get() { write(get_argument("body")); }
};

/// Short, long, and of one length but alike in most places.
std::vector<std::string> many_bodies() {
    std::vector<std::string> bodies;
    for (std::size_t size = 1; size <= 132; ++size) {
        bodies.emplace_back(size, 'x');
    }
    for (char c = 'a'; c <= 'w'; ++c) {
        for (const std::size_t place : {0U, 5U, 31U, 63U}) {
            bodies.emplace_back(64, 'x');
            bodies.back()[place] = c;
        }
    }
    return bodies;
}

BOOST_FIXTURE_TEST_CASE(of_one_body_is_the_same_each_time_and_of_no_other, WebTest) {
    serve<Echo>();
    std::map<std::string, std::string> body_of;
    for (int round = 0; round < 2; ++round) {
        for (const auto& body : many_bodies()) {
            // Twice in a row: the second time it may be remembered.
            for (int time = 0; time < 2; ++time) {
                const auto tag = header(get("/?body=" + body), "Etag");
                BOOST_TEST(body_of.try_emplace(tag, body).first->second == body);
            }
        }
    }
    BOOST_TEST(body_of.size() == many_bodies().size());
}

const std::string matching[] = {
    hello_tag,
    "W/" + hello_tag,
    "*",
    "\"other\", " + hello_tag,
    "\"a\",W/" + hello_tag + " , \"b\"",
    ", ,\t" + hello_tag + " ,",
    "\"a,b\"," + hello_tag};

BOOST_DATA_TEST_CASE_F(WebTest, that_the_client_has_makes_a_304, data::make(matching), tags) {
    serve<Hello>();
    const auto response = get("/", {{"If-None-Match", tags}});
    BOOST_TEST(response.code == 304);
    BOOST_TEST(response.body == "");
    BOOST_TEST(header(response, "Etag") == hello_tag);
    BOOST_TEST(header(response, "Content-Type") == "(none)");
    BOOST_TEST(get("/", {{"If-None-Match", tags}}, "HEAD").code == 304);
}

const std::string unlike[] = {
    "\"other\"",
    hello_tag.substr(1),
    "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
    "",
    "\"\"",
    "\"x\", *",
    "\"a\" " + hello_tag,
    "\"a\"" + hello_tag,
    "x" + hello_tag,
    "x, " + hello_tag,
    "w/" + hello_tag,
    "W/ " + hello_tag,
    hello_tag + "x",
    "*x",
    "*, \"x\""};

BOOST_DATA_TEST_CASE_F(WebTest, that_the_client_has_not_makes_a_200, data::make(unlike), tags) {
    serve<Hello>();
    const auto response = get("/", {{"If-None-Match", tags}});
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.body == "hello");
}

BOOST_FIXTURE_TEST_CASE(may_stand_in_any_of_several_fields, WebTest) {
    serve<Hello>();
    const httputil::HTTPHeaders two{{"If-None-Match", "\"a\""}, {"If-None-Match", hello_tag}};
    BOOST_TEST(get("/", two).code == 304);
}

BOOST_FIXTURE_TEST_CASE(is_for_200_only, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_status(201);
            write("hello");
        }
    };
    serve<Handler>();
    const auto response = get("/", {{"If-None-Match", "*"}});
    BOOST_TEST(response.code == 201);
    BOOST_TEST(header(response, "Etag") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(is_computed_by_the_handler_that_overrides_it, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write("hello"); }
        std::optional<std::string> compute_etag() const override { return "\"mine\""; }
    };
    serve<Handler>();
    BOOST_TEST(header(get(), "Etag") == "\"mine\"");
    BOOST_TEST(get("/", {{"If-None-Match", "\"mine\""}}).code == 304);
}

BOOST_FIXTURE_TEST_CASE(can_be_switched_off, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write("hello"); }
        std::optional<std::string> compute_etag() const override { return std::nullopt; }
    };
    serve<Handler>();
    const auto response = get("/", {{"If-None-Match", "*"}});
    BOOST_TEST(response.code == 200);
    BOOST_TEST(header(response, "Etag") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(that_the_handler_set_is_what_the_client_may_have, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_header("Etag", "\"set\"");
            write("hello");
        }
    };
    serve<Handler>();
    BOOST_TEST(get("/", {{"If-None-Match", "\"set\""}}).code == 304);
    BOOST_TEST(get("/", {{"If-None-Match", hello_tag}}).code == 200);
}

BOOST_FIXTURE_TEST_CASE(that_the_handler_set_stays, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_header("Etag", "\"set\"");
            write("hello");
        }
    };
    serve<Handler>();
    BOOST_TEST(header(get(), "Etag") == "\"set\"");
}

BOOST_FIXTURE_TEST_CASE(can_be_checked_by_the_handler_itself, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_header("Etag", "\"early\"");
            if (check_etag_header()) {
                set_status(304);
                finish();
                return;
            }
            write("expensive");
        }
    };
    serve<Handler>();
    BOOST_TEST(get("/", {{"If-None-Match", "W/\"early\""}}).code == 304);
    BOOST_TEST(get("/", {{"If-None-Match", "\"late\""}}).body == "expensive");
}

BOOST_FIXTURE_TEST_CASE(that_is_set_again_is_one_field, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_etag_header();
            write("hello");
            set_etag_header();
        }
        void post() {
            set_header("Etag", "\"own\"");
            write("hello");
            set_etag_header();
        }
    };
    serve<Handler>();
    BOOST_TEST(header(get(), "Etag") == hello_tag);
    BOOST_TEST(header(post(""), "Etag") == hello_tag);
}

BOOST_AUTO_TEST_SUITE_END()
