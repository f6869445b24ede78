#include <tornado/websocket/utf8_validator.hpp>

#include <boost/test/unit_test.hpp>
#include <string>
#include <tornado/escape/utf8.hpp>

using tornado::websocket::Utf8Validator;

namespace {

bool is_valid(std::string_view text) {
    Utf8Validator validator;
    return validator.add(text) && validator.is_complete();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(utf8_validator)

BOOST_AUTO_TEST_CASE(agrees_with_the_whole_check_on_all_short_sequences) {
    std::string text(3, '\0');
    for (int lead = 0; lead < 256; ++lead) {
        for (int second = 0; second < 256; ++second) {
            for (const int third : {0x00, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0}) {
                text[0] = static_cast<char>(lead);
                text[1] = static_cast<char>(second);
                text[2] = static_cast<char>(third);
                const std::string longer = text + "\xbf";
                BOOST_REQUIRE(is_valid(text) == tornado::escape::is_valid_utf8(text));
                BOOST_REQUIRE(is_valid(longer) == tornado::escape::is_valid_utf8(longer));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(takes_characters_in_pieces) {
    const std::string text =
        "a\xce\xba\xe1\xbd\xb9\xf0\x9f\x8c\x8a" + std::string(40, 'z') + "\xc3\xa9";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Utf8Validator validator;
        BOOST_TEST(validator.add(std::string_view{text}.substr(0, cut)));
        BOOST_TEST(validator.add(std::string_view{text}.substr(cut)));
        BOOST_TEST(validator.is_complete());
    }
}

BOOST_AUTO_TEST_CASE(refuses_at_the_first_byte_that_cannot_be) {
    Utf8Validator validator;
    BOOST_TEST(validator.add("\xf4"));
    BOOST_TEST(!validator.add("\x90"));  // beyond U+10FFFF, before the character is whole
    validator.reset();
    BOOST_TEST(validator.add("\xed"));
    BOOST_TEST(!validator.add("\xa0"));  // a surrogate
    validator.reset();
    BOOST_TEST(!validator.add("plain text and then \xc0"));
}

BOOST_AUTO_TEST_CASE(knows_a_character_that_is_cut_short) {
    Utf8Validator validator;
    BOOST_TEST(validator.add("\xe2\x82"));
    BOOST_TEST(!validator.is_complete());
}

BOOST_AUTO_TEST_SUITE_END()
