#include <tornado/escape/url.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/escape/error.hpp>

namespace {

namespace data = boost::unit_test::data;
using namespace tornado::escape;

std::string all_bytes() {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
    }
    return bytes;
}

std::string shown(const QueryFields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text += '[' + name + '=' + value + ']';
    }
    return text;
}

BOOST_AUTO_TEST_SUITE(url)

BOOST_AUTO_TEST_CASE(escapes_utf8_byte_by_byte) {
    BOOST_TEST(url_escape("\u00e9") == "%C3%A9");
    BOOST_TEST(url_escape("\xe9") == "%E9");
    BOOST_TEST(url_escape("azAZ09-._~") == "azAZ09-._~");
}

BOOST_AUTO_TEST_CASE(plus_is_for_queries) {
    BOOST_TEST(url_escape("a b/c+d") == "a+b%2Fc%2Bd");
    BOOST_TEST(url_escape("a b/c+d", false) == "a%20b/c%2Bd");
    BOOST_TEST(url_unescape("a+b%20c%2B") == "a b c+");
    BOOST_TEST(url_unescape("a+b%20c%2B", false) == "a+b c+");
}

BOOST_DATA_TEST_CASE(any_bytes_come_back, data::make({true, false}), plus) {
    BOOST_TEST(url_unescape(url_escape(all_bytes(), plus), plus) == all_bytes());
}

BOOST_AUTO_TEST_CASE(a_percent_sign_without_digits_stays) {
    BOOST_TEST(url_unescape("100% %4 %zz %G0 %4G %41%") == "100% %4 %zz %G0 %4G A%");
    BOOST_TEST(url_unescape("%c3%A9") == "\u00e9");
}

BOOST_AUTO_TEST_CASE(text_must_be_utf8) {
    BOOST_TEST(url_unescape_utf8("%C3%A9+").value() == "\u00e9 ");
    BOOST_TEST(url_unescape_utf8("%C3%A9+", false).value() == "\u00e9+");
    BOOST_TEST(url_unescape_utf8("%E9").error() == make_error_code(Errc::invalid_utf8));
    BOOST_TEST(url_unescape_utf8("%E9").error().message() == "the text is not valid UTF-8");
}

BOOST_AUTO_TEST_CASE(query_fields_keep_order_and_repeat) {
    BOOST_TEST(shown(parse_qs_bytes("b=1&a=2&b=3")) == "[b=1][a=2][b=3]");
    BOOST_TEST(shown(parse_qs_bytes("a%20b=c+d%3D&x==")) == "[a b=c d=][x==]");
    BOOST_TEST(shown(parse_qs_bytes("a=1;b=2")) == "[a=1;b=2]");  // only & separates
    BOOST_TEST(parse_qs_bytes("x=%00%ff")[0].second == (std::string{"\0\xff", 2}));
}

BOOST_AUTO_TEST_CASE(blank_values_are_kept_when_asked_for) {
    BOOST_TEST(shown(parse_qs_bytes("a=&b&&c=1&")) == "[c=1]");
    BOOST_TEST(shown(parse_qs_bytes("a=&b&&c=1&", true)) == "[a=][b=][c=1]");
    BOOST_TEST(shown(parse_qs_bytes("", true)) == "");
}

BOOST_AUTO_TEST_CASE(strict_parsing_wants_an_equals_sign) {
    BOOST_TEST(shown(parse_qs_bytes_strictly("a=1&b=").value()) == "[a=1]");
    BOOST_TEST(shown(parse_qs_bytes_strictly("a=1&b=", true).value()) == "[a=1][b=]");
    BOOST_TEST(shown(parse_qs_bytes_strictly("").value()) == "");
    for (const auto* query : {"a", "a=1&b", "a=1&", "a=1&&b=2"}) {
        BOOST_TEST(
            parse_qs_bytes_strictly(query).error() == make_error_code(Errc::malformed_query)
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
