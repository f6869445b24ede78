#include <tornado/log/json_formatter.hpp>

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace tornado::log;

Record record_of(std::string message) {
    const std::chrono::sys_days day{std::chrono::year{2013} / 5 / 19};
    return {Level::warning, "tornado.general", day + 22h + 44min + 11s + 42us, std::move(message)};
}

std::string process_member() {
    return R"("process":)" + std::to_string(::getpid());
}

/// How a message stands in the line, with its quotes.
std::string written(std::string message) {
    const auto line = JSONFormatter{}.format(record_of(std::move(message)));
    const std::string before = R"("message":)";
    const auto begin = line.find(before) + before.size();
    return line.substr(begin, line.rfind("," + process_member()) - begin);
}

BOOST_AUTO_TEST_SUITE(json_formatter)

BOOST_AUTO_TEST_CASE(writes_an_object_of_known_members) {
    BOOST_TEST(
        JSONFormatter{}.format(record_of("hello")) ==
        R"({"time":"2013-05-19T22:44:11.000042Z","level":"WARNING","logger":"tornado.general",)"
        R"("message":"hello",)" +
            process_member() + "}"
    );
}

BOOST_AUTO_TEST_CASE(says_where_a_record_comes_from) {
    auto record = record_of("hello");
    record.file = "libs/web/src/request_handler.cpp";
    record.line = 42;
    const auto line = JSONFormatter{}.format(record);
    BOOST_TEST(
        line.find(R"("file":"libs/web/src/request_handler.cpp","line":42,"process":)") != line.npos
    );
}

BOOST_AUTO_TEST_CASE(times_before_1970_have_their_microseconds_too) {
    auto record = record_of("");
    record.time = std::chrono::system_clock::time_point{} - 1us;
    BOOST_TEST(
        JSONFormatter{}.format(record).starts_with(R"({"time":"1969-12-31T23:59:59.999999Z",)")
    );
}

const std::pair<std::string, std::string> strings[] = {
    {"", R"("")"},
    {"two\nlines\r\n", R"("two\nlines\r\n")"},
    {R"(say "hi" \ bye)", R"("say \"hi\" \\ bye")"},
    {"\ta\x01\x1b[31m\x7f"s + '\0', R"("\ta\u0001\u001b[31m\u007f\u0000")"},
    {"\u0085\u009b", R"("\u0085\u009b")"},              // controls as well
    {"\u202e\u2029\u061c", R"("\u202e\u2029\u061c")"},  // they turn the line around, or break it
    {"é € \U0001F600", "\"é € \U0001F600\""},
    {"\xff", "\"\uFFFD\""},
    {"a\xe2\x82", "\"a\uFFFD\uFFFD\""},          // cut short
    {"\xc0\xaf", "\"\uFFFD\uFFFD\""},            // overlong
    {"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},  // a surrogate
    {"\xe9t\xe9", "\"\uFFFDt\uFFFD\""},          // Latin-1
    {"</script>", R"("</script>")"},
};

BOOST_AUTO_TEST_CASE(text_is_utf8_and_without_control_characters) {
    for (const auto& [message, expected] : strings) {
        BOOST_TEST(written(message) == expected);
    }
    for (int c = 0; c < 256; ++c) {
        const auto line = JSONFormatter{}.format(record_of(std::string(1, static_cast<char>(c))));
        BOOST_TEST(line.find('\n') == line.npos);
    }
}

thread_local std::string request_of_this_thread = "none";

LogField request_field() {
    return {"request", [] { return request_of_this_thread; }};
}

BOOST_AUTO_TEST_CASE(fields_of_ones_own_come_last) {
    request_of_this_thread = "a \"b\"";
    const JSONFormatter formatter{{request_field()}};
    BOOST_TEST(
        formatter.format(record_of("x")).ends_with(process_member() + R"(,"request":"a \"b\""})")
    );
}

BOOST_AUTO_TEST_CASE(fields_of_ones_own_can_be_captured_for_later) {
    request_of_this_thread = "first";
    const JSONFormatter json{{request_field()}};
    const LogFormatter text{
        {.color = false, .fields = {request_field()}, .format = "{request} {message}"}};
    auto record = record_of("x");
    json.capture(record);
    request_of_this_thread = "second";
    BOOST_TEST(json.format(record).ends_with(R"("request":"first"})"));
    BOOST_TEST(text.format(record) == "first x");
    BOOST_TEST(text.format(record_of("x")) == "second x");
    auto other = record_of("x");
    text.capture(other);
    request_of_this_thread = "third";
    BOOST_TEST(text.format(other) == "second x");
}

BOOST_AUTO_TEST_CASE(a_field_without_a_function_or_with_a_name_in_use_is_refused) {
    using Fields = std::vector<LogField>;
    BOOST_CHECK_THROW((JSONFormatter{Fields{{"request", nullptr}}}), std::invalid_argument);
    for (const auto* name : {"time", "level", "logger", "message", "file", "line", "process"}) {
        const Fields fields{{name, request_field().text}};
        BOOST_CHECK_THROW(JSONFormatter{fields}, std::invalid_argument);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
