#include <tornado/httpclient/cookie_jar.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "../../../libs/httpclient/src/set_cookie.hpp"
#include "support.hpp"

namespace data = boost::unit_test::data;
using httpclient::CookieJar;

namespace {

const CookieJar::Clock::time_point now = std::chrono::sys_days{std::chrono::year{2024} / 2 / 29};

/// A jar at a time that stands still.
struct Jar : CookieJar {
    using CookieJar::CookieJar;
    bool set(const std::string& url, const std::string& field) {
        return set_cookie(url, field, now);
    }
    std::string get(const std::string& url, std::chrono::seconds later = {}) {
        return cookie_header(url, now + later);
    }
    /// Whether a page takes `field` of a page of its site.
    static std::string
    sent(const std::string& from, const std::string& field, const std::string& to) {
        Jar jar;
        jar.set(from, field);
        return jar.get(to);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cookie_jar)

BOOST_AUTO_TEST_CASE(gives_back_what_a_server_has_set) {
    Jar jar;
    BOOST_TEST(jar.set("http://a.com/", "x=1"));
    BOOST_TEST(jar.set("http://a.com/", " y = \"2 3\" ; HttpOnly; SameSite=Lax; Unknown"));
    BOOST_TEST(jar.get("http://a.com/page?q") == "x=1; y=\"2 3\"");
    BOOST_TEST(jar.set("http://a.com/", "x=changed"));
    BOOST_TEST(jar.get("http://a.com/") == "x=changed; y=\"2 3\"");
    BOOST_TEST(jar.get("http://b.com/") == "");
    BOOST_TEST(jar.get("http://www.a.com/") == "");
    BOOST_TEST(jar.get("http://A.com:8080/") == "x=changed; y=\"2 3\"");
}

const std::string no_cookies[] =
    {"", "x", "=1", " =1", "; Path=/", "x=1\r\nX: y", std::string("x=\0", 3), "x=\x01"};

BOOST_DATA_TEST_CASE(ignores_what_is_no_cookie, data::make(no_cookies), field) {
    Jar jar;
    BOOST_TEST(!jar.set("http://a.com/", field));
    BOOST_TEST(jar.cookies(now).empty());
}

struct Sent {
    std::string from;
    std::string field;
    std::string to;
    bool sent;
};

std::ostream& operator<<(std::ostream& out, const Sent& one) {
    return out << one.field << " from " << one.from << " to " << one.to;
}

const Sent cases[] = {
    // Domains
    {"http://www.a.com/", "x=1; Domain=a.com", "http://a.com/", true},
    {"http://www.a.com/", "x=1; domain=.A.Com", "http://other.a.com/", true},
    {"http://www.a.com/", "x=1; Domain=www.a.com", "http://sub.www.a.com/", true},
    {"http://www.a.com/", "x=1; Domain=www.a.com", "http://a.com/", false},
    {"http://www.a.com/", "x=1; Domain=a.com", "http://xa.com/", false},
    {"http://www.a.com/", "x=1; Domain=b.com", "http://b.com/", false},
    {"http://www.a.com/", "x=1; Domain=sub.www.a.com", "http://sub.www.a.com/", false},
    {"http://www.a.com/", "x=1; Domain=ww.a.com", "http://www.a.com/", false},
    {"http://www.a.com/", "x=1; Domain=", "http://www.a.com/", true},
    {"http://www.a.com/", "x=1; Domain=", "http://a.www.a.com/", false},
    {"http://www.a.com/", "x=1; Domain=b.com; Domain=a.com", "http://a.com/", true},
    // Everybody's domains
    {"http://www.a.com/", "x=1; Domain=com", "http://b.com/", false},
    {"http://a.co.uk/", "x=1; Domain=co.uk", "http://b.co.uk/", false},
    {"http://a.co.uk/", "x=1; Domain=a.co.uk", "http://b.a.co.uk/", true},
    {"http://a.github.io/", "x=1; Domain=github.io", "http://b.github.io/", false},
    {"http://github.io/", "x=1; Domain=github.io", "http://github.io/", true},
    {"http://github.io/", "x=1; Domain=github.io", "http://b.github.io/", false},
    {"http://localhost/", "x=1; Domain=localhost", "http://localhost/", true},
    // Addresses
    {"http://127.0.0.1/", "x=1; Domain=127.0.0.1", "http://127.0.0.1/", true},
    {"http://127.0.0.1/", "x=1; Domain=0.0.1", "http://127.0.0.1/", false},
    {"http://[::1]/", "x=1", "http://[::1]:81/", true},
    // Paths
    {"http://a.com/", "x=1", "http://a.com/b/c", true},
    {"http://a.com/b/c", "x=1", "http://a.com/b/d", true},
    {"http://a.com/b/c", "x=1", "http://a.com/b", true},
    {"http://a.com/b/c", "x=1", "http://a.com/", false},
    {"http://a.com/b?/c/d", "x=1", "http://a.com/", true},
    {"http://a.com/", "x=1; Path=/b", "http://a.com/b", true},
    {"http://a.com/", "x=1; Path=/b", "http://a.com/b?c", true},
    {"http://a.com/", "x=1; Path=/b", "http://a.com/b/c", true},
    {"http://a.com/", "x=1; Path=/b/", "http://a.com/b", false},
    {"http://a.com/", "x=1; Path=/b", "http://a.com/bc", false},
    {"http://a.com/", "x=1; Path=b", "http://a.com/c", true},
    // Secure ones
    {"https://a.com/", "x=1; Secure", "https://a.com/", true},
    {"https://a.com/", "x=1; secure", "http://a.com/", false},
    {"http://a.com/", "x=1; Secure", "https://a.com/", false},
    {"https://a.com/", "__Secure-x=1; Secure", "https://a.com/", true},
    {"https://a.com/", "__Secure-x=1", "https://a.com/", false},
    {"https://a.com/", "__host-x=1; Secure; Path=/", "https://a.com/b", true},
    {"https://a.com/", "__Host-x=1; Secure; Path=/; Domain=a.com", "https://a.com/", false},
    {"https://a.com/", "__Host-x=1; Secure; Path=/b", "https://a.com/b", false},
    {"https://a.com/", "__Host-x=1; Path=/", "https://a.com/", false},
    {"https://a.com/b/c", "__Host-x=1; Secure", "https://a.com/b/c", false},
    // Dates
    {"http://a.com/", "x=1; Max-Age=0", "http://a.com/", false},
    {"http://a.com/", "x=1; Max-Age=-1", "http://a.com/", false},
    {"http://a.com/", "x=1; Max-Age=x", "http://a.com/", true},
    {"http://a.com/", "x=1; Max-Age=5", "http://a.com/", true},
    {"http://a.com/", "x=1; Max-Age=99999999999999999999", "http://a.com/", true},
    {"http://a.com/", "x=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "http://a.com/", false},
    {"http://a.com/", "x=1; Expires=Thu, 01 Jan 2037 00:00:00 GMT", "http://a.com/", true},
    {"http://a.com/",
     "x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=5",
     "http://a.com/",
     true},
    {"http://a.com/",
     "x=1; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
     "http://a.com/",
     true},
    {"http://a.com/", "x=1; Expires=never", "http://a.com/", true},
};

BOOST_DATA_TEST_CASE(sends_cookies_where_they_belong, data::make(cases), one) {
    BOOST_TEST(!Jar::sent(one.from, one.field, one.to).empty() == one.sent);
}

BOOST_AUTO_TEST_CASE(sends_longer_paths_first_and_then_older_cookies) {
    Jar jar;
    jar.set("http://a.com/", "one=1");
    jar.set("http://a.com/", "two=2; Path=/b");
    jar.set("http://a.com/", "three=3");
    jar.set("http://a.com/", "one=again");
    BOOST_TEST(jar.get("http://a.com/b") == "two=2; one=again; three=3");
}

BOOST_AUTO_TEST_CASE(tells_cookies_apart_by_name_domain_and_path) {
    Jar jar;
    jar.set("http://www.a.com/", "x=host");
    jar.set("http://www.a.com/", "x=domain; Domain=www.a.com");
    jar.set("http://www.a.com/", "x=path; Path=/b");
    BOOST_TEST(jar.get("http://www.a.com/b") == "x=path; x=host; x=domain");
    jar.set("http://www.a.com/", "x=; Max-Age=0");
    BOOST_TEST(jar.get("http://www.a.com/b") == "x=path; x=domain");
}

BOOST_AUTO_TEST_CASE(lets_cookies_expire) {
    Jar jar;
    jar.set("http://a.com/", "x=1; Max-Age=10");
    jar.set("http://a.com/", "y=1");
    BOOST_TEST(jar.get("http://a.com/", 9s) == "x=1; y=1");
    BOOST_TEST(jar.get("http://a.com/", 10s) == "y=1");
    BOOST_TEST(jar.cookies(now + 10s).size() == 1U);
    jar.clear_session_cookies();
    BOOST_TEST(jar.get("http://a.com/") == "x=1");
    jar.clear();
    BOOST_TEST(jar.get("http://a.com/") == "");
}

BOOST_AUTO_TEST_CASE(keeps_no_cookie_for_more_than_400_days) {
    Jar jar;
    jar.set("http://a.com/", "x=1; Max-Age=99999999999");
    jar.set("http://a.com/", "y=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT");
    BOOST_TEST(jar.get("http://a.com/", 399 * 24h) == "x=1; y=1");
    BOOST_TEST(jar.get("http://a.com/", 401 * 24h) == "");
}

BOOST_AUTO_TEST_CASE(leaves_secure_cookies_alone_that_an_insecure_page_would_hide) {
    Jar jar;
    jar.set("https://a.com/b/", "x=good; Secure; Path=/b; Domain=a.com");
    BOOST_TEST(!jar.set("http://a.com/", "x=bad; Path=/b/c"));
    BOOST_TEST(!jar.set("http://www.a.com/", "x=bad; Path=/b"));
    BOOST_TEST(jar.set("http://a.com/", "x=elsewhere; Path=/"));
    BOOST_TEST(jar.set("https://a.com/", "x=better; Path=/b; Domain=a.com"));
    BOOST_TEST(jar.get("http://a.com/b") == "x=better; x=elsewhere");
}

BOOST_AUTO_TEST_CASE(has_limits) {
    Jar jar{httpclient::CookieJarOptions{
        .max_cookie_size = 10, .max_cookies = 4, .max_cookies_per_domain = 2}};
    BOOST_TEST(jar.set("http://a.com/", "name=12345; Path=/this-does-not-count"));
    BOOST_TEST(!jar.set("http://a.com/", "name=1234567"));
    jar.set("http://b.com/", "one=1");
    jar.set("http://b.com/", "two=2");
    jar.get("http://b.com/");
    jar.set("http://b.com/c/", "three=3");
    BOOST_TEST(jar.get("http://b.com/") == "two=2");  // one was as old, and came first
    jar.set("http://c.com/", "x=1");
    jar.set("http://d.com/", "x=1");
    BOOST_TEST(jar.cookies(now).size() == 4U);
    BOOST_TEST(jar.get("http://a.com/this-does-not-count") == "");
}

BOOST_AUTO_TEST_CASE(makes_room_by_what_has_expired_first) {
    Jar jar{httpclient::CookieJarOptions{.max_cookies = 2}};
    jar.set("http://a.com/", "old=1");
    jar.set("http://a.com/", "short=1; Max-Age=1");
    jar.set_cookie("http://a.com/", "new=1", now + 2s);
    BOOST_TEST(jar.get("http://a.com/") == "old=1; new=1");
}

BOOST_AUTO_TEST_CASE(asks_who_knows_all_public_suffixes) {
    Jar jar{httpclient::CookieJarOptions{
        .is_public_suffix = [](std::string_view domain) { return domain == "shop.example"; }}};
    BOOST_TEST(!jar.set("http://a.shop.example/", "x=1; Domain=shop.example"));
    BOOST_TEST(jar.set("http://a.co.uk/", "x=1; Domain=co.uk"));
}

BOOST_AUTO_TEST_CASE(takes_all_fields_of_a_response) {
    Jar jar;
    httputil::HTTPHeaders headers;
    headers.add("Set-Cookie", "x=1");
    headers.add("set-cookie", "y=1, z=2");
    jar.set_cookies("http://a.com/", headers, now);
    BOOST_TEST(jar.get("http://a.com/") == "x=1; y=1, z=2");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_url) {
    Jar jar;
    BOOST_CHECK_THROW(jar.set("a.com", "x=1"), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(jar.get("ftp://a.com/")), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cookie_dates)

struct Dated {
    std::string text;
    std::int64_t seconds;
};

std::ostream& operator<<(std::ostream& out, const Dated& one) {
    return out << one.text;
}

const Dated dates[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
    {"Sun Nov  6 08:49:37 1994", 784111777},
    {"sun, 06-nov-1994 8:49:37", 784111777},
    {"1994 november 6th 08:49:37", 784111777},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"1 Jan 69 0:0:0", 3124224000},
    {"29 Feb 2024 00:00:00", 1709164800},
};

BOOST_DATA_TEST_CASE(are_read_in_many_forms, data::make(dates), one) {
    const auto date = httpclient::parse_cookie_date(one.text);
    BOOST_TEST_REQUIRE(date.has_value());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(date->time_since_epoch());
    BOOST_TEST(seconds.count() == one.seconds);
}

const std::string no_dates[] = {
    "",
    "never",
    "06 Nov 1994",
    "08:49:37 06 Nov",
    "06 Nov 1994 24:00:00",
    "06 Nov 1994 00:60:00",
    "30 Feb 2024 00:00:00",
    "06 Nov 1600 00:00:00",
    "06 Nov 19940 00:00:00",
    "06 1994 00:00:00",
    "06 Nov 1994 008:00:00",
};

BOOST_DATA_TEST_CASE(are_refused_when, data::make(no_dates), text) {
    BOOST_TEST(!httpclient::parse_cookie_date(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
