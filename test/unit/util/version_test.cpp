#include <tornado/util/version.hpp>

#include <boost/test/unit_test.hpp>
#include <string>

namespace {

BOOST_AUTO_TEST_SUITE(version)

BOOST_AUTO_TEST_CASE(the_text_says_what_the_numbers_say) {
    const auto& info = tornado::version_info;
    const auto text =
        std::to_string(info[0]) + "." + std::to_string(info[1]) + "." + std::to_string(info[2]);
    BOOST_TEST(tornado::version.substr(0, text.size()) == text);
    BOOST_TEST((info[3] == 0) == (tornado::version.size() == text.size()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
