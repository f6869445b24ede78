#include <tornado/websocket/extension.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace data = boost::unit_test::data;
namespace websocket = tornado::websocket;

BOOST_AUTO_TEST_SUITE(parse_extensions)

BOOST_AUTO_TEST_CASE(takes_members_and_parameters_apart) {
    const auto found = *websocket::parse_extensions("a; b ; c=1;d=\"2\" ,, e");
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST(found[0].name == "a");
    BOOST_REQUIRE(found[0].parameters.size() == 3U);
    BOOST_TEST(!found[0].parameters[0].value.has_value());
    BOOST_TEST(found[0].parameters[1].value.value() == "1");
    BOOST_TEST(found[0].parameters[2].value.value() == "2");
    BOOST_TEST(found[1].name == "e");
}

const char* const malformed[] = {
    "",
    ",",
    ";",
    "a;",
    "a; =1",
    "a; b=",
    "a b",
    "a; b=\"",
    "a; b=\"x y\"",
    "a; b=\"\"",
    "a=1",
    "a; b c",
    "\"a\""};

BOOST_DATA_TEST_CASE(refuses_rfc_6455_9_1, data::make(malformed), field) {
    BOOST_TEST(!websocket::parse_extensions(field).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(parse_tokens)

BOOST_AUTO_TEST_CASE(takes_a_list_apart) {
    const std::vector<std::string> wanted{"chat", "superchat.v2"};
    BOOST_TEST(
        *websocket::parse_tokens("chat, superchat.v2") == wanted, boost::test_tools::per_element()
    );
    BOOST_TEST(!websocket::parse_tokens("a b").has_value());
    BOOST_TEST(!websocket::parse_tokens("").has_value());
    BOOST_TEST(!websocket::parse_tokens("a/b").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
