#include <tornado/util/base64.hpp>

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

using tornado::util::base64;

BOOST_AUTO_TEST_SUITE(base64_suite)

BOOST_AUTO_TEST_CASE(the_examples_of_rfc_4648_come_out) {
    BOOST_TEST(base64("").empty());
    BOOST_TEST(base64("f") == "Zg==");
    BOOST_TEST(base64("fo") == "Zm8=");
    BOOST_TEST(base64("foo") == "Zm9v");
    BOOST_TEST(base64("foob") == "Zm9vYg==");
    BOOST_TEST(base64("fooba") == "Zm9vYmE=");
    BOOST_TEST(base64("foobar") == "Zm9vYmFy");
}

BOOST_AUTO_TEST_CASE(bytes_of_all_values_are_taken) {
    BOOST_TEST(base64(std::string("\xfb\xff\x00", 3)) == "+/8A");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
