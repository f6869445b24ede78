#include <tornado/web/request_handler.hpp>

#include <array>
#include <boost/json.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <tornado/httpclient/errors.hpp>

#include <tornado/httputil/http_date.hpp>

#include <tornado/escape.hpp>

#include "support.hpp"

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(response)

BOOST_FIXTURE_TEST_CASE(has_default_headers_and_a_length, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write("Hello, world"); }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.reason == "OK");
    BOOST_TEST(response.body == "Hello, world");
    BOOST_TEST(header(response, "Server").starts_with("TornadoServer/"));
    BOOST_TEST(header(response, "Content-Type") == "text/html; charset=UTF-8");
    BOOST_TEST(header(response, "Content-Length") == "12");
    BOOST_TEST(header(response, "Transfer-Encoding") == "(none)");
    const auto date = httputil::parse_http_date(header(response, "Date"));
    BOOST_REQUIRE(!date.has_error());
    BOOST_CHECK(std::chrono::system_clock::now() - *date < 10s);
}

// RFC 9110, 6.6.1.
BOOST_FIXTURE_TEST_CASE(that_takes_its_time_has_the_date_of_its_end, WebTest) {
    using TimePoint = std::chrono::system_clock::time_point;
    struct Handler : web::RequestHandler {
        explicit Handler(TimePoint& time) : began{time} {}
        Future<void> get() {
            if (get_argument("own", "") == "yes") {
                set_header("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
            }
            began = std::chrono::system_clock::now();
            co_await gen::sleep(1100ms);
            if (get_argument("streamed", "") == "yes") {
                co_await flush();
            }
        }
        TimePoint& began;
    };
    TimePoint began;
    serve<Handler>(std::ref(began));
    for (const auto* path : {"/", "/?streamed=yes"}) {
        const auto date = httputil::parse_http_date(header(get(path), "Date"));
        BOOST_REQUIRE(!date.has_error());
        BOOST_CHECK(*date > began);
    }
    BOOST_TEST(header(get("/?own=yes"), "Date") == "Thu, 01 Jan 1970 00:00:00 GMT");
}

BOOST_FIXTURE_TEST_CASE(without_a_write_is_empty, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {}
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 200);
    BOOST_TEST(header(response, "Content-Length") == "0");
}

BOOST_FIXTURE_TEST_CASE(headers_are_set_added_and_cleared, WebTest) {
    struct Handler : web::RequestHandler {
        void set_default_headers() override {
            set_header("X-Default", "d");
            clear_header("Server");
        }
        void get() {
            set_header("X-One", "first");
            set_header("x-one", "second");
            add_header("X-Two", "a");
            add_header("X-Two", "b");
            set_header("X-Three", "gone");
            clear_header("X-Three");
            set_header("X-Int", 42);
            set_header("X-Date", std::chrono::system_clock::from_time_t(0));
            set_header("X-High", "caf\xe9");
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(header(response, "X-One") == "second");
    BOOST_TEST(header(response, "X-Two") == "a,b");
    BOOST_TEST(header(response, "X-Three") == "(none)");
    BOOST_TEST(header(response, "X-Int") == "42");
    BOOST_TEST(header(response, "X-Date") == "Thu, 01 Jan 1970 00:00:00 GMT");
    BOOST_TEST(header(response, "X-High") == "caf\xe9");
    BOOST_TEST(header(response, "X-Default") == "d");
    BOOST_TEST(header(response, "Server") == "(none)");
}

using namespace std::string_view_literals;
const std::pair<std::string_view, std::string_view> unsendable[] = {
    {"X-Foo", "foo\r\nX-Bar: baz"},
    {"X-Foo", "foo\nX-Bar: baz"},
    {"X-Foo", "foo\rbar"},
    {"X-Foo", "foo\0bar"sv},
    {"X-Foo", "foo\x01"},
    {"X-Foo\r\nX-Bar", "baz"},
    {"X Foo", "space"},
    {"X-Foo:", "colon"},
    {"X-Foo\0"sv, "nul"},
    {"", "empty"}};

BOOST_DATA_TEST_CASE_F(
    WebTest,
    unsendable_header_is_a_500_and_nothing_of_it_sent,
    data::xrange(std::size(unsendable)),
    i
) {
    struct Handler : web::RequestHandler {
        void get() {
            const auto& [name, value] = unsendable[get_argument<std::size_t>("i")];
            if (get_argument<bool>("add")) {
                add_header(name, value);
            } else {
                set_header(name, value);
            }
        }
    };
    serve<Handler>();
    for (const std::string add : {"1", "0"}) {
        const auto expected = expect_uncaught();
        const auto response = get("/?i=" + std::to_string(i) + "&add=" + add);
        BOOST_TEST(response.code == 500);
        BOOST_TEST(header(response, "X-Foo") == "(none)");
        BOOST_TEST(header(response, "X-Bar") == "(none)");
    }
}

BOOST_FIXTURE_TEST_CASE(unsendable_default_header_is_a_500, WebTest) {
    struct Handler : web::RequestHandler {
        void set_default_headers() override { set_header("bad name", "x"); }
        void get() { write("never"); }
    };
    serve<Handler>();
    const auto expected = expect_uncaught();
    const auto response = get();
    BOOST_TEST(response.code == 500);
    BOOST_TEST(response.body.find("never") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(status_has_its_usual_reason_or_the_given_one, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            const auto reason = get_argument("reason", "");
            set_status(get_argument<int>("code"), reason == "crlf" ? "a\r\nSet-Cookie: b" : reason);
        }
    };
    serve<Handler>();
    BOOST_TEST(get("/?code=404").reason == "Not Found");
    BOOST_TEST(get("/?code=682&reason=All+good").reason == "All good");
    BOOST_TEST(get("/?code=682&reason=All+good").code == 682);
    BOOST_TEST(get("/?code=682").reason == "Unknown");
    BOOST_TEST(get("/?code=400&reason=%3Cscript%3E").reason == "Unknown");
    const auto split = get("/?code=400&reason=crlf");
    BOOST_TEST(split.reason == "Unknown");
    BOOST_TEST(header(split, "Set-Cookie") == "(none)");
}

const int impossible_statuses[] = {-1, 0, 99, 100, 199, 1000};

BOOST_DATA_TEST_CASE_F(
    WebTest,
    status_without_three_digits_is_a_500,
    data::make(impossible_statuses),
    status
) {
    struct Handler : web::RequestHandler {
        void get() { set_status(get_argument<int>("code")); }
        void post() { throw web::HTTPError{get_argument<int>("code")}; }
    };
    serve<Handler>();
    {
        const auto expected = expect_uncaught();
        BOOST_TEST(get("/?code=" + std::to_string(status)).code == 500);
    }
    BOOST_TEST(post("", "/?code=" + std::to_string(status)).code == 500);
}

BOOST_FIXTURE_TEST_CASE(takes_no_output_after_finish, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(int& thrown) : refusals{thrown} {}
        void get() {
            finish("done");
            for (const auto& late :
                 {&Handler::write_late,
                  &Handler::finish_late,
                  &Handler::flush_late,
                  &Handler::redirect_late}) {
                try {
                    (this->*late)();
                } catch (const std::logic_error&) {
                    ++refusals;
                }
            }
        }
        void write_late() { write("late"); }
        void finish_late() { finish(); }
        void flush_late() { flush(); }
        void redirect_late() { redirect("/"); }
        int& refusals;
    };
    int refusals = 0;
    serve<Handler>(std::ref(refusals));
    BOOST_TEST(get().body == "done");
    BOOST_TEST(refusals == 4);
}

BOOST_FIXTURE_TEST_CASE(finish_twice_is_logged_and_harmless, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            finish("once");
            finish();
        }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("finish\\(\\) called twice");
    auto connection = connect();
    connection.send(request_for("/"));
    BOOST_TEST(connection.read_response().body == "once");
    connection.send(request_for("/"));
    BOOST_TEST(connection.read_response().body == "once");
}

BOOST_FIXTURE_TEST_CASE(finish_twice_with_text_is_told_as_finish_twice, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            finish("once");
            finish("twice");
        }
        void post() { write("posted"); }
        void on_finish() override {
            if (request().method() == "POST") {
                write("late");
            }
        }
    };
    serve<Handler>();
    {
        const auto expected = expect_uncaught("finish\\(\\) called twice");
        BOOST_TEST(get().body == "once");
    }
    const auto expected = expect_uncaught("Cannot write\\(\\) .*on_finish\\(\\)");
    BOOST_TEST(post("").body == "posted");
}

BOOST_FIXTURE_TEST_CASE(json_object_sets_its_content_type, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write(boost::json::object{{"foo", "bar"}, {"lt", "</x>"}}); }
        void post() { write(boost::json::value{{"n", 1}}); }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(header(response, "Content-Type") == "application/json; charset=UTF-8");
    BOOST_TEST(boost::json::parse(response.body).at("foo").as_string() == "bar");
    BOOST_TEST(response.body.find("</") == std::string::npos);
    BOOST_TEST(post("").body == R"({"n": 1})");
}

BOOST_FIXTURE_TEST_CASE(json_array_at_the_top_is_refused, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write(boost::json::value(boost::json::array{1, 2})); }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("wrap it in an object");
    BOOST_TEST(get().code == 500);
}

struct Flusher : web::RequestHandler {
    Future<void> get() {
        write("one ");
        co_await flush();
        write("two ");
        co_await flush();
        write("three");
    }
    Future<void> head() { return get(); }
};

BOOST_FIXTURE_TEST_CASE(flush_makes_it_chunked, WebTest) {
    serve<Flusher>();
    const auto response = get();
    BOOST_TEST(response.body == "one two three");
    BOOST_TEST(header(response, "Transfer-Encoding") == "chunked");
    BOOST_TEST(header(response, "Content-Length") == "(none)");
    BOOST_TEST(header(response, "Etag") == "(none)");
    const auto raw = fetch_raw(request_for("/", "Connection: close\r\n"));
    BOOST_TEST(raw.ends_with("\r\n\r\n4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"));
}

BOOST_FIXTURE_TEST_CASE(flush_to_an_http_1_0_client_ends_by_closing, WebTest) {
    serve<Flusher>();
    const auto raw = fetch_raw("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(raw.find("Transfer-Encoding") == std::string::npos);
    BOOST_TEST(raw.find("Connection: close\r\n") != std::string::npos);
    BOOST_TEST(raw.ends_with("\r\n\r\none two three"));
}

BOOST_FIXTURE_TEST_CASE(flush_of_nothing_sends_the_head_and_is_done, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            co_await flush();
            co_await flush();
            write("o");
            finish("k");
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.body == "ok");
    BOOST_TEST(header(response, "Transfer-Encoding") == "chunked");
}

BOOST_FIXTURE_TEST_CASE(flush_with_a_length_is_not_chunked, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            set_header("Content-Length", 6);
            write("abc");
            co_await flush();
            write("def");
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.body == "abcdef");
    BOOST_TEST(header(response, "Transfer-Encoding") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(the_first_flush_comes_before_the_end, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(Promise<void>& go) : go_on{go} {}
        Future<void> get() {
            write("early");
            co_await flush();
            co_await go_on.future();
            write("late");
        }
        Promise<void>& go_on;
    };
    Promise<void> go_on;
    serve<Handler>(std::ref(go_on));
    auto connection = connect();
    connection.send(request_for("/"));
    std::string seen;
    while (seen.find("early") == std::string::npos) {
        seen += connection.read_bytes(1);
    }
    BOOST_TEST(seen.find("late") == std::string::npos);
    go_on.set_result();
    BOOST_TEST(connection.read_bytes(10).find("late") != std::string::npos);
}

struct WrongLength : web::RequestHandler {
    void get() {
        set_header("Content-Length", get_argument("length"));
        write("hello");
        if (get_argument<bool>("flush")) {
            flush();
        }
    }
};

BOOST_DATA_TEST_CASE_F(
    WebTest,
    body_unlike_its_content_length_never_looks_whole,
    data::make({"4", "6"}) * data::make({"0", "1"}),
    length,
    flush
) {
    serve<WrongLength>();
    const testing::ExpectLog headers_written{
        logging::gen_log(), "after headers written", {.required = false}};
    const auto expected = expect_uncaught();
    auto connection = connect();
    connection.send(request_for(std::string{"/?length="} + length + "&flush=" + flush));
    if (flush == "0") {  // nothing has been sent yet
        BOOST_TEST(connection.read_response().code == 500);
    } else {
        BOOST_CHECK_THROW(
            static_cast<void>(connection.read_response()), iostream::StreamClosedError
        );
    }
}

BOOST_DATA_TEST_CASE_F(
    WebTest,
    content_length_that_is_no_number_is_a_500,
    data::make({"0", "1"}),
    flush
) {
    serve<WrongLength>();
    const auto expected = expect_uncaught();
    BOOST_TEST(get(std::string{"/?length=abc&flush="} + flush).code == 500);
}

BOOST_FIXTURE_TEST_CASE(head_has_the_headers_of_get_and_no_body, WebTest) {
    struct Handler : web::RequestHandler {
        void head() { get(); }
        void get() { write("Hello"); }
    };
    serve<Handler>();
    const auto raw = fetch_raw("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(raw.find("Content-Length: 5\r\n") != std::string::npos);
    BOOST_TEST(raw.ends_with("\r\n\r\n"));
    BOOST_TEST(header(get("/", {}, "HEAD"), "Etag") == header(get(), "Etag"));
}

BOOST_FIXTURE_TEST_CASE(head_keeps_a_content_length_of_its_own, WebTest) {
    struct Handler : web::RequestHandler {
        void head() { set_header("Content-Length", 7); }
    };
    serve<Handler>();
    const auto response = get("/", {}, "HEAD");
    BOOST_TEST(response.code == 200);
    BOOST_TEST(header(response, "Content-Length") == "7");
}

BOOST_FIXTURE_TEST_CASE(head_with_flush_sends_no_body, WebTest) {
    serve<Flusher>();
    const auto raw = fetch_raw("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    BOOST_TEST(raw.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(raw.ends_with("\r\n\r\n"));
    BOOST_TEST(raw.find("one") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(head_is_not_derived_from_get, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {}
    };
    serve<Handler>();
    BOOST_TEST(get("/", {}, "HEAD").code == 405);
}

BOOST_DATA_TEST_CASE_F(
    WebTest,
    bodyless_status_has_neither_length_nor_type,
    data::make({204, 304}),
    status
) {
    struct Handler : web::RequestHandler {
        void get() {
            set_header("Content-Language", "en");
            set_header("Content-Encoding", "identity");
            set_status(get_argument<int>("code"));
        }
    };
    serve<Handler>();
    auto connection = connect();
    for (int i = 0; i < 2; ++i) {  // and the connection stays in step
        connection.send(request_for("/?code=" + std::to_string(status)));
        const auto response = connection.read_response();
        BOOST_TEST(response.code == status);
        for (const auto* name :
             {"Content-Length",
              "Content-Type",
              "Content-Language",
              "Content-Encoding",
              "Transfer-Encoding"}) {
            BOOST_TEST(header(response, name) == "(none)");
        }
    }
}

BOOST_FIXTURE_TEST_CASE(body_with_a_bodyless_status_is_a_500, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_status(204);
            write("body");
        }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("204 response has no body");
    BOOST_TEST(get().code == 500);
}

BOOST_FIXTURE_TEST_CASE(bodyless_status_can_be_flushed, WebTest) {
    struct Handler : web::RequestHandler {
        Future<void> get() {
            set_status(204);
            co_await flush();
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 204);
    BOOST_TEST(header(response, "Transfer-Encoding") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(redirect_finishes_with_a_location, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { redirect("/there"); }
        void post() { redirect("/there", true); }
        void put() { redirect("/there", 303); }
        void patch() { redirect("/there", 400); }
        void delete_() { redirect("/there\r\nX-Evil: 1"); }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 302);
    BOOST_TEST(header(response, "Location") == "/there");
    BOOST_TEST(get("/", {{"Content-Length", "0"}}, "POST").code == 301);
    BOOST_TEST(get("/", {}, "PUT").code == 303);
    const auto expected = expect_uncaught();
    BOOST_TEST(get("/", {}, "PATCH").code == 500);
    const auto split = get("/", {}, "DELETE");
    BOOST_TEST(split.code == 500);
    BOOST_TEST(header(split, "X-Evil") == "(none)");
}

BOOST_FIXTURE_TEST_CASE(redirect_after_flush_is_an_error, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            write("some");
            flush();
            redirect("/there");
        }
    };
    serve<Handler>();
    const auto expected = expect_uncaught("redirect before flush");
    const testing::ExpectLog headers_written{logging::gen_log(), "after headers written"};
    BOOST_CHECK_THROW(get(), tornado::httpclient::HTTPStreamClosedError);
}

BOOST_FIXTURE_TEST_CASE(large_bodies_come_through, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write(std::string(get_argument<std::size_t>("size"), 'x')); }
    };
    serve<Handler>();
    for (const std::size_t size : {1u, 16'384u, 16'385u, 3'000'000u}) {
        BOOST_TEST(get("/?size=" + std::to_string(size)).body == std::string(size, 'x'));
    }
}

BOOST_FIXTURE_TEST_CASE(clear_forgets_all_but_cookies, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_cookie("a", "b");
            set_header("X-Foo", "1");
            set_status(404);
            write("old");
            clear();
            write("new");
        }
    };
    serve<Handler>();
    const auto response = get();
    BOOST_TEST(response.code == 200);
    BOOST_TEST(response.body == "new");
    BOOST_TEST(header(response, "X-Foo") == "(none)");
    BOOST_TEST(header(response, "Set-Cookie") == "a=b; Path=/");
}

BOOST_FIXTURE_TEST_CASE(finish_can_be_awaited, WebTest) {
    struct Handler : web::RequestHandler {
        explicit Handler(bool& flag) : ended{flag} {}
        Future<void> get() {
            co_await finish("whole");
            ended = true;
        }
        Future<void> post() { return finish(); }
        bool& ended;
    };
    bool ended = false;
    serve<Handler>(std::ref(ended));
    BOOST_TEST(get().body == "whole");
    BOOST_TEST(ended);
    BOOST_TEST(post("").code == 200);
}

template <typename T>
concept CanBeAHeader = requires(web::RequestHandler& handler, T value) {
    handler.set_header("X-Value", value);
};

BOOST_AUTO_TEST_CASE(header_of_a_character_or_a_bool_does_not_compile) {
    BOOST_TEST((CanBeAHeader<int> && CanBeAHeader<std::size_t> && CanBeAHeader<std::uint8_t>));
    BOOST_TEST(CanBeAHeader<std::string>);
    BOOST_TEST(!CanBeAHeader<char>);  // 'y' would be sent as 121
    BOOST_TEST(!CanBeAHeader<char16_t>);
    BOOST_TEST(!CanBeAHeader<bool>);  // and true as 1
}

const std::pair<std::string, std::string> framings[] = {
    {"Transfer-Encoding", "chunked"},
    {"Transfer-Encoding", "gzip"},
    {"Content-Length", "4,4"},
    {"Content-Length", "4, 4"},
    {"Content-Length", "+4"},
    {"Content-Length", ""}};

BOOST_FIXTURE_TEST_CASE(of_a_handler_says_nothing_else_of_where_its_body_ends, WebTest) {
    struct Handler : web::RequestHandler {
        void get() {
            set_header(get_argument("name"), get_argument("value"));
            write("four");
        }
        Future<void> post() {
            get();
            co_await flush();
        }
    };
    serve<Handler>();
    const auto log = expect_uncaught("set");
    for (const auto& [name, value] : framings) {
        const auto path = "/?name=" + name + "&value=" + tornado::escape::url_escape(value);
        for (const auto& response : {get(path), post("", path)}) {
            BOOST_TEST(response.code == 500);
            BOOST_TEST(header(response, "Transfer-Encoding") == "(none)");
        }
    }
    BOOST_TEST(get("/?name=Content-Length&value=4").body == "four");
}

BOOST_AUTO_TEST_SUITE_END()
