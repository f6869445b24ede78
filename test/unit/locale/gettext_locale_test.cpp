#include <tornado/locale/gettext_locale.hpp>

#include <boost/test/unit_test.hpp>

#include "msgfmt.hpp"

namespace {

using namespace tornado::locale;

std::shared_ptr<const GettextCatalogue> catalogue(const std::string& messages) {
    return std::make_shared<const GettextCatalogue>(
        GettextCatalogue::parse(catalogue_of(po_header() + messages)).value()
    );
}

const std::string french =
    "msgid \"school\"\nmsgstr \"école\"\n\n"
    "msgid \"right\"\nmsgstr \"à droite\"\n\n"
    "msgctxt \"law\"\nmsgid \"right\"\nmsgstr \"le droit\"\n\n"
    "msgctxt \"good\"\nmsgid \"right\"\nmsgstr \"le bien\"\n\n"
    "msgid \"club\"\nmsgid_plural \"clubs\"\nmsgstr[0] \"club\"\nmsgstr[1] \"les clubs\"\n\n"
    "msgctxt \"organization\"\nmsgid \"club\"\nmsgid_plural \"clubs\"\n"
    "msgstr[0] \"le club\"\nmsgstr[1] \"les clubs\"\n\n"
    "msgctxt \"stick\"\nmsgid \"club\"\nmsgid_plural \"clubs\"\n"
    "msgstr[0] \"le bâton\"\nmsgstr[1] \"les bâtons\"\n\n";

BOOST_AUTO_TEST_SUITE(gettext_locale)

BOOST_AUTO_TEST_CASE(translates_with_plural_forms_and_contexts) {
    const GettextLocale locale{"fr_FR", {catalogue(french)}};
    BOOST_TEST(locale.translate("school") == "école");
    BOOST_TEST(locale.pgettext("law", "right") == "le droit");
    BOOST_TEST(locale.pgettext("good", "right") == "le bien");
    BOOST_TEST(locale.pgettext("organization", "club", "clubs", 1) == "le club");
    BOOST_TEST(locale.pgettext("organization", "club", "clubs", 2) == "les clubs");
    BOOST_TEST(locale.pgettext("stick", "club", "clubs", 1) == "le bâton");
    BOOST_TEST(locale.pgettext("stick", "club", "clubs", 2) == "les bâtons");
    BOOST_TEST(locale.translate("club", "clubs", 0) == "club");  // as French has it
}

BOOST_AUTO_TEST_CASE(leaves_what_it_does_not_have) {
    const GettextLocale locale{"fr_FR", {catalogue(french)}};
    BOOST_TEST(locale.translate("tree") == "tree");
    BOOST_TEST(locale.translate("") == "");
    BOOST_TEST(locale.translate("tree", "trees", 1) == "tree");
    BOOST_TEST(locale.translate("tree", "trees", 0) == "trees");
    BOOST_TEST(locale.translate("school", "schools", 2) == "schools");
}

BOOST_AUTO_TEST_CASE(an_unknown_context_gives_the_plain_message) {
    const GettextLocale locale{"fr_FR", {catalogue(french)}};
    BOOST_TEST(locale.pgettext("road", "right") == "right");
    BOOST_TEST(locale.pgettext("road", "club", "clubs", 2) == "les clubs");
    BOOST_TEST(locale.pgettext("road", "tree", "trees", 2) == "trees");
}

BOOST_AUTO_TEST_CASE(asks_the_next_catalogue_for_what_one_does_not_have) {
    const auto canadian = catalogue("msgid \"car\"\nmsgstr \"char\"\n\n");
    const GettextLocale locale{"fr_CA", {canadian, catalogue(french)}};
    BOOST_TEST(locale.translate("car") == "char");
    BOOST_TEST(locale.translate("school") == "école");
    BOOST_TEST(locale.translate("club", "clubs", 2) == "les clubs");
    BOOST_TEST(locale.pgettext("law", "right") == "le droit");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
