#include <tornado/escape/json.hpp>

#include <boost/json.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <limits>
#include <string>

namespace {

namespace data = boost::unit_test::data;
namespace json = boost::json;
using namespace tornado::escape;

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(encodes_as_python_does) {
    const json::value value = {
        {"b", {1, 2.5, nullptr, true, false}},
        {"a", json::object{}},
        {"empty", json::array{}},
        {"text", "x"}};
    BOOST_TEST(
        json_encode(value) ==
        R"({"b": [1, 2.5, null, true, false], "a": {}, "empty": [], "text": "x"})"
    );
}

const std::pair<json::value, std::string> strings[] = {
    {"\u00e9", R"("\u00e9")"},
    {"\U0001F600", R"("\ud83d\ude00")"},
    {"</script>", R"("<\/script>")"},
    {"a/b < /c", R"("a/b < /c")"},
    {"\"\\\b\f\n\r\t\x01\x7f", R"("\"\\\b\f\n\r\t\u0001\u007f")"},
    {"\u2028", R"("\u2028")"},
    {"<\xff/", R"("<\ufffd/")"},
    {json::string_view{"\0", 1}, R"("\u0000")"},
};

BOOST_AUTO_TEST_CASE(strings_are_ascii_and_fit_a_script_element) {
    for (const auto& [value, text] : strings) {
        BOOST_TEST(json_encode(value) == text);
    }
}

const std::pair<json::value, std::string> numbers[] = {
    {0, "0"},
    {std::numeric_limits<std::int64_t>::min(), "-9223372036854775808"},
    {std::numeric_limits<std::uint64_t>::max(), "18446744073709551615"},
    {0.1, "0.1"},
    {5.0, "5.0"},
    {-0.0, "-0.0"},
    {100000.0, "100000.0"},
    {1e16, "1e+16"},
    {1e-7, "1e-07"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {std::numeric_limits<double>::infinity(), "null"},
    {std::numeric_limits<double>::quiet_NaN(), "null"},
};

BOOST_AUTO_TEST_CASE(numbers_keep_their_kind) {
    for (const auto& [value, text] : numbers) {
        BOOST_TEST(json_encode(value) == text);
    }
}

BOOST_AUTO_TEST_CASE(decoding_undoes_encoding) {
    const json::value value = {{"key \u20ac", {1, -2, 0.5, "</x>", {{"deep", nullptr}}}}};
    BOOST_CHECK(json_decode(json_encode(value)).value() == value);
}

BOOST_DATA_TEST_CASE(
    refuses_what_is_no_json,
    data::make({"", "{", "[1,]", "nul", "'a'", "1 2", "\"\xff\"", "NaN"}),
    text
) {
    BOOST_TEST(json_decode(text).has_error());
    BOOST_TEST(!json_decode(text).error().message().empty());
}

const std::string doubles[] = {
    "0.09148548393314937",
    "8164532797718876.0",
    "-3.6396186016585916e+19",
    "0.9733338144426155",
    "1.7976931348623157e+308",
    "5e-324",
    "9007199254740993.0",
    "0.1",
};

BOOST_AUTO_TEST_CASE(numbers_are_read_to_their_last_digit) {
    for (const auto& text : doubles) {
        BOOST_TEST(
            json_decode("[" + text + "]").value().at(0).as_double() ==
            std::strtod(text.c_str(), nullptr)
        );
    }
    BOOST_TEST(json_decode("1e-400").value().as_double() == 0);
    BOOST_TEST(json_decode("18446744073709551615").value().as_uint64() == 18446744073709551615U);
    BOOST_TEST(
        json_decode("-9223372036854775808").value().as_int64() ==
        std::numeric_limits<std::int64_t>::min()
    );
    BOOST_TEST(json_decode("1 ").value().as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(allows_white_space_around_the_value) {
    BOOST_CHECK(json_decode(" [1] \n").value() == json::value(json::array{1}));
}

BOOST_AUTO_TEST_CASE(limits_the_depth) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    BOOST_TEST(json_decode(nested(256)).has_value());
    BOOST_TEST(json_decode(nested(257)).has_error());
    BOOST_TEST(json_decode(std::string(1000000, '[')).has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
