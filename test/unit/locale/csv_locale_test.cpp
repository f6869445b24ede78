#include <tornado/locale/csv_locale.hpp>

#include <boost/test/unit_test.hpp>

#include "../log_capture.hpp"

namespace {

using namespace tornado::locale;

CSVTranslations spanish() {
    CSVTranslations translations;
    translations.unknown["I love you"] = "Te amo";
    translations.singular["%(name)s liked this"] = "A %(name)s le gustó esto";
    translations.plural["%(name)s liked this"] = "A %(name)s les gustó esto";
    return translations;
}

BOOST_AUTO_TEST_SUITE(csv_locale)

BOOST_AUTO_TEST_CASE(translates_what_it_has_and_leaves_the_rest) {
    const CSVLocale locale{"es_LA", spanish()};
    BOOST_TEST(locale.translate("I love you") == "Te amo");
    BOOST_TEST(locale.translate("I hate you") == "I hate you");
    BOOST_TEST(locale.translate("") == "");
    BOOST_TEST(locale.translate("%(name)s liked this") == "%(name)s liked this");
}

BOOST_AUTO_TEST_CASE(has_one_form_for_1_and_one_for_all_others) {
    const CSVLocale locale{"es_LA", spanish()};
    const auto* message = "%(name)s liked this";
    BOOST_TEST(locale.translate(message, message, 1) == "A %(name)s le gustó esto");
    for (const int count : {0, 2, 100, -1}) {
        BOOST_TEST(locale.translate(message, message, count) == "A %(name)s les gustó esto");
    }
    BOOST_TEST(locale.translate("a tree", "trees", 1) == "a tree");
    BOOST_TEST(locale.translate("a tree", "trees", 0) == "trees");
}

BOOST_AUTO_TEST_CASE(knows_no_context_and_says_so_once) {
    LogCapture log;
    const CSVLocale locale{"es_LA", spanish()};
    BOOST_TEST(locale.pgettext("letters", "I love you") == "Te amo");
    BOOST_TEST(locale.pgettext("letters", "a tree", "trees", 2) == "trees");
    BOOST_TEST(log.count("pgettext is not supported by CSVLocale") == 1);
}

BOOST_AUTO_TEST_CASE(without_translations_there_is_nothing_to_say_about_contexts) {
    LogCapture log;
    const CSVLocale locale{"en_US"};
    BOOST_TEST(locale.pgettext("law", "right") == "right");
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
