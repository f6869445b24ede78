#include <tornado/locale/names.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>

namespace {

using namespace tornado::locale;

BOOST_AUTO_TEST_SUITE(locale_names)

BOOST_AUTO_TEST_CASE(are_in_their_own_language_and_in_english) {
    const auto* found = std::ranges::find(LOCALE_NAMES, "es_LA", &LocaleName::code);
    BOOST_REQUIRE(found != LOCALE_NAMES.end());
    BOOST_TEST(found->name == "Espa\xc3\xb1ol");
    BOOST_TEST(found->name_en == "Spanish");
}

BOOST_AUTO_TEST_CASE(are_sorted_by_code_and_found_by_it) {
    BOOST_TEST(std::ranges::is_sorted(LOCALE_NAMES, {}, &LocaleName::code));
    for (const auto& locale : LOCALE_NAMES) {
        BOOST_TEST(name_of(locale.code) == locale.name);
    }
    BOOST_TEST(name_of("tlh_QO") == "Unknown");
    BOOST_TEST(name_of("") == "Unknown");
    BOOST_TEST(name_of("zz_ZZ") == "Unknown");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
