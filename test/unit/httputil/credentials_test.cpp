#include <tornado/httputil/credentials.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <tuple>

namespace {

namespace data = boost::unit_test::data;
using tornado::httputil::encode_username_password;

/// The text as a name is sent.
std::string normal(const std::string& text) {
    const auto both = encode_username_password(text, "");
    BOOST_TEST(both.ends_with(':'));
    return both.substr(0, both.size() - 1);
}

BOOST_AUTO_TEST_SUITE(credentials)

BOOST_AUTO_TEST_CASE(name_and_password_stand_around_a_colon) {
    BOOST_TEST(encode_username_password("Aladdin", "open sesame") == "Aladdin:open sesame");
    BOOST_TEST(encode_username_password("", "") == ":");
    BOOST_TEST(encode_username_password("a", "b:c") == "a:b:c");
}

BOOST_AUTO_TEST_CASE(both_are_in_the_form_c) {
    BOOST_TEST(encode_username_password("jose\u0301", "e\u0301") == "jos\u00e9:\u00e9");
}

using Row = std::tuple<const char*, const char*>;

const Row forms[] = {
    {"\u00e9", "\u00e9"},
    {"e\u0301", "\u00e9"},
    {"\u1112\u1161\u11ab", "\ud55c"},    // a Hangul syllable of three
    {"\u1112\u1161", "\ud558"},          // of two
    {"\ud558\u11ab", "\ud55c"},          // of one that can take another
    {"\ud55c\u11ab", "\ud55c\u11ab"},    // of one that cannot
    {"\u212b", "\u00c5"},                // the unit Angstrom is the letter
    {"\u1e9b\u0323", "\u1e9b\u0323"},    // UAX 15, figure 6
    {"q\u0307\u0323", "q\u0323\u0307"},  // marks in the order of their classes
    {"d\u0307\u0323", "\u1e0d\u0307"},   // of which one is composed past the other
    {"\u0958", "\u0915\u093c"},          // excluded from composition
    {"\u1fc1", "\u1fc1"},                // a composition of composed ones
    {"\u03b1\u0342\u0345", "\u1fb7"},    // of three
    {"a\u0315\u0300\u05aeb", "\u00e0\u05ae\u0315b"},
    {"\u0344", "\u0308\u0301"},
    {"\u2adc", "\u2add\u0338"},
    {"\U0001d15e", "\U0001d157\U0001d165"},
    {"\U000110a5\U000110ba", "\U000110ab"},
    {"\u0b47\u0300\u0b3e", "\u0b47\u0300\u0b3e"},  // what stands in between stops it
    {"a\u0300\u0301", "\u00e0\u0301"},
    {"\u0301e", "\u0301e"},  // nothing in front to be composed with
};

BOOST_DATA_TEST_CASE(the_form_c_of, data::make(forms), text, expected) {
    BOOST_TEST(normal(text) == expected);
    BOOST_TEST(normal(normal(text)) == normal(text));
}

BOOST_AUTO_TEST_CASE(what_is_no_utf8_stays_as_it_is) {
    for (const std::string bytes : {"\xff", "e\xcc", "\xed\xa0\x80", "e\u0301\xff"}) {
        BOOST_TEST(normal(bytes) == bytes);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
