#include <tornado/httputil/token.hpp>

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

using namespace tornado::httputil;

BOOST_AUTO_TEST_SUITE(token)

// RFC 9110, 5.6.2: tchar.
BOOST_AUTO_TEST_CASE(its_characters_are_letters_digits_and_fifteen_marks) {
    const std::string all =
        "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
    for (int i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        const bool expected = all.find(c) != all.npos;
        BOOST_TEST(is_token_char(c) == expected, i);
        BOOST_TEST(is_token(std::string(1, c)) == expected, i);
        BOOST_TEST(is_token(std::string{"X-"} + c) == expected, i);
    }
    BOOST_TEST(is_token(all));
}

BOOST_AUTO_TEST_CASE(one_that_is_empty_is_none) {
    BOOST_TEST(!is_token(""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
