#include <tornado/web.hpp>

#include "support.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <ostream>
#include <tornado/httputil/http_date.hpp>

namespace {

namespace data = boost::unit_test::data;
using Fields = httputil::HTTPHeaders;

constexpr auto date = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr auto before = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr auto after = "Sun, 06 Nov 1994 08:49:38 GMT";

/// Has a version, if it is told one, and a date.
struct Document : web::RequestHandler {
    explicit Document(std::string etag) : etag_{std::move(etag)} {}
    void get() { answer(); }
    void head() { answer(); }
    void post() { answer(); }

private:
    void answer() {
        if (!etag_.empty()) {
            set_header("Etag", etag_);
        }
        set_header("Last-Modified", date);
        write("document");
    }
    [[nodiscard]] std::optional<std::string> compute_etag() const override { return {}; }

    std::string etag_;
};

/// What a page has: a version that may be empty, and a date; or there is none yet.
struct Page {
    std::optional<std::string> etag;
    std::optional<std::chrono::system_clock::time_point> modified;
};

/// Counts how often its page has been changed.
struct Changing : web::RequestHandler {
    Changing(Page page, int& changes) : page_{std::move(page)}, changes_{changes} {}
    void put() { change(); }
    void post() { change(); }
    void delete_() { change(); }
    void get() {
        check_preconditions(page_.etag, page_.modified);
        ++changes_;
        write("page");
    }

private:
    void change() {
        check_preconditions(page_.etag, page_.modified);
        ++changes_;
        write("changed");
    }
    [[nodiscard]] std::optional<std::string> compute_etag() const override { return {}; }

    Page page_;
    int& changes_;
};

struct Condition {
    Fields fields;
    int code;
};
std::ostream& operator<<(std::ostream& out, const Condition& condition) {
    return out << condition.fields.to_string() << " " << condition.code;
}

BOOST_AUTO_TEST_SUITE(preconditions)

const Condition of_tags[] = {
    {{{"If-Match", "\"v1\""}}, 200},
    {{{"If-Match", "\"a\", \"v1\""}}, 200},
    {{{"If-Match", "*"}}, 200},
    {{{"If-Match", "*x"}}, 412},
    {{{"If-Match", "\"v2\""}}, 412},
    {{{"If-Match", "W/\"v1\""}}, 412},
    {{{"If-Match", "v1"}}, 412},
    {{{"If-Match", "w/\"v1\""}}, 412},
    {{{"If-Match", "\"a\" \"v1\""}}, 412},
    {{{"If-Match", "\"a\""}, {"If-Match", "\"v1\""}}, 200},
};

BOOST_DATA_TEST_CASE_F(WebTest, if_match_compares_strongly, data::make(of_tags), condition) {
    serve<Document>(std::string{"\"v1\""});
    const auto response = get("/", condition.fields);
    BOOST_TEST(response.code == condition.code);
    BOOST_TEST(response.body == (condition.code == 200 ? "document" : ""));
    BOOST_TEST(get("/", condition.fields, "HEAD").code == condition.code);
}

BOOST_FIXTURE_TEST_CASE(a_weak_tag_satisfies_no_if_match, WebTest) {
    serve<Document>(std::string{"W/\"v1\""});
    BOOST_TEST(get("/", {{"If-Match", "W/\"v1\""}}).code == 412);
    BOOST_TEST(get("/", {{"If-Match", "\"v1\""}}).code == 412);
    BOOST_TEST(get("/", {{"If-Match", "*"}}).code == 200);
    BOOST_TEST(get("/", {{"If-None-Match", "\"v1\""}}).code == 304);
}

BOOST_FIXTURE_TEST_CASE(that_fail_leave_no_error_in_caches, WebTest) {
    struct Cached : web::RequestHandler {
        void get() {
            set_header("Cache-Control", "max-age=1000");
            set_header("Expires", "Thu, 01 Jan 2099 00:00:00 GMT");
            write("document");
        }
    };
    serve<Cached>();
    BOOST_TEST(header(get(), "Cache-Control") == "max-age=1000");
    const auto failed = get("/", {{"If-Match", "\"x\""}});
    BOOST_TEST(failed.code == 412);
    BOOST_TEST(header(failed, "Cache-Control") == "no-store");
    BOOST_TEST(header(failed, "Expires") == "(none)");
}

const Condition of_dates[] = {
    {{{"If-Modified-Since", date}}, 304},
    {{{"If-Modified-Since", after}}, 304},
    {{{"If-Modified-Since", before}}, 200},
    {{{"If-Modified-Since", "yesterday"}}, 200},
    {{{"If-Modified-Since", date}, {"If-Modified-Since", date}}, 200},
    {{{"If-Unmodified-Since", date}}, 200},
    {{{"If-Unmodified-Since", after}}, 200},
    {{{"If-Unmodified-Since", before}}, 412},
    {{{"If-Unmodified-Since", "yesterday"}}, 200},
    {{{"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT"}}, 304},
    {{{"If-Modified-Since", "Sun Nov  6 08:49:37 1994"}}, 304},
    {{{"If-Modified-Since", "Sun, 06 Nov 1994 10:49:37 +0200"}}, 200},
    {{{"If-Unmodified-Since", "06 Nov 1994 08:49:36 GMT"}}, 200},
    {{{"If-None-Match", "*"}}, 304},
    {{{"If-None-Match", "*x"}}, 200},
    {{{"If-None-Match", "\"\""}}, 200},
};

BOOST_DATA_TEST_CASE_F(WebTest, dates_count_where_they_are_dates, data::make(of_dates), condition) {
    serve<Document>(std::string{});
    const auto response = get("/", condition.fields);
    BOOST_TEST(response.code == condition.code);
    BOOST_TEST(header(response, "Last-Modified") == date);
}

const Condition of_both[] = {
    {{{"If-None-Match", "\"v1\""}, {"If-Modified-Since", before}}, 304},
    {{{"If-None-Match", "\"v2\""}, {"If-Modified-Since", after}}, 200},
    {{{"If-Match", "\"v1\""}, {"If-Unmodified-Since", before}}, 200},
    {{{"If-Match", "\"v2\""}, {"If-Unmodified-Since", after}}, 412},
    {{{"If-Match", "\"v1\""}, {"If-None-Match", "\"v1\""}}, 304},
    {{{"If-Match", "\"v2\""}, {"If-None-Match", "\"v1\""}}, 412},
    {{{"If-Unmodified-Since", before}, {"If-Modified-Since", date}}, 412},
};

BOOST_DATA_TEST_CASE_F(WebTest, tags_go_before_dates, data::make(of_both), condition) {
    serve<Document>(std::string{"\"v1\""});
    BOOST_TEST(get("/", condition.fields).code == condition.code);
}

BOOST_FIXTURE_TEST_CASE(are_for_get_and_head_only, WebTest) {
    serve<Document>(std::string{"\"v1\""});
    BOOST_TEST(get("/", {{"If-None-Match", "\"v1\""}}, "POST").code == 200);
    BOOST_TEST(get("/", {{"If-Match", "\"v2\""}}, "POST").code == 200);
}

/// Checks what a change of a page gets, and that it is not made when it is refused.
struct ChangeTest : WebTest {
    void serve_page(Page page) { serve<Changing>(std::move(page), std::ref(changes)); }
    int change(Fields fields, const std::string& method = "PUT") {
        const auto before = changes;
        const auto response = fetch(
            "/",
            {.body = method == "DELETE" ? "" : "new",
             .headers = std::move(fields),
             .method = method}
        );
        BOOST_TEST(changes == before + (response.code == 200 ? 1 : 0));
        return response.code;
    }

    int changes = 0;
    const std::chrono::system_clock::time_point modified = *httputil::parse_http_date(date) + 700ms;
};

BOOST_FIXTURE_TEST_CASE(hold_for_a_change_that_asks, ChangeTest) {
    serve_page({"\"v1\"", modified});
    for (const std::string method : {"PUT", "POST", "DELETE"}) {
        BOOST_TEST(change({}, method) == 200);
        BOOST_TEST(change({{"If-Match", "\"v1\""}}, method) == 200);
        BOOST_TEST(change({{"If-Match", "*"}}, method) == 200);
        BOOST_TEST(change({{"If-Match", "\"v2\""}}, method) == 412);
        BOOST_TEST(change({{"If-Match", "W/\"v1\""}}, method) == 412);
        BOOST_TEST(change({{"If-None-Match", "\"v2\""}}, method) == 200);
        BOOST_TEST(change({{"If-None-Match", "\"v1\""}}, method) == 412);
        BOOST_TEST(change({{"If-None-Match", "*"}}, method) == 412);
        BOOST_TEST(change({{"If-Unmodified-Since", date}}, method) == 200);
        BOOST_TEST(change({{"If-Unmodified-Since", before}}, method) == 412);
        BOOST_TEST(change({{"If-Modified-Since", after}}, method) == 200);  // 13.1.3: for GET
    }
}

BOOST_FIXTURE_TEST_CASE(of_a_change_to_what_is_not_there_yet, ChangeTest) {
    serve_page({});
    BOOST_TEST(change({{"If-Match", "\"v1\""}}) == 412);
    BOOST_TEST(change({{"If-Match", "*"}}) == 412);
    BOOST_TEST(change({{"If-None-Match", "*"}}) == 200);
    BOOST_TEST(change({{"If-None-Match", "\"v1\""}}) == 200);
    BOOST_TEST(change({{"If-Unmodified-Since", before}}) == 200);
}

BOOST_FIXTURE_TEST_CASE(of_a_change_to_what_has_no_version, ChangeTest) {
    serve_page({"", {}});
    BOOST_TEST(change({{"If-Match", "*"}}) == 200);
    BOOST_TEST(change({{"If-Match", "\"v1\""}}) == 412);
    BOOST_TEST(change({{"If-None-Match", "*"}}) == 412);
    BOOST_TEST(change({{"If-None-Match", "\"v1\""}}) == 200);
    BOOST_TEST(change({{"If-Unmodified-Since", before}}) == 200);
}

BOOST_FIXTURE_TEST_CASE(spare_a_get_its_work, ChangeTest) {
    serve_page({"\"v1\"", modified});
    const auto response = get("/", {{"If-None-Match", "\"v1\""}});
    BOOST_TEST(response.code == 304);
    BOOST_TEST(header(response, "Etag") == "\"v1\"");
    BOOST_TEST(header(response, "Last-Modified") == date);
    BOOST_TEST(get("/", {{"If-Modified-Since", date}}).code == 304);
    BOOST_TEST(get("/", {{"If-Match", "\"v2\""}}).code == 412);
    BOOST_TEST(changes == 0);
    BOOST_TEST(get("/", {{"If-Modified-Since", before}}).body == "page");
    BOOST_TEST(changes == 1);
}

BOOST_FIXTURE_TEST_CASE(what_the_response_does_not_tell_is_no_condition, WebTest) {
    struct Handler : web::RequestHandler {
        void get() { write("hello"); }
    };
    serve<Handler>();
    BOOST_TEST(get("/", {{"If-Modified-Since", after}}).code == 200);
    BOOST_TEST(get("/", {{"If-Unmodified-Since", before}}).code == 200);
}

BOOST_FIXTURE_TEST_CASE(a_failed_one_is_answered_without_the_body_and_its_type, WebTest) {
    serve<Document>(std::string{"\"v1\""});
    const auto response = get("/", {{"If-Match", "\"v2\""}});
    BOOST_TEST(header(response, "Content-Type") == "(none)");
    BOOST_TEST(header(response, "Content-Length") == "0");
    BOOST_TEST(header(response, "Etag") == "\"v1\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
