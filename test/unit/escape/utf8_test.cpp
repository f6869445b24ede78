#include <tornado/escape/utf8.hpp>

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

using tornado::escape::is_valid_utf8;

const std::string valid[] = {
    "",
    "ascii",
    "\u00e9",
    "\u20ac",
    "\U0001F600",
    "\u0080\u07ff\u0800\uffff\U00010000\U0010FFFF",
    "\xed\x9f\xbf\xee\x80\x80",  // around the surrogates
    std::string(1, '\0'),
};

const std::string invalid[] = {
    "\x80",
    "\xff",
    "\xc0\x80",
    "\xc1\xbf",  // a stray byte, never bytes of UTF-8
    "\xe0\x9f\xbf",
    "\xf0\x8f\xbf\xbf",  // overlong
    "\xed\xa0\x80",
    "\xed\xbf\xbf",  // surrogates
    "\xf4\x90\x80\x80",
    "\xf5\x80\x80\x80",  // beyond U+10FFFF
    "\xc3",
    "\xe2\x82",
    "\xf0\x9f\x98",  // cut short
    "\xc3(",
    "\xe2(\xac",
    "\xe2\x82(",
    "\xf0\x9f\x98(",
};

BOOST_AUTO_TEST_SUITE(utf8)

// Shifted through the words of eight bytes that the fast path reads.
BOOST_AUTO_TEST_CASE(accepts_utf8_at_any_offset) {
    for (const auto& bytes : valid) {
        for (std::size_t before = 0; before < 17; ++before) {
            BOOST_TEST(is_valid_utf8(std::string(before, 'a') + bytes + "tail"));
        }
    }
}

BOOST_AUTO_TEST_CASE(refuses_all_else_at_any_offset) {
    for (const auto& bytes : invalid) {
        for (std::size_t before = 0; before < 17; ++before) {
            BOOST_TEST(!is_valid_utf8(std::string(before, 'a') + bytes));
            BOOST_TEST(!is_valid_utf8(std::string(before, 'a') + bytes + "a long enough tail"));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
