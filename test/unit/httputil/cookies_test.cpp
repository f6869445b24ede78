#include <tornado/httputil/cookies.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <tornado/httputil/error.hpp>

#include "../cpu_seconds.hpp"

namespace {

using namespace tornado::httputil;
using Cookies = std::vector<RequestCookie>;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(cookies)

BOOST_AUTO_TEST_CASE(parse_cookie_reads_as_browsers_do) {
    BOOST_TEST(
        (parse_cookie("chips=ahoy; vienna=finger") ==
         Cookies{{"chips", "ahoy"}, {"vienna", "finger"}})
    );
    BOOST_TEST(
        (parse_cookie("keebler=\"E=mc2; L=\\\"Loves\\\"; fudge=\\012;\"") ==
         Cookies{{"keebler", "\"E=mc2"}, {"L", "\\\"Loves\\\""}, {"fudge", "\\012"}, {"", "\""}})
    );
    BOOST_TEST((parse_cookie("keebler=E=mc2") == Cookies{{"keebler", "E=mc2"}}));
    BOOST_TEST((parse_cookie("key:term=value:term") == Cookies{{"key:term", "value:term"}}));
    BOOST_TEST(
        (parse_cookie("a=b; c=[; d=r; f=h") ==
         Cookies{{"a", "b"}, {"c", "["}, {"d", "r"}, {"f", "h"}})
    );
    BOOST_TEST(
        (parse_cookie("a=b; Domain=foo; path=/bar") ==
         Cookies{{"a", "b"}, {"Domain", "foo"}, {"path", "/bar"}})
    );
}

BOOST_AUTO_TEST_CASE(pieces_without_an_equals_sign_have_no_name) {
    BOOST_TEST(
        (parse_cookie("abc=def; unnamed; django_language=en") ==
         Cookies{{"abc", "def"}, {"", "unnamed"}, {"django_language", "en"}})
    );
    BOOST_TEST((parse_cookie("a=b; \"; c=d") == Cookies{{"a", "b"}, {"", "\""}, {"c", "d"}}));
    BOOST_TEST((parse_cookie("=b;a=;  ;\t= ;") == Cookies{{"", "b"}, {"a", ""}}));
    BOOST_TEST(parse_cookie("").empty());
    BOOST_TEST(parse_cookie(";;; ;").empty());
    BOOST_TEST((parse_cookie("a b c=d e = f; gh=i") == Cookies{{"a b c", "d e = f"}, {"gh", "i"}}));
    BOOST_TEST(
        (parse_cookie("a   b,c<>@:/[]?{}=d  \"  =e,f g") ==
         Cookies{{"a   b,c<>@:/[]?{}", "d  \"  =e,f g"}})
    );
    BOOST_TEST((parse_cookie("saint=Andr\xc3\xa9") == Cookies{{"saint", "Andr\xc3\xa9"}}));
}

BOOST_AUTO_TEST_CASE(the_last_of_equal_names_wins) {
    BOOST_TEST((parse_cookie("a=b; c=d; a=e") == Cookies{{"a", "e"}, {"c", "d"}}));
}

BOOST_AUTO_TEST_CASE(quoted_values_are_unquoted) {
    BOOST_TEST((parse_cookie("a=\"b\\073c\\\"d\\\\\"") == Cookies{{"a", "b;c\"d\\"}}));
    BOOST_TEST(unquote_cookie_value("") == "");
    BOOST_TEST(unquote_cookie_value("\"") == "\"");
    BOOST_TEST(unquote_cookie_value("\"\"") == "");
    BOOST_TEST(unquote_cookie_value("a\\073") == "a\\073");
    BOOST_TEST(unquote_cookie_value("\"\\400\"") == "400");
    BOOST_TEST(unquote_cookie_value("\"\\08\"") == "08");
    BOOST_TEST(unquote_cookie_value("\"a\\\"") == "a\\");
    BOOST_TEST(unquote_cookie_value("\"\\012\\377\"") == "\n\xff");
    BOOST_TEST(unquote_cookie_value("\"\\\\012\"") == "\\012");
}

const std::string quoted[] = {
    R"("b=\"")",
    R"("b=\\")",
    R"("b=\=")",
    R"("b=\n")",
    R"("b=\042")",
    R"("b=\134")",
    R"("b=\377")",
    R"("b=\400")",
    R"("b=\42")",
    R"("b=\\042")",
    R"("b=\\134")",
    R"("b=\\\"")",
    R"("b=\\\042")",
    R"("b=\134\"")",
    R"("b=\134\042")"};
const std::string unquoted[] = {
    "b=\"",
    "b=\\",
    "b==",
    "b=n",
    "b=\"",
    "b=\\",
    "b=\xff",
    "b=400",
    "b=42",
    "b=\\042",
    "b=\\134",
    "b=\\\"",
    "b=\\\"",
    "b=\\\"",
    "b=\\\""};

BOOST_DATA_TEST_CASE(
    a_quoted_value_is_read_as_python_does,
    data::make(quoted) ^ data::make(unquoted),
    text,
    value
) {
    BOOST_TEST((parse_cookie("a=" + text) == Cookies{{"a", value}}));
}

BOOST_AUTO_TEST_CASE(quoting_goes_both_ways) {
    BOOST_TEST(quote_cookie_value("abc:1|2") == "abc:1|2");
    BOOST_TEST(quote_cookie_value("b;c") == "\"b\\073c\"");
    BOOST_TEST(quote_cookie_value("") == "\"\"");
    BOOST_TEST(quote_cookie_value("a/b==") == "\"a/b==\"");
    BOOST_TEST(quote_cookie_value("\"\\,") == "\"\\\"\\\\\\054\"");
    std::string all;
    for (int i = 0; i < 256; ++i) {
        all += static_cast<char>(i);
    }
    BOOST_TEST(unquote_cookie_value(quote_cookie_value(all)) == all);
}

BOOST_AUTO_TEST_CASE(parsing_costs_linear_time) {
    const auto seconds = [](std::size_t count) {
        std::string header = "q=\"";
        for (std::size_t i = 0; i < count; ++i) {
            header += "\\\"";
        }
        header += "\"";
        for (std::size_t i = 0; i < count; ++i) {
            header += ";c" + std::to_string(i);
            header += "=1";
        }
        return least_cpu_seconds([&] {
            BOOST_TEST_REQUIRE(parse_cookie(header).size() == count + 1);
        });
    };
    BOOST_TEST(seconds(32000) < seconds(2000) * 16 * 6 + 0.01);
}

BOOST_AUTO_TEST_CASE(set_cookie_text_has_its_attributes_in_order) {
    Cookie cookie;
    cookie.name = "a";
    cookie.value = "b";
    BOOST_TEST(cookie.to_string().value() == "a=b; Path=/");
    cookie.domain = "example.com";
    cookie.expires = std::chrono::system_clock::from_time_t(784111777);
    cookie.httponly = true;
    cookie.max_age = std::chrono::seconds{10};
    cookie.path = "/p";
    cookie.samesite = "Lax";
    cookie.secure = true;
    BOOST_TEST(
        cookie.to_string().value() ==
        "a=b; Domain=example.com; expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; Max-Age=10; "
        "Path=/p; "
        "SameSite=Lax; Secure"
    );
    BOOST_TEST(
        (Cookie{.name = "a", .path = "", .value = "b;c"}.to_string().value() == "a=\"b\\073c\"")
    );
}

const std::string bad_parts[] = {"a;b", "a b", "a\r\nb", "a\tb", "a\x7f", std::string{"\0", 1}};

BOOST_DATA_TEST_CASE(a_bad_attribute_is_refused, data::make(bad_parts), part) {
    const auto refused = make_error_code(Errc::malformed_cookie);
    BOOST_TEST((Cookie{.name = part, .value = "v"}.to_string().error() == refused));
    BOOST_TEST((Cookie{.domain = part, .name = "n", .value = "v"}.to_string().error() == refused));
    BOOST_TEST((Cookie{.name = "n", .path = part, .value = "v"}.to_string().error() == refused));
    BOOST_TEST((Cookie{.name = "n", .samesite = part, .value = "v"}.to_string().error() == refused)
    );
}

BOOST_AUTO_TEST_CASE(a_bad_name_or_value_is_refused) {
    for (const std::string name : {"", "a=b", "a,b", "\xe9"}) {
        BOOST_TEST((Cookie{.name = name, .value = "v"}.to_string().has_error()), name);
    }
    for (const std::string value : {"a b", "a\nb", "\x01"}) {
        BOOST_TEST((Cookie{.name = "a", .value = value}.to_string().has_error()), value);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
