#include <tornado/httpclient/cookie_jar.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

BOOST_FIXTURE_TEST_SUITE(cookies_of_a_client, ClientTest)

BOOST_AUTO_TEST_CASE(come_from_responses_and_go_with_requests) {
    options.cookie_jar = std::make_shared<httpclient::CookieJar>();
    app->handlers["/login"] = [](const Got&) {
        return Answer{302, {{"Set-Cookie", "who=me; Path=/"}, {"Location", "/home"}}};
    };
    fetch_from("/");
    BOOST_TEST(last().header("Cookie") == "(none)");
    fetch_from("/login");
    BOOST_TEST(last().target == "/home");
    BOOST_TEST(last().header("Cookie") == "who=me");
    fetch_from(HTTPRequest{"/"}.header("Cookie", "own=1"));
    BOOST_TEST(last().header("Cookie") == "own=1");
    BOOST_TEST(options.cookie_jar->cookies().size() == 1U);
}

BOOST_AUTO_TEST_CASE(are_nobodys_without_a_jar) {
    app->handlers["/login"] = [](const Got&) { return Answer{200, {{"Set-Cookie", "who=me"}}}; };
    fetch_from("/login");
    fetch_from("/");
    BOOST_TEST(last().header("Cookie") == "(none)");
}

BOOST_AUTO_TEST_SUITE_END()
