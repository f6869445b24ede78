// doc/guide/localisation.md: what its snippets take for granted, the snippets, and their results.

#include <tornado/locale.hpp>
#include <tornado/testing.hpp>
#include <tornado/web.hpp>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace localisation_guide {

namespace locale = tornado::locale;
namespace web = tornado::web;

#include "localisation.snippets.hpp"

BOOST_AUTO_TEST_SUITE(localisation_guide)

BOOST_AUTO_TEST_CASE(placeholders_are_filled_in) {
    const locale::CSVLocale english{"en_US"};
    BOOST_TEST(who_is_online(english, {"Ann"}) == "Ann is online");
    BOOST_TEST(who_is_online(english, {"Ann", "Ben"}) == "Ann and Ben are online");
}

struct HandlerTest : tornado::testing::AsyncHTTPTestCase {
    App get_app() override {
        std::vector<web::Route> routes;
        routes.push_back(web::url<handlers::GreetingHandler>("/"));
        return std::make_shared<web::Application>(std::move(routes));
    }
};

BOOST_FIXTURE_TEST_CASE(a_handler_answers_in_some_language, HandlerTest) {
    const auto response = fetch("/", {.headers = {{"Cookie", "language=en-US"}}});
    BOOST_TEST(response.body == "Hello, world");
    BOOST_TEST(response.headers.get("Content-Language").value() == "en_US");
}

BOOST_AUTO_TEST_CASE(dates_are_written_in_several_ways) {
    using namespace std::chrono_literals;
    const locale::CSVLocale english{"en_US"};
    const auto written = dates(english, std::chrono::system_clock::now() - 2h);
    BOOST_TEST(written.at(0) == "2 hours ago");
    BOOST_TEST(written.at(1) == "2 hours ago");
    const std::chrono::sys_days sunday{std::chrono::year{2013} / 4 / 28};
    BOOST_TEST(dates(english, sunday + 18h).at(3) == "April 28, 2013 at 8:00 pm");
    BOOST_TEST(dates(english, sunday).at(4) == "Sunday, April 28");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace localisation_guide
