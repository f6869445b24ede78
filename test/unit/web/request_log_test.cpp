#include <tornado/web/request_log.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"

BOOST_AUTO_TEST_SUITE(request_log)

struct Hidden : web::RequestHandler {
    void get() {
        web::hide_query(*this);
        write(web::request_summary(*this));
        if (!get_argument("fails", "").empty()) {
            throw std::runtime_error{"failed"};
        }
    }
};

struct Shown : web::RequestHandler {
    void get() { write(web::request_summary(*this)); }
};

struct LogTest : WebTest {
    LogTest() { routes = {web::url<Hidden>("/hidden"), web::url<Shown>("/shown")}; }
};

BOOST_FIXTURE_TEST_CASE(a_request_is_called_by_its_method_target_and_client, LogTest) {
    BOOST_TEST(fetch("/shown?a=b&c").body == "GET /shown?a=b&c (127.0.0.1)");
}

BOOST_FIXTURE_TEST_CASE(a_hidden_query_shows_its_names_only, LogTest) {
    BOOST_TEST(
        fetch("/hidden?code=a&state=b%20c&flag&=x").body ==
        "GET /hidden?code=…&state=…&flag&=… (127.0.0.1)"
    );
    BOOST_TEST(fetch("/hidden").body == "GET /hidden (127.0.0.1)");
    BOOST_TEST(fetch("/hidden?a=1?b=2&c=").body == "GET /hidden?a=…&c=… (127.0.0.1)");
    const std::string name(90, 'n');
    BOOST_TEST(
        fetch("/hidden?" + name + "=1&" + name + "=2&" + name + "=3").body ==
        "GET /hidden?" + name + "=…&" + name + "=…&… (127.0.0.1)"
    );
}

BOOST_FIXTURE_TEST_CASE(a_hidden_query_is_in_no_log, LogTest) {
    const testing::ExpectLog access{
        logging::access_log(),
        "^500 GET /hidden\\?code=…&fails=… \\(127.0.0.1\\)",
        {.level = logging::Level::error}};
    const testing::ExpectLog error{
        logging::app_log(), "Uncaught exception GET /hidden\\?code=…&fails=… \\(127"};
    BOOST_TEST(fetch("/hidden?code=secret&fails=1").code == 500);
    const testing::ExpectLog shown{
        logging::access_log(), "^200 GET /shown\\?a=b \\(", {.level = logging::Level::info}};
    fetch("/shown?a=b");
}

BOOST_AUTO_TEST_SUITE_END()
