#include <tornado/httputil/http_date.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <tornado/httputil/error.hpp>

namespace {

using namespace tornado::httputil;
using std::chrono::system_clock;
namespace data = boost::unit_test::data;

constexpr std::time_t example = 784111777;

std::time_t parse(std::string_view text) {
    return system_clock::to_time_t(parse_http_date(text).value());
}

BOOST_AUTO_TEST_SUITE(http_date)

BOOST_AUTO_TEST_CASE(format_timestamp_writes_imf_fixdate) {
    BOOST_TEST(format_timestamp(example) == "Sun, 06 Nov 1994 08:49:37 GMT");
    BOOST_TEST(format_timestamp(std::time_t{1359312200}) == "Sun, 27 Jan 2013 18:43:20 GMT");
    BOOST_TEST(format_timestamp(std::time_t{0}) == "Thu, 01 Jan 1970 00:00:00 GMT");
    BOOST_TEST(format_timestamp(std::time_t{-1}) == "Wed, 31 Dec 1969 23:59:59 GMT");
    BOOST_TEST(format_timestamp(std::time_t{951782400}) == "Tue, 29 Feb 2000 00:00:00 GMT");
    BOOST_TEST(format_timestamp(std::time_t{253402300800}) == "Fri, 31 Dec 9999 23:59:59 GMT");
    BOOST_TEST(format_timestamp(std::time_t{-99999999999}) == "Mon, 01 Jan 0001 00:00:00 GMT");
    std::tm parts{};
    parts.tm_year = 113;
    parts.tm_mday = 27;
    parts.tm_hour = 18;
    parts.tm_min = 43;
    parts.tm_sec = 20;
    BOOST_TEST(format_timestamp(parts) == "Sun, 27 Jan 2013 18:43:20 GMT");
    const system_clock::time_point point{std::chrono::milliseconds{-1}};
    BOOST_TEST(format_timestamp(point) == "Wed, 31 Dec 1969 23:59:59 GMT");
}

BOOST_AUTO_TEST_CASE(each_time_is_written_as_itself_however_they_alternate) {
    std::thread{[] {  // of which none has been written there
        for (int i = 0; i < 3; ++i) {
            BOOST_TEST(format_timestamp(std::time_t{0}) == "Thu, 01 Jan 1970 00:00:00 GMT");
            BOOST_TEST(format_timestamp(std::time_t{0}) == "Thu, 01 Jan 1970 00:00:00 GMT");
            BOOST_TEST(format_timestamp(std::time_t{1}) == "Thu, 01 Jan 1970 00:00:01 GMT");
        }
    }}
        .join();
}

BOOST_AUTO_TEST_CASE(format_timestamp_agrees_with_the_c_library) {
    for (std::time_t time = -5'000'000'000; time < 20'000'000'000; time += 86'399'999) {
        std::tm parts{};
        gmtime_r(&time, &parts);
        char text[64];
        std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        BOOST_TEST(format_timestamp(time) == text);
        if (time < 9'000'000'000) {
            BOOST_TEST(parse(text) == time);
        }
    }
}

BOOST_AUTO_TEST_CASE(all_three_forms_are_read) {
    BOOST_TEST(parse("Sun, 06 Nov 1994 08:49:37 GMT") == example);
    BOOST_TEST(parse("Sunday, 06-Nov-94 08:49:37 GMT") == example);
    BOOST_TEST(parse("Sun Nov  6 08:49:37 1994") == example);
    BOOST_TEST(parse("Sun, 6 Nov 1994 08:49:37 GMT") == example);
    BOOST_TEST(parse(" Sun, 06-nov-1994 08:49:37 UTC ") == example);
    BOOST_TEST(parse("06 Nov 1994 08:49:37 GMT") == example);
}

BOOST_AUTO_TEST_CASE(zones_are_reckoned_with) {
    BOOST_TEST(parse("Sun, 06 Nov 1994 10:49:37 +0200") == example);
    BOOST_TEST(parse("Sun, 06 Nov 1994 03:19:37 -0530") == example);
}

BOOST_AUTO_TEST_CASE(two_digit_years_are_near) {
    std::time_t now = std::time(nullptr);
    const auto this_year = std::stoi(format_timestamp(now).substr(12, 4));
    const auto year_of = [](int year) {
        const auto digits = std::to_string(year % 100 + 100).substr(1);
        const auto time = parse("Sunday, 06-Nov-" + digits + " 08:49:37 GMT");
        return std::stoi(format_timestamp(time).substr(12, 4));
    };
    BOOST_TEST(year_of(this_year) == this_year);
    BOOST_TEST(year_of(this_year + 49) == this_year + 49);
    BOOST_TEST(year_of(this_year - 49) == this_year - 49);
}

BOOST_AUTO_TEST_CASE(far_times_become_the_furthest) {
    BOOST_TEST(parse("Fri, 31 Dec 9999 23:59:59 GMT") > 9'000'000'000);
    BOOST_TEST(parse("Mon, 01 Jan 0001 00:00:00 GMT") < -9'000'000'000);
}

const std::string bad_dates[] = {
    "",
    "Sun",
    "yesterday",
    "Sun, 06 Nov 1994",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 29 Feb 1900 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 PST",
    "Sun, 06 Nov 1994 08:49:37 GMT x",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 19940 08:49:37 GMT",
    "Sun, 06 Nov 0000 08:49:37 GMT",
    "Sun Nov  6 08:49:37 94",
    "-1",
    "784111777",
    "Sun, 06 Nov 1994 8:4:3 GMT",
    "Sun, 06 Nov 1994 08:49:37 +02",
    "Abcdefghijklmn, 06 Nov 1994 08:49:37 GMT",
};

BOOST_DATA_TEST_CASE(parse_http_date_refuses, data::make(bad_dates), text) {
    BOOST_TEST(parse_http_date(text).error() == make_error_code(Errc::malformed_date));
}

BOOST_AUTO_TEST_CASE(all_three_forms_are_http_dates_to_the_letter) {
    for (const std::string_view text :
         {"Sun, 06 Nov 1994 08:49:37 GMT",
          "Mon, 06 Nov 1994 08:49:37 GMT",  // nobody looks which day it was
          "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun Nov  6 08:49:37 1994",
          "Sun Nov 06 08:49:37 1994"}) {
        const auto date = parse_strict_http_date(text);
        BOOST_TEST_REQUIRE(date.has_value(), text);
        BOOST_TEST(system_clock::to_time_t(*date) == example);
    }
}

const std::string no_http_dates[] = {
    "",
    "Sun, 06 Nov 1994 10:49:37 +0200",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 Z",
    "Sun, 06 Nov 1994 08:49:37 gmt",
    "06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 8:49:37 GMT",
    "sun, 06 nov 1994 08:49:37 GMT",
    "Sun, 06 nov 1994 08:49:37 GMT",
    "Xyz, 06 Nov 1994 08:49:37 GMT",
    "unM, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sun, 06-Nov-1994 08:49:37 GMT",
    "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun,  06 Nov 1994 08:49:37 GMT",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov    08:49:37 1994",
    "Sun Nov  6 08:49:37 94",
};

BOOST_DATA_TEST_CASE(parse_strict_http_date_refuses, data::make(no_http_dates), text) {
    BOOST_TEST(parse_strict_http_date(text).error() == make_error_code(Errc::malformed_date));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
