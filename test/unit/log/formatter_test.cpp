#include <tornado/log/formatter.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ctime>
#include <stdexcept>

namespace {

namespace data = boost::unit_test::data;
using namespace std::string_literals;
using namespace tornado::log;

/// 19 May 2013, 22:44:11, wherever the test runs.
std::chrono::system_clock::time_point some_time() {
    std::tm parts{};
    parts.tm_year = 113;
    parts.tm_mon = 4;
    parts.tm_mday = 19;
    parts.tm_hour = 22;
    parts.tm_min = 44;
    parts.tm_sec = 11;
    parts.tm_isdst = -1;
    return std::chrono::system_clock::from_time_t(std::mktime(&parts));
}

Record record_of(std::string message, Level level = Level::warning) {
    return {level, "tornado.general", some_time(), std::move(message)};
}

std::string message_of(std::string message) {
    return LogFormatter{{.color = false, .format = "{message}"}}.format(record_of(std::move(message)
    ));
}

BOOST_AUTO_TEST_SUITE(log_formatter)

BOOST_AUTO_TEST_CASE(writes_tornados_line) {
    const LogFormatter formatter{{.color = false}};
    BOOST_TEST(formatter.format(record_of("hello")) == "[W 130519 22:44:11 tornado.general] hello");
}

BOOST_AUTO_TEST_CASE(names_module_and_line_of_a_record_with_an_origin) {
    auto record = record_of("hello");
    record.file = "libs/web/src/request_handler.cpp";
    record.line = 42;
    BOOST_TEST(
        LogFormatter{{.color = false}}.format(record) ==
        "[W 130519 22:44:11 request_handler:42] hello"
    );
}

const std::pair<Level, std::string> colors[] = {
    {Level::debug, "\x1b[34m"},
    {Level::info, "\x1b[32m"},
    {Level::warning, "\x1b[33m"},
    {Level::error, "\x1b[31m"},
    {Level::critical, "\x1b[35m"}};

BOOST_AUTO_TEST_CASE(each_level_has_its_color) {
    const LogFormatter formatter{{.color = true, .format = "{color}{level}{end_color}"}};
    for (const auto& [level, color] : colors) {
        BOOST_TEST(
            formatter.format(record_of("", level)) == color + level_name(level).front() + "\x1b[0m"
        );
    }
}

BOOST_AUTO_TEST_CASE(indents_further_lines) {
    BOOST_TEST(message_of("first\nsecond\n\nthird\n") == "first\n    second\n    \n    third");
}

BOOST_AUTO_TEST_CASE(keeps_utf8) {
    BOOST_TEST(message_of("\u00e9 \u20ac \U0001F600\tend") == "\u00e9 \u20ac \U0001F600\tend");
}

const std::pair<std::string, std::string> unprintable[] = {
    {"\xe9", "\\xe9"},                             // not UTF-8
    {"a\xe2\x82", "a\\xe2\\x82"},                  // cut short
    {"\xc0\xaf", "\\xc0\\xaf"},                    // overlong
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // a surrogate
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond Unicode
    {"\x1b[2J", "\\x1b[2J"},                       // steers a terminal
    {"\xc2\x9b", "\\xc2\\x9b"},                    // so does this
    {"a\rb", "a\\x0db"},
    {std::string(1, '\0'), "\\x00"},
    {"a\u202e)b", "a\\xe2\\x80\\xae)b"},  // would show what follows from right to left
    {"\u2028\u2069\u061c", "\\xe2\\x80\\xa8\\xe2\\x81\\xa9\\xd8\\x9c"},
    {"\u2027\u202f\u2065\u206a\u061b", "\u2027\u202f\u2065\u206a\u061b"},
};

BOOST_AUTO_TEST_CASE(shows_unprintable_bytes_escaped) {
    for (const auto& [bytes, shown] : unprintable) {
        BOOST_TEST(message_of(bytes) == shown);
    }
}

BOOST_AUTO_TEST_CASE(format_and_date_are_the_users) {
    const LogFormatter formatter{
        {.color = false,
         .date_format = "%Y",
         .format = "{{{levelname}}} {name} {time}: {message}!"}};
    BOOST_TEST(formatter.format(record_of("x")) == "{WARNING} tornado.general 2013: x!");
}

BOOST_DATA_TEST_CASE(refuses_an_unknown_field, data::make({"{colour}", "{message", "{}"}), format) {
    BOOST_CHECK_THROW(LogFormatter({.format = format}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(levels_have_names) {
    BOOST_TEST(level_name(Level::info) == "INFO");
    BOOST_CHECK(parse_level("Warning") == Level::warning);
    BOOST_CHECK(!parse_level("warn").has_value());
    BOOST_CHECK(!parse_level("").has_value());
}

BOOST_AUTO_TEST_CASE(prints_fields_of_ones_own) {
    static std::string request_id;
    const LogFormatter formatter{
        {.color = false,
         .fields = {{"request_id", [] { return request_id; }}, {"unused", [] { return "x"s; }}},
         .format = "{levelname} [{request_id}] {message}"}};
    request_id = "r1";
    BOOST_TEST(formatter.format(record_of("first")) == "WARNING [r1] first");
    request_id = "r2";
    BOOST_TEST(formatter.format(record_of("second")) == "WARNING [r2] second");
}

BOOST_AUTO_TEST_CASE(a_field_of_ones_own_can_neither_forge_a_line_nor_steer_a_terminal) {
    const LogFormatter formatter{
        {.color = false, .fields = {{"id", [] { return "a\n[W\x1b"s; }}}, .format = "{id}"}};
    BOOST_TEST(formatter.format(record_of("x")) == "a\n    [W\\x1b");
}

BOOST_AUTO_TEST_CASE(a_field_of_ones_own_must_be_there) {
    const auto make = [](LogField field) {
        LogFormatter{{.color = false, .fields = {std::move(field)}, .format = "{id}"}};
    };
    make({"id", [] { return "x"s; }});
    BOOST_CHECK_THROW(make({"other", [] { return "x"s; }}), std::invalid_argument);
    BOOST_CHECK_THROW(make({"id", nullptr}), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
