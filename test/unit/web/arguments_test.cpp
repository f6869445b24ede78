#include <tornado/web/request_handler.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(arguments)

struct Echo : web::RequestHandler {
    void get() { write("[" + get_argument("foo", "default") + "]"); }
    void post() { get(); }
};

BOOST_FIXTURE_TEST_CASE(come_from_the_query_or_the_form, WebTest) {
    serve<Echo>();
    BOOST_TEST(get("/?foo=bar").body == "[bar]");
    BOOST_TEST(post("foo=body").body == "[body]");
    BOOST_TEST(get("/").body == "[default]");
    BOOST_TEST(get("/?foo=").body == "[]");
    BOOST_TEST(get("/?foo=a+b%20c%2B").body == "[a b c+]");
    BOOST_TEST(get("/?foo=%C3%A9").body == "[\xC3\xA9]");
}

BOOST_FIXTURE_TEST_CASE(the_last_value_wins_and_the_body_comes_after_the_query, WebTest) {
    struct Handler : web::RequestHandler {
        void post() {
            write(get_argument("a") + " " + get_query_argument("a") + " " + get_body_argument("a"));
            for (const auto& value : get_arguments("a")) {
                write("," + value);
            }
            write(" q" + std::to_string(get_query_arguments("a").size()));
            write(" b" + std::to_string(get_body_arguments("a").size()));
            write(" n" + std::to_string(get_arguments("none").size()));
        }
    };
    serve<Handler>();
    BOOST_TEST(post("a=3&a=4", "/?a=1&a=2").body == "4 2 4,1,2,3,4 q2 b2 n0");
}

BOOST_FIXTURE_TEST_CASE(of_one_source_are_not_found_in_the_other, WebTest) {
    struct Handler : web::RequestHandler {
        void post() { write(get_query_argument("body", "no") + get_body_argument("query", "no")); }
    };
    serve<Handler>();
    BOOST_TEST(post("body=1", "/?query=1").body == "nono");
}

BOOST_FIXTURE_TEST_CASE(are_stripped_and_freed_of_control_characters, WebTest) {
    serve<Echo>();
    BOOST_TEST(get("/?foo=%20a%20b%0D%0A").body == "[a b]");
    BOOST_TEST(get("/?foo=a%08b%1Fc%00d").body == "[a b c d]");
    BOOST_TEST(get("/?foo=a%09b%0Ac").body == "[a\tb\nc]");
    BOOST_TEST(get("/?foo=%01x%01").body == "[x]");
    BOOST_TEST(get("/?foo=%20%20").body == "[]");
}

BOOST_FIXTURE_TEST_CASE(are_stripped_of_all_that_unicode_counts_as_space, WebTest) {
    serve<Echo>();
    BOOST_TEST(get("/?foo=%C2%A0x%E3%80%80").body == "[x]");
    BOOST_TEST(get("/?foo=%E2%80%83+%C2%85x%E2%80%A8y%E2%80%A9%0A").body == "[x\u2028y]");
    BOOST_TEST(get("/?foo=%E3%80%80").body == "[]");
    BOOST_TEST(get("/?foo=%C3%A0").body == "[\u00e0]");  // ends with a byte of a space
}

BOOST_FIXTURE_TEST_CASE(that_are_not_utf8_are_a_400, WebTest) {
    serve<Echo>();
    const testing::ExpectLog expected{logging::gen_log(), "foo is not UTF-8"};
    BOOST_TEST(get("/?foo=%E9").code == 400);
    BOOST_TEST(get("/?other=%E9").code == 200);  // nobody asked for it
}

BOOST_FIXTURE_TEST_CASE(that_are_refused_are_logged_with_their_percent_signs, WebTest) {
    serve<Echo>();
    const testing::ExpectLog expected{
        logging::gen_log(), "400 GET /\\?foo=%25%E9%25s .*foo is not UTF-8"};
    BOOST_TEST(get("/?foo=%25%E9%25s").code == 400);
}

BOOST_FIXTURE_TEST_CASE(that_are_missing_are_a_400, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write(get_argument("foo")); }
        void post() {
            try {
                write(get_body_argument("foo"));
            } catch (const web::MissingArgumentError& error) {
                write(error.arg_name() + std::to_string(error.status_code()));
            }
        }
    };
    serve<Handler>();
    const testing::ExpectLog expected{
        logging::gen_log(), "400 GET / \\(127.0.0.1\\): Missing argument foo"};
    BOOST_TEST(get().code == 400);
    BOOST_TEST(get("/?foo=1").body == "1");
    BOOST_TEST(post("", "/?foo=query").body == "foo400");
}

struct Typed : web::RequestHandler {
    void get() {
        write(std::to_string(get_argument<int>("i", 7)));
        write(get_argument<bool>("b", false) ? " yes" : " no");
        write(" " + std::to_string(get_argument<double>("d", 0.5)));
    }
};

BOOST_FIXTURE_TEST_CASE(take_the_type_asked_for, WebTest) {
    serve<Typed>();
    BOOST_TEST(get("/").body == "7 no 0.500000");
    BOOST_TEST(get("/?i=-12&b=true&d=2.25").body == "-12 yes 2.250000");
    BOOST_TEST(get("/?i=%203%20&b=1").body == "3 yes 0.500000");
    BOOST_TEST(get("/?b=on").body == "7 yes 0.500000");  // a checkbox without a value of its own
    BOOST_TEST(get("/?b=off").body == "7 no 0.500000");
}

struct Optional : web::RequestHandler {
    void get() {
        const auto page = get_argument<std::optional<int>>("page");
        write(page ? std::to_string(*page) : "none");
        write(" " + get_argument<std::optional<std::string>>("q").value_or("none"));
        write(" " + get_argument("q", std::nullopt).value_or("none"));
        write(" " + std::to_string(get_argument("d", std::optional{0.5}).value_or(0)));
    }
    void post() {
        constexpr auto as_sent = web::Strip::no;
        write(get_query_argument<std::optional<std::string>>("a").value_or("none"));
        write(" " + get_body_argument("a", std::nullopt, as_sent).value_or("none"));
        write(" " + get_query_argument("b", std::nullopt).value_or("none"));
        write(" " + std::to_string(get_body_argument<std::optional<int>>("b").value_or(0)));
    }
};

BOOST_FIXTURE_TEST_CASE(may_be_absent_as_an_optional, WebTest) {
    serve<Optional>();
    BOOST_TEST(get("/").body == "none none none 0.500000");
    BOOST_TEST(get("/?q=&page=3&d=1.5").body == "3   1.500000");
    BOOST_TEST(get("/?q=cat").body == "none cat cat 0.500000");
    BOOST_TEST(post("b=7&a=+x", "/?a=y").body == "y  x none 7");
}

BOOST_FIXTURE_TEST_CASE(that_do_not_fit_their_optional_are_a_400, WebTest) {
    serve<Optional>();
    const testing::ExpectLog expected{logging::gen_log(), "has the wrong type"};
    BOOST_TEST(get("/?page=").code == 400);
    BOOST_TEST(get("/?page=x").code == 400);
    BOOST_TEST(get("/?d=x").code == 400);
}

const std::string misfits[] = {
    "i=",
    "i=x",
    "i=1x",
    "i=1.5",
    "i=99999999999",
    "i=%2B1",
    "b=maybe",
    "d=x",
    "d=nan",
    "d=inf",
    "d=-Infinity",
    "d=1e999"};

BOOST_DATA_TEST_CASE_F(WebTest, that_do_not_fit_their_type_are_a_400, data::make(misfits), query) {
    serve<Typed>();
    const testing::ExpectLog expected{logging::gen_log(), "has the wrong type"};
    BOOST_TEST(get("/?" + query).code == 400);
}

const std::string form_types[] = {
    "application/x-www-form-urlencoded",
    "Application/X-WWW-Form-URLEncoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "application/x-www-form-urlencoded;charset=utf-8",
    "application/x-www-form-urlencoded ; x=\"y\""};

BOOST_DATA_TEST_CASE_F(
    WebTest,
    of_a_form_need_its_content_type_in_any_case,
    data::make(form_types),
    type
) {
    serve<Echo>();
    const auto response =
        fetch("/", {.body = "foo=bar", .headers = {{"Content-Type", type}}, .method = "POST"});
    BOOST_TEST(response.body == "[bar]");
}

const std::string other_types[] =
    {"text/plain", "application/x-www-form-urlencoded2", "application/x-www-form", "", "x"};

BOOST_DATA_TEST_CASE_F(WebTest, are_not_read_from_other_bodies, data::make(other_types), type) {
    serve<Echo>();
    const auto response =
        fetch("/", {.body = "foo=bar", .headers = {{"Content-Type", type}}, .method = "POST"});
    BOOST_TEST(response.body == "[default]");
}

BOOST_FIXTURE_TEST_CASE(of_an_encoded_form_are_a_400, WebTest) {
    serve<Echo>();
    const testing::ExpectLog expected{
        logging::gen_log(), "Invalid body: a form must not have a Content-Encoding"};
    const auto response = fetch(
        "/", {.body = "foo=bar", .headers = {{"Content-Encoding", "gzip"}}, .method = "POST"}
    );
    BOOST_TEST(response.code == 400);
}

BOOST_FIXTURE_TEST_CASE(do_not_come_from_trailers_which_stand_by_themselves, WebTest) {
    struct Handler : web::RequestHandler {
        void post() { write(request().body() + request().trailers().get("Digest").value()); }
    };
    serve<Handler>();
    BOOST_TEST(
        fetch_raw("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close"
                  "\r\n\r\n1\r\na\r\n0\r\nDigest: x\r\n\r\n")
            .ends_with("\r\n\r\nax")
    );
}

BOOST_FIXTURE_TEST_CASE(come_from_a_chunked_form_too, WebTest) {
    serve<Echo>();
    auto connection = connect();
    connection.send(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n4\r\nfoo=\r\n3\r\nbar\r\n0\r\n\r\n"
    );
    BOOST_TEST(connection.read_response().body == "[bar]");
}

struct Upload : web::RequestHandler {
    void post() {
        write(get_argument("title"));
        for (const auto& [name, files] : request().files()) {
            for (const auto& file : files) {
                write(" " + name + ":" + file.filename + ":" + file.content_type + ":" + file.body);
            }
        }
    }
};

BOOST_FIXTURE_TEST_CASE(come_from_a_multipart_form_with_its_files, WebTest) {
    serve<Upload>();
    const auto response = fetch(
        "/",
        {.body = "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nSunset\r\n"
                 "--b\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n"
                 "Content-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n",
         .headers = {{"Content-Type", "multipart/form-data; boundary=b"}},
         .method = "POST"}
    );
    BOOST_TEST(response.body == "Sunset photo:a.png:image/png:\x89PNG");
}

BOOST_FIXTURE_TEST_CASE(of_a_malformed_multipart_form_are_a_400, WebTest) {
    serve<Upload>();
    const testing::ExpectLog expected{
        logging::gen_log(), "Invalid body: the multipart body is malformed"};
    const auto response = fetch(
        "/",
        {.body = "--b\r\n\r\nno head\r\n--b--\r\n",
         .headers = {{"Content-Type", "multipart/form-data; boundary=b"}},
         .method = "POST"}
    );
    BOOST_TEST(response.code == 400);
}

BOOST_FIXTURE_TEST_CASE(of_a_multipart_form_that_are_no_text_are_a_400, WebTest) {
    serve<Upload>();
    const testing::ExpectLog expected{logging::gen_log(), "^400 POST / "};
    const auto response = fetch(
        "/",
        {.body =
             "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n\xff\xfe\r\n--b--\r\n",
         .headers = {{"Content-Type", "multipart/form-data; boundary=b"}},
         .method = "POST"}
    );
    BOOST_TEST(response.code == 400);
}

BOOST_FIXTURE_TEST_CASE(whose_name_is_no_text_are_not_in_the_way_of_others, WebTest) {
    serve<Echo>();
    BOOST_TEST(get("/?%FF=x&foo=bar&%C3=").body == "[bar]");
    BOOST_TEST(post("%FF=x&foo=bar").body == "[bar]");
}

BOOST_FIXTURE_TEST_CASE(the_body_is_there_as_it_came, WebTest) {
    struct Handler : web::RequestHandler {
        void post() { write(request().body()); }
        void put() { post(); }
    };
    serve<Handler>();
    BOOST_TEST(fetch("/", {.body = "a=%41&b", .method = "PUT"}).body == "a=%41&b");
    const std::string large(300'000, 'y');
    BOOST_TEST(post(large).body == large);
}

BOOST_FIXTURE_TEST_CASE(of_either_source_have_typed_fallbacks, WebTest) {
    struct Handler : web::RequestHandler {
        void post() {
            write(std::to_string(get_query_argument("n", 7) + get_body_argument("n", 70)));
            write(get_query_argument("b", true) ? " yes" : " no");
        }
    };
    serve<Handler>();
    BOOST_TEST(post("n=10", "/?n=2&b=0").body == "12 no");
    BOOST_TEST(post("").body == "77 yes");
}

BOOST_FIXTURE_TEST_CASE(keep_their_spaces_when_so_asked, WebTest) {
    struct Handler : web::RequestHandler {
        void post() {
            constexpr auto as_sent = web::Strip::no;
            write("[" + get_argument("a", as_sent) + "][" + get_argument("b", "", as_sent) + "][");
            write(get_query_argument("a", as_sent) + "][" + get_body_argument("b", as_sent) + "][");
            write(get_arguments("a", as_sent).at(0) + "][" + get_argument("a") + "]");
        }
    };
    serve<Handler>();
    BOOST_TEST(post("b=%09y", "/?a=+x%01").body == "[ x ][\ty][ x ][\ty][ x ][x]");
}

BOOST_FIXTURE_TEST_CASE(are_decoded_by_the_handlers_own_rule, WebTest) {
    struct Latin1 : web::RequestHandler {
        void get() { write(get_argument("name") + "," + get_arguments("name").at(0)); }
        std::string decode_argument(std::string_view value, std::string_view name) const override {
            return std::string{name} + ":" + (value == "\xE9" ? "\xC3\xA9" : "?") + " ";
        }
    };
    serve<Latin1>();
    BOOST_TEST(get("/?name=%E9").body == "name:\xC3\xA9,name:\xC3\xA9");
}

/// What a malformed form gets: 400 from whoever reads it.
testing::HTTPResponse send_malformed_form(WebTest& test, std::string_view path = "/") {
    return test.fetch(
        path, {.body = "a=1", .headers = {{"Content-Encoding", "gzip"}}, .method = "POST"}
    );
}

BOOST_FIXTURE_TEST_CASE(of_a_form_are_not_read_where_nobody_serves_the_method, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {}
    };
    serve<Handler>();
    const testing::ExpectLog silent{logging::gen_log(), "Invalid body", {.required = false}};
    BOOST_TEST(send_malformed_form(*this).code == 405);
    BOOST_TEST(send_malformed_form(*this, "/nowhere").code == 404);
    BOOST_TEST(silent.count() == 0u);
}

BOOST_FIXTURE_TEST_CASE(of_a_form_are_read_for_a_prepare_that_asks, WebTest) {
    struct Handler : web::RequestHandler {
        void prepare() {
            finish(get_body_argument("a") + std::to_string(get_arguments("a").size()));
        }
    };
    serve<Handler>();
    BOOST_TEST(post("a=x").body == "x1");
    const testing::ExpectLog expected{logging::gen_log(), "Invalid body"};
    BOOST_TEST(send_malformed_form(*this).code == 400);
}

BOOST_AUTO_TEST_SUITE_END()
