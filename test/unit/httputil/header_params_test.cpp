#include <tornado/httputil/header_params.hpp>

#include <boost/test/unit_test.hpp>

#include "../cpu_seconds.hpp"

namespace {

using namespace tornado::httputil;

/// The parameter `name` of `line`, or "(none)".
std::string param(std::string_view line, std::string_view name) {
    const auto header = parse_header_params(line);
    const auto* value = header.find(name);
    return value ? *value : "(none)";
}

BOOST_AUTO_TEST_SUITE(header_params)

BOOST_AUTO_TEST_CASE(a_value_and_its_parameters_are_taken_apart) {
    const auto header = parse_header_params("form-data; name=\"a;b\" ;  FileName = x.txt; flag");
    BOOST_TEST(header.value == "form-data");
    BOOST_TEST(header.params.size() == 3U);
    BOOST_TEST(*header.find("name") == "a;b");
    BOOST_TEST(*header.find("filename") == "x.txt");
    BOOST_TEST(header.find("flag") == nullptr);
    BOOST_TEST(header.params[2].first == "flag");
    BOOST_TEST(header.find("absent") == nullptr);
    BOOST_TEST(parse_header_params("text/html").value == "text/html");
    BOOST_TEST(parse_header_params("").value == "");
}

BOOST_AUTO_TEST_CASE(quotes_and_escapes) {
    BOOST_TEST(param("a; b=\"c\\\"d\\\\e\\f\"", "b") == "c\"d\\e\\f");
    BOOST_TEST(param("a; b=\"c:\\dir\\file\"", "b") == "c:\\dir\\file");
    BOOST_TEST(param("a; b=\"", "b") == "\"");
    BOOST_TEST(param("a; b=\"unclosed; c=d", "c") == "(none)");
    BOOST_TEST(param("a; b=\"x\\\";y\"; c=d", "c") == "d");
    BOOST_TEST(param("a; b=1; b=2", "b") == "2");
    BOOST_TEST(param("a; b=", "b") == "");
}

BOOST_AUTO_TEST_CASE(the_extended_form_wins) {
    BOOST_TEST(param("form-data; file*=utf-8''T%C3%A4st; file=\"x\"", "file") == "T\xc3\xa4st");
    BOOST_TEST(param("a; f*=UTF-8'en'a%20b+c", "f") == "a b+c");
    BOOST_TEST(param("a; f*=iso-8859-1''T%E4st", "f") == "T\xc3\xa4st");
    BOOST_TEST(param("a; f*=plain", "f") == "plain");
}

BOOST_AUTO_TEST_CASE(a_list_is_split_at_commas_that_are_not_in_quotes) {
    const std::vector<std::string_view> expected{"a", "b=\"c,\\\",d\"", "", "e"};
    BOOST_TEST((split_header_list("a ,\tb=\"c,\\\",d\",, e ") == expected));
    BOOST_TEST((split_header_list("") == std::vector<std::string_view>{""}));
    BOOST_TEST((split_header_list("\"a, b") == std::vector<std::string_view>{"\"a, b"}));
}

BOOST_AUTO_TEST_CASE(encoding_sorts_and_quotes) {
    HeaderParams header;
    header.value = "permessage-deflate";
    header.params.emplace_back("client_no_context_takeover", std::nullopt);
    header.params.emplace_back("client_max_window_bits", "15");
    BOOST_TEST(
        encode_header_params(header) ==
        "permessage-deflate; client_max_window_bits=15; client_no_context_takeover"
    );
    header.params = {{"a", "b c\"d\\"}};
    BOOST_TEST(encode_header_params(header) == "permessage-deflate; a=\"b c\\\"d\\\\\"");
    BOOST_TEST(param(encode_header_params(header), "a") == "b c\"d\\");
}

BOOST_AUTO_TEST_CASE(parsing_costs_linear_time) {
    const auto seconds = [](std::size_t count) {
        std::string line = "a";
        for (std::size_t i = 0; i < count; ++i) {
            line += "; b=\"c;\\\"";
        }
        return least_cpu_seconds([&] {
            BOOST_TEST_REQUIRE(!parse_header_params(line).params.empty());
        });
    };
    BOOST_TEST(seconds(64000) < seconds(4000) * 16 * 6 + 0.01);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
