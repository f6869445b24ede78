#include <tornado/locale/locale.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <tornado/locale/csv_locale.hpp>

namespace {

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using namespace tornado::locale;
using Time = std::chrono::system_clock::time_point;

Time at(int year, unsigned month, unsigned day, std::chrono::minutes clock) {
    const std::chrono::year_month_day date{
        std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    return std::chrono::sys_days{date} + clock;
}

const auto sunday = at(2013, 4, 28, 18h + 35min);

/// A date some time ago, as an English reader finds it on that Sunday.
struct Ago {
    std::chrono::seconds ago;
    std::string text;
    std::string shorter;
};

std::ostream& operator<<(std::ostream& out, const Ago& date) {
    return out << date.ago.count() << " s ago";
}

const Ago dates[] = {
    {0s, "0 seconds ago", "0 seconds ago"},
    {1s, "1 second ago", "1 second ago"},
    {2s, "2 seconds ago", "2 seconds ago"},
    {49s, "49 seconds ago", "49 seconds ago"},
    {50s, "1 minute ago", "1 minute ago"},
    {89s, "1 minute ago", "1 minute ago"},
    {2min, "2 minutes ago", "2 minutes ago"},
    {150s, "2 minutes ago", "2 minutes ago"},  // the even one of two that are as near
    {49min + 59s, "50 minutes ago", "50 minutes ago"},
    {50min, "1 hour ago", "1 hour ago"},
    {2h, "2 hours ago", "2 hours ago"},
    {24h - 1s, "24 hours ago", "24 hours ago"},
    {24h, "yesterday at 6:35 pm", "yesterday"},
    {42h + 35min, "yesterday at 12:00 am", "yesterday"},
    {42h + 36min, "Friday at 11:59 pm", "Friday"},
    {48h, "Friday at 6:35 pm", "Friday"},
    {5 * 24h - 1s, "Tuesday at 6:35 pm", "Tuesday"},
    {5 * 24h, "April 23 at 6:35 pm", "April 23"},
    {300 * 24h, "July 2 at 6:35 pm", "July 2"},
    {334 * 24h - 1s, "May 29 at 6:35 pm", "May 29"},
    {334 * 24h, "May 29, 2012 at 6:35 pm", "May 29, 2012"},
    {500 * 24h, "December 15, 2011 at 6:35 pm", "December 15, 2011"},
};

BOOST_AUTO_TEST_SUITE(locale_in_general)

BOOST_DATA_TEST_CASE(format_date_tells_how_long_ago_it_was, data::make(dates), date) {
    const CSVLocale locale{"en_US"};
    BOOST_TEST(locale.format_date(sunday - date.ago, {.now = sunday}) == date.text);
    BOOST_TEST(
        locale.format_date(sunday - date.ago, {.now = sunday, .shorter = true}) == date.shorter
    );
}

BOOST_AUTO_TEST_CASE(format_date_goes_by_the_systems_clock) {
    const CSVLocale locale{"en_US"};
    const auto now = std::chrono::system_clock::now();
    BOOST_TEST(locale.format_date(now - 2h) == "2 hours ago");
    BOOST_TEST(locale.format_date(now + 30s) == "0 seconds ago");
}

BOOST_AUTO_TEST_CASE(format_date_writes_a_date_in_full) {
    const CSVLocale locale{"en_US"};
    BOOST_TEST(locale.format_date(sunday, {.full_format = true}) == "April 28, 2013 at 6:35 pm");
    BOOST_TEST(
        locale.format_date(sunday, {.full_format = true, .shorter = true}) == "April 28, 2013"
    );
}

BOOST_AUTO_TEST_CASE(format_date_that_is_not_relative_says_when_and_not_how_long_ago) {
    const CSVLocale locale{"en_US"};
    const auto text = [&](std::chrono::seconds ago) {
        return locale.format_date(sunday - ago, {.now = sunday, .relative = false});
    };
    BOOST_TEST(text(2s) == "6:34 pm");
    BOOST_TEST(text(24h - 1s) == "6:35 pm");
    BOOST_TEST(text(24h) == "Saturday at 6:35 pm");
    BOOST_TEST(text(5 * 24h) == "April 23 at 6:35 pm");
}

BOOST_AUTO_TEST_CASE(format_date_writes_what_lies_ahead_in_full) {
    const CSVLocale locale{"en_US"};
    const auto text = [&](std::chrono::seconds ahead, bool relative) {
        return locale.format_date(sunday + ahead, {.now = sunday, .relative = relative});
    };
    BOOST_TEST(text(59s, true) == "0 seconds ago");
    BOOST_TEST(text(59s, false) == "April 28, 2013 at 6:35 pm");
    BOOST_TEST(text(60s, true) == "April 28, 2013 at 6:36 pm");
    BOOST_TEST(text(24h + 30s, true) == "April 29, 2013 at 6:35 pm");
}

BOOST_AUTO_TEST_CASE(format_date_goes_by_the_readers_clock) {
    const CSVLocale locale{"en_US"};
    const auto text = [&](std::chrono::minutes offset, std::chrono::seconds ago) {
        return locale.format_date(
            sunday - ago, {.gmt_offset = offset, .now = sunday, .relative = false}
        );
    };
    BOOST_TEST(text(0min, 0s) == "6:35 pm");
    BOOST_TEST(text(300min, 0s) == "1:35 pm");    // New York
    BOOST_TEST(text(-345min, 0s) == "12:20 am");  // Kathmandu
    BOOST_TEST(
        locale.format_date(sunday - 25h, {.gmt_offset = -345min, .now = sunday}) ==
        "Saturday at 11:20 pm"
    );
}

BOOST_AUTO_TEST_CASE(format_date_has_a_clock_of_24_hours_where_people_do) {
    const auto text = [](const char* code, std::chrono::minutes clock) {
        return CSVLocale{code}.format_date(
            at(2013, 4, 28, clock), {.now = at(2013, 4, 28, 24h - 1min), .relative = false}
        );
    };
    BOOST_TEST(text("de_DE", 18h + 5min) == "18:05");
    BOOST_TEST(text("en_GB", 0min) == "0:00");
    BOOST_TEST(text("en", 0min) == "12:00 am");
    BOOST_TEST(text("en_US", 12h) == "12:00 pm");
    BOOST_TEST(text("zh_CN", 9h + 7min) == "上午9:07");
    BOOST_TEST(text("zh_CN", 18h + 5min) == "下午6:05");
}

BOOST_AUTO_TEST_CASE(format_date_takes_any_date) {
    const CSVLocale locale{"en_US"};
    BOOST_TEST(!locale.format_date(Time::min()).empty());
    BOOST_TEST(!locale.format_date(Time::max()).empty());
    BOOST_TEST(locale.format_date(at(1969, 7, 20, 20h + 17min)) == "July 20, 1969 at 8:17 pm");
}

BOOST_AUTO_TEST_CASE(dates_are_translated) {
    CSVTranslations german;
    german.unknown["April"] = "April";
    german.unknown["Sunday"] = "Sonntag";
    german.unknown["%(month_name)s %(day)s, %(year)s at %(time)s"] =
        "%(day)s. %(month_name)s %(year)s um %(time)s Uhr";
    german.unknown["%(weekday)s, %(month_name)s %(day)s"] = "%(weekday)s, %(day)s. %(month_name)s";
    german.singular["1 minute ago"] = "vor einer Minute";
    german.plural["%(minutes)d minutes ago"] = "vor %(minutes)d Minuten";
    const CSVLocale locale{"de_DE", german};
    BOOST_TEST(locale.format_date(sunday, {.full_format = true}) == "28. April 2013 um 18:35 Uhr");
    BOOST_TEST(locale.format_date(sunday - 1min, {.now = sunday}) == "vor einer Minute");
    BOOST_TEST(locale.format_date(sunday - 3min, {.now = sunday}) == "vor 3 Minuten");
    BOOST_TEST(locale.format_day(sunday) == "Sonntag, 28. April");
}

BOOST_AUTO_TEST_CASE(format_day_may_leave_the_weekday_out) {
    const CSVLocale locale{"en_US"};
    BOOST_TEST(locale.format_day(sunday) == "Sunday, April 28");
    BOOST_TEST(locale.format_day(sunday, 0min, false) == "April 28");
    BOOST_TEST(locale.format_day(sunday, -345min) == "Monday, April 29");
}

BOOST_AUTO_TEST_CASE(list_joins_its_parts) {
    const CSVLocale english{"en_US"};
    BOOST_TEST(english.list({}) == "");
    BOOST_TEST(english.list({"A"}) == "A");
    BOOST_TEST(english.list({"A", "B"}) == "A and B");
    BOOST_TEST(english.list({"A", "B", "C"}) == "A, B and C");
    BOOST_TEST(english.list({"A", "B", "C", "%(last)s"}) == "A, B, C and %(last)s");

    CSVTranslations persian;
    persian.unknown["%(commas)s and %(last)s"] = "%(commas)s و %(last)s";
    BOOST_TEST((CSVLocale{"fa_IR", persian}.list({"A", "B", "C"}) == "A و B و C"));
}

BOOST_AUTO_TEST_CASE(friendly_number_has_commas_in_english) {
    const CSVLocale english{"en_US"};
    BOOST_TEST(english.friendly_number(0) == "0");
    BOOST_TEST(english.friendly_number(999) == "999");
    BOOST_TEST(english.friendly_number(1000) == "1,000");
    BOOST_TEST(english.friendly_number(1000000) == "1,000,000");
    BOOST_TEST(english.friendly_number(-100) == "-100");
    BOOST_TEST(english.friendly_number(-1000) == "-1,000");
    BOOST_TEST(
        english.friendly_number(std::numeric_limits<std::int64_t>::min()) ==
        "-9,223,372,036,854,775,808"
    );
    BOOST_TEST(CSVLocale{"en"}.friendly_number(1234) == "1,234");
    BOOST_TEST(CSVLocale{"de_DE"}.friendly_number(1000000) == "1000000");
}

BOOST_AUTO_TEST_CASE(knows_its_name_and_the_direction_of_its_script) {
    BOOST_TEST(CSVLocale{"de_DE"}.name() == "Deutsch");
    BOOST_TEST(CSVLocale{"de_DE"}.code() == "de_DE");
    BOOST_TEST(CSVLocale{"tlh_QO"}.name() == "Unknown");
    for (const auto* code : {"ar", "ar_AR", "fa_IR", "he_IL", "ur_PK"}) {
        BOOST_TEST(CSVLocale{code}.rtl());
    }
    for (const auto* code : {"en_US", "arn_CL", "fr_FR", "hex"}) {
        BOOST_TEST(!CSVLocale{code}.rtl());
    }
}

BOOST_AUTO_TEST_CASE(get_of_the_class_takes_exactly_one_that_there_is) {
    BOOST_TEST(Locale::get("en_US")->code() == "en_US");
    BOOST_TEST(Locale::get_closest({"xx", "en-us"})->code() == "en_US");
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(Locale::get("en")),
        std::invalid_argument,
        [](const auto& error) {
            return std::string_view{error.what()}.find("\"en\"") != std::string_view::npos;
        }
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
