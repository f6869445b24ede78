#include <tornado/httputil/responses.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using tornado::httputil::reason_phrase;

BOOST_AUTO_TEST_SUITE(responses)

BOOST_AUTO_TEST_CASE(phrases_go_with_their_codes) {
    static_assert(reason_phrase(200) == "OK");
    BOOST_TEST(reason_phrase(100) == "Continue");
    BOOST_TEST(reason_phrase(404) == "Not Found");
    BOOST_TEST(reason_phrase(431) == "Request Header Fields Too Large");
    BOOST_TEST(reason_phrase(505) == "HTTP Version Not Supported");
    BOOST_TEST(reason_phrase(777) == "Unknown");
    BOOST_TEST(reason_phrase(-1) == "Unknown");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
