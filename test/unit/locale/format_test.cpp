#include <tornado/locale/format.hpp>

#include <boost/test/unit_test.hpp>

namespace {

using tornado::locale::format;

BOOST_AUTO_TEST_SUITE(format_of_messages)

BOOST_AUTO_TEST_CASE(fills_placeholders_in) {
    BOOST_TEST(format("%(name)s has %(count)d", {{"name", "Ben"}, {"count", 3}}) == "Ben has 3");
    BOOST_TEST(format("%(a)s%(a)s", {{"a", "x"}}) == "xx");
    BOOST_TEST(format("%(n)s", {{"n", -5LL}}) == "-5");
    BOOST_TEST(format("", {{"a", "x"}}) == "");
    BOOST_TEST(format("plain", {}) == "plain");
}

BOOST_AUTO_TEST_CASE(a_doubled_percent_sign_is_one) {
    BOOST_TEST(format("100%% of %(what)s", {{"what", "it"}}) == "100% of it");
    BOOST_TEST(format("%%(name)s", {{"name", "x"}}) == "%(name)s");
}

BOOST_AUTO_TEST_CASE(what_is_no_placeholder_stays) {
    BOOST_TEST(format("%(other)s", {{"name", "x"}}) == "%(other)s");
    for (const auto* text : {"50%", "% (name)s", "%(name", "%(name)", "%(name)f", "%s", "%("}) {
        BOOST_TEST(format(text, {{"name", "x"}}) == text);
    }
}

BOOST_AUTO_TEST_CASE(a_value_is_not_looked_into) {
    BOOST_TEST(format("%(a)s %(b)s", {{"a", "%(b)s"}, {"b", "%%"}}) == "%(b)s %%");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
