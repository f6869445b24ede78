#include "../../../libs/pubsub/src/resp.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace {

namespace resp = tornado::pubsub::resp;
namespace data = boost::unit_test::data;
using resp::Parser;
using resp::Value;
using Kind = Value::Kind;

/// The one value that the text is.
Value parsed(std::string_view text) {
    Parser parser;
    parser.feed(text);
    auto value = parser.next();
    BOOST_REQUIRE(value.has_value());
    BOOST_REQUIRE(value->has_value());
    BOOST_TEST(parser.waiting() == 0u);
    return std::move(**value);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resp_parser)

BOOST_AUTO_TEST_CASE(reads_values_of_version_2) {
    BOOST_TEST(parsed("+OK\r\n").text == "OK");
    BOOST_TEST((parsed("-ERR no\r\n").kind == Kind::error));
    BOOST_TEST(parsed("-ERR no\r\n").text == "ERR no");
    BOOST_TEST(parsed(":-42\r\n").integer == -42);
    BOOST_TEST(parsed("$4\r\na\r\nb\r\n").text == "a\r\nb");
    BOOST_TEST(parsed("$0\r\n\r\n").text.empty());
    BOOST_TEST((parsed("$-1\r\n").kind == Kind::null));
    BOOST_TEST((parsed("*-1\r\n").kind == Kind::null));
    const auto list = parsed("*2\r\n*1\r\n:1\r\n$1\r\nx\r\n");
    BOOST_TEST((list.kind == Kind::list));
    BOOST_TEST(list.items.at(0).items.at(0).integer == 1);
    BOOST_TEST(list.items.at(1).text == "x");
}

BOOST_AUTO_TEST_CASE(reads_values_of_version_3) {
    BOOST_TEST((parsed("_\r\n").kind == Kind::null));
    BOOST_TEST(parsed("#t\r\n").integer == 1);
    BOOST_TEST(parsed("#f\r\n").integer == 0);
    BOOST_TEST(parsed(",3.25\r\n").text == "3.25");
    BOOST_TEST(parsed("(123456789012345678901234567890\r\n").text.size() == 30u);
    BOOST_TEST((parsed("!7\r\nERR bad\r\n").kind == Kind::error));
    BOOST_TEST(parsed("=8\r\ntxt:Text\r\n").text == "Text");
    BOOST_TEST(parsed("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n").items.size() == 4u);
    BOOST_TEST(parsed("~1\r\n+a\r\n").items.size() == 1u);
    BOOST_TEST((parsed(">1\r\n+a\r\n").kind == Kind::push));
    BOOST_TEST(parsed("|1\r\n+ttl\r\n:3\r\n+value\r\n").text == "value");
}

BOOST_AUTO_TEST_CASE(reads_the_same_however_it_is_cut) {
    const std::string text =
        ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\na\r\nb\r\n:7\r\n%1\r\n+k\r\n_\r\n";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        Parser parser;
        std::size_t count = 0;
        for (std::size_t at = 0; at < text.size(); at += size) {
            parser.feed(std::string_view{text}.substr(at, size));
            for (auto value = parser.next(); value.value(); value = parser.next()) {
                ++count;
            }
        }
        BOOST_TEST(count == 3u);
        BOOST_TEST(parser.waiting() == 0u);
    }
}

const char* const malformed[] = {"\r\n",      "x\r\n",         "+OK\n",
                                 "+O\rK\r\n", ":\r\n",         ":+1\r\n",
                                 ": 1\r\n",   ":1a\r\n",       ":9223372036854775808\r\n",
                                 "$-2\r\n",   "$x\r\n",        "$1\r\nabc\r\n",
                                 "!-1\r\n",   "%-1\r\n",       "#x\r\n",
                                 "_x\r\n",    "=3\r\ntxt\r\n", "=5\r\ntxtx:\r\n",
                                 "$?\r\n",    "*1\r\n?\r\n",   "HTTP/1.1 400 Bad Request\r\n"};
BOOST_DATA_TEST_CASE(refuses, data::make(malformed), text) {
    Parser parser;
    parser.feed(text);
    BOOST_TEST((parser.next().error() == resp::Errc::malformed));
    parser.feed("+OK\r\n");
    BOOST_TEST(parser.next().has_error());  // for good
}

const char* const too_large[] = {
    "$1073741825\r\n",
    "*1001\r\n",
    "%501\r\n",
    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
    "*2\r\n*999\r\n",
    "*9223372036854775807\r\n"};
BOOST_DATA_TEST_CASE(limits, data::make(too_large), text) {
    Parser parser;
    parser.feed(text);
    BOOST_TEST((parser.next().error() == resp::Errc::too_large));
}

BOOST_AUTO_TEST_CASE(an_error_stands_for_a_text_that_is_too_large_however_it_is_cut) {
    const std::string text =
        ">3\r\n+message\r\n+c\r\n$50\r\n" + std::string(50, '\r') + "\r\n:7\r\n";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        Parser parser{{.max_text = 49}};
        std::vector<resp::Value> values;
        for (std::size_t at = 0; at < text.size(); at += size) {
            parser.feed(std::string_view{text}.substr(at, size));
            for (auto value = parser.next(); value.value(); value = parser.next()) {
                values.push_back(**value);
            }
        }
        BOOST_REQUIRE(values.size() == 2u);
        BOOST_TEST(values[0].items.at(1).text == "c");
        BOOST_TEST((values[0].items.at(2).kind == resp::Value::Kind::error));
        BOOST_TEST(values[1].integer == 7);
    }
}

BOOST_AUTO_TEST_CASE(limits_all_texts_of_a_value_together) {
    Parser parser{{.max_text = 100, .max_value = 150}};
    const std::string each = "$90\r\n" + std::string(90, 'x') + "\r\n";
    parser.feed(each + each);
    BOOST_TEST(parser.next().value().has_value());
    BOOST_TEST(parser.next().value().has_value());
    parser.feed("*2\r\n" + each + "$90\r\n");
    BOOST_TEST((parser.next().error() == resp::Errc::too_large));
}

BOOST_AUTO_TEST_CASE(limits_a_line_that_does_not_end) {
    Parser parser;
    parser.feed("+" + std::string(8 * 1024, 'x'));
    BOOST_TEST((parser.next().error() == resp::Errc::too_large));
}

BOOST_AUTO_TEST_CASE(writes_commands) {
    BOOST_TEST(
        resp::command({"PUBLISH", "c", "a\r\nb"}) ==
        "*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$4\r\na\r\nb\r\n"
    );
}

BOOST_AUTO_TEST_SUITE_END()
