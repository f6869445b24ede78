#include <tornado/web/request_handler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

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

const std::string matching[] = {
    hello_tag,
    "W/" + hello_tag,
    "*",
    "\"other\", " + hello_tag,
    "\"a\",W/" + hello_tag + " , \"b\"",
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
    "\"x\", *"};

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

BOOST_AUTO_TEST_SUITE_END()
