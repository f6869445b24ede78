#include <tornado/locale/translations.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <tornado/locale/csv_locale.hpp>
#include <tornado/locale/gettext_locale.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "../log_capture.hpp"
#include "msgfmt.hpp"

namespace {

namespace data = boost::unit_test::data;
namespace locale = tornado::locale;
using Codes = std::vector<std::string>;

/// A folder of translations; in the end none are loaded.
struct Folder : TemporaryFolder {
    ~Folder() {
        locale::set_default_locale("en_US");
        const TemporaryFolder empty;
        locale::load_translations(empty.path());
    }

    void csv(const std::string& name, const std::string& text) { write_file(*this / name, text); }
    void mo(const std::string& code, const std::string& messages) {
        msgfmt(po_header() + messages, *this / (code + "/LC_MESSAGES/site.mo"));
    }
    void load_csv(std::string_view encoding = {}) { locale::load_translations(path(), encoding); }
    void load_mo() { locale::load_gettext_translations(path(), "site"); }
};

std::string school_in(const std::string& code) {
    return locale::get(code)->translate("school");
}

/// Each character in two bytes; all of these are below U+0100.
std::string utf16(const std::string& latin1, bool big_endian) {
    std::string bytes;
    for (const char c : latin1) {
        bytes += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
    }
    return bytes;
}

BOOST_FIXTURE_TEST_SUITE(csv_translations, Folder)

BOOST_AUTO_TEST_CASE(are_loaded_from_a_folder) {
    csv("fr_FR.csv", "\"school\",\"école\"\n");
    csv("de.csv", "school,Schule\r\ntree,Baum");
    csv("notes.txt", "school,nothing\n");
    load_csv();
    BOOST_TEST(
        locale::get_supported_locales() == (Codes{"de", "en_US", "fr_FR"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(school_in("fr_FR") == "école");
    BOOST_TEST(school_in("de") == "Schule");
    BOOST_TEST(locale::get("de")->translate("tree") == "Baum");
    BOOST_TEST(dynamic_cast<const locale::CSVLocale*>(locale::get("de").get()) != nullptr);
}

BOOST_AUTO_TEST_CASE(tell_their_encoding_by_a_byte_order_mark) {
    csv("de.csv",
        "\xef\xbb\xbf"
        "school,Schule\n");
    csv("fr.csv",
        "\xff\xfe" + utf16(
                         "school,\xe9"
                         "cole\n",
                         false
                     ));
    csv("fr_FR.csv",
        "\xfe\xff" + utf16(
                         "school,\xe9"
                         "cole\n",
                         true
                     ));
    csv("it.csv", "school,scuola è\n");
    load_csv();
    BOOST_TEST(school_in("de") == "Schule");
    BOOST_TEST(school_in("fr") == "école");
    BOOST_TEST(school_in("fr_FR") == "école");
    BOOST_TEST(school_in("it") == "scuola è");  // each file has its own
}

const std::tuple<std::string, std::string> encoded[] = {
    {"iso-8859-1", "\xe9"},
    {"latin1", "\xe9"},
    {"utf-8", "é"},
    {"UTF-8-sig",
     "\xef\xbb\xbf"
     "é"},
    {"windows-1252", "\xe9"},
    {"utf-16", std::string{"\xe9\0", 2}},
    {"utf-16-le", std::string{"\xe9\0", 2}},
    {"utf-16-be", std::string{"\0\xe9", 2}},
};

BOOST_DATA_TEST_CASE(may_have_any_encoding_that_is_named, data::make(encoded), name, e) {
    const bool wide = name.starts_with("utf-16");
    const bool big_endian = name.ends_with("be");
    const std::string mark = name == "UTF-8-sig" ? e.substr(0, 3) : "";
    const auto text =
        wide ? utf16("school,x", big_endian) + e : mark + "school,x" + e.substr(mark.size());
    csv("fr.csv", text);
    load_csv(name);
    BOOST_TEST(school_in("fr") == "xé");
}

BOOST_AUTO_TEST_CASE(characters_beyond_the_first_plane_come_from_utf16) {
    csv("fr.csv", "\xff\xfe" + utf16("school,", false) + std::string{"\x3d\xd8\x00\xde", 4});
    load_csv();
    BOOST_TEST(school_in("fr") == "\U0001F600");
}

BOOST_AUTO_TEST_CASE(an_unknown_encoding_is_refused_and_changes_nothing) {
    csv("fr.csv", "school,école\n");
    load_csv();
    BOOST_CHECK_THROW(load_csv("klingon-1"), std::invalid_argument);
    BOOST_CHECK_THROW(load_csv("iso-8859-1//IGNORE"), std::invalid_argument);
    BOOST_TEST(school_in("fr") == "école");
}

BOOST_AUTO_TEST_CASE(have_plural_forms) {
    csv("es_LA.csv",
        "\"I love you\",\"Te amo\"\n"
        "\"%(name)s liked this\",\"A %(name)s les gustó esto\",\"plural\"\n"
        "\"%(name)s liked this\",\"A %(name)s le gustó esto\", singular \n"
        "tree,árbol,unknown\n"
        "bush,arbusto,\n");
    load_csv();
    const auto spanish = locale::get("es_LA");
    const auto* liked = "%(name)s liked this";
    BOOST_TEST(spanish->translate("I love you") == "Te amo");
    BOOST_TEST(spanish->translate(liked, liked, 1) == "A %(name)s le gustó esto");
    BOOST_TEST(spanish->translate(liked, liked, 2) == "A %(name)s les gustó esto");
    BOOST_TEST(spanish->translate("tree") == "árbol");
    BOOST_TEST(spanish->translate("bush") == "arbusto");
}

BOOST_AUTO_TEST_CASE(are_read_as_python_reads_csv) {
    csv("fr.csv",
        "\"two\nlines\",\"deux\r\nlignes\"\n"
        "\"a \"\"word\"\"\",\"un \"\"mot\"\"\"\n"
        "\"a, b\",\"c, d\"\n"
        "\n"
        "alone\n"
        " spaces\t,\u00a0 espaces \u3000\n"
        "half \"quoted\",à \"moitié\"\n"
        "\"begun\" well,fini\r"
        "\"open,end");
    load_csv();
    const auto french = locale::get("fr");
    BOOST_TEST(french->translate("two\nlines") == "deux\nlignes");
    BOOST_TEST(french->translate("a \"word\"") == "un \"mot\"");
    BOOST_TEST(french->translate("a, b") == "c, d");
    BOOST_TEST(french->translate("spaces") == "espaces");
    BOOST_TEST(french->translate("half \"quoted\"") == "à \"moitié\"");
    BOOST_TEST(french->translate("begun well") == "fini");
}

BOOST_AUTO_TEST_CASE(an_unknown_plural_indicator_is_logged_with_its_line) {
    LogCapture log;
    csv("fr.csv", "\"a\nb\",c\nschool,école,several\ntree,arbre\n");
    load_csv();
    BOOST_TEST(log.count("Unrecognized plural indicator \"several\" in ") == 1);
    BOOST_TEST(log.count("fr.csv line 3") == 1);
    BOOST_TEST(school_in("fr") == "school");
    BOOST_TEST(locale::get("fr")->translate("tree") == "arbre");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_named_after_no_locale_is_logged_and_skipped) {
    LogCapture log;
    const Codes names{"FR.csv", "fr_fr.csv", "fr_.csv", "fr.old.csv", "f2.csv", "_FR.csv"};
    for (const auto& name : names) {
        csv(name, "school,école\n");
    }
    load_csv();
    BOOST_TEST(log.count("Unrecognized locale '") == static_cast<std::ptrdiff_t>(names.size()));
    BOOST_TEST(locale::get_supported_locales().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_logged_and_skipped) {
    LogCapture log;
    csv("fr.csv",
        "school,\xe9"
        "cole\n");
    csv("it.csv",
        "\xff\xfe"
        "x");
    csv("nl.csv", "\xff\xfe\x3d\xd8");
    std::filesystem::create_directory(*this / "sv.csv");
    csv("de.csv", "school,Schule\n");
    load_csv();
    BOOST_TEST(log.count("Cannot load translations from ") == 4);
    BOOST_TEST(school_in("fr") == "school");
    BOOST_TEST(school_in("de") == "Schule");
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_an_error_and_changes_nothing) {
    csv("de.csv", "school,Schule\n");
    load_csv();
    BOOST_CHECK_THROW(
        locale::load_translations(*this / "nowhere"), std::filesystem::filesystem_error
    );
    BOOST_CHECK_THROW(
        locale::load_gettext_translations(*this / "nowhere", "site"),
        std::filesystem::filesystem_error
    );
    BOOST_TEST(school_in("de") == "Schule");
}

BOOST_AUTO_TEST_CASE(loading_again_replaces_all_and_spares_what_is_in_use) {
    csv("de.csv", "school,Schule\n");
    csv("fr.csv", "school,école\n");
    load_csv();
    const auto before = locale::get("de");
    csv("de.csv", "school,Penne\n");
    std::filesystem::remove(*this / "fr.csv");
    load_csv();
    BOOST_TEST(school_in("de") == "Penne");
    BOOST_TEST(school_in("fr") == "school");
    BOOST_TEST(before->translate("school") == "Schule");
}

BOOST_AUTO_TEST_CASE(may_be_loaded_while_other_threads_translate) {
    csv("de.csv", "school,Schule\n");
    load_csv();
    std::vector<std::thread> threads;
    std::vector<int> wrong(3);
    for (auto& count : wrong) {
        threads.emplace_back([&count] {
            for (int i = 0; i < 500; ++i) {
                count += school_in("de") == "Schule" ? 0 : 1;
            }
        });
    }
    for (int i = 0; i < 50; ++i) {
        load_csv();
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(wrong == (std::vector<int>{0, 0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(gettext_translations, Folder)

BOOST_AUTO_TEST_CASE(are_loaded_from_a_tree) {
    mo("fr_FR", "msgid \"school\"\nmsgstr \"école\"\n");
    mo("de", "msgid \"school\"\nmsgstr \"Schule\"\n");
    msgfmt(po_header() + "msgid \"a\"\nmsgstr \"b\"\n", *this / "it/LC_MESSAGES/other.mo");
    write_file(*this / "README", "no locale");
    load_mo();
    BOOST_TEST(
        locale::get_supported_locales() == (Codes{"de", "en_US", "fr_FR"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(school_in("fr_FR") == "école");
    BOOST_TEST(school_in("de_DE") == "Schule");
    BOOST_TEST(dynamic_cast<const locale::GettextLocale*>(locale::get("de").get()) != nullptr);
}

BOOST_AUTO_TEST_CASE(of_a_language_serve_its_territories_too) {
    mo("fr", "msgid \"school\"\nmsgstr \"école\"\n\nmsgid \"car\"\nmsgstr \"voiture\"\n");
    mo("fr_CA", "msgid \"car\"\nmsgstr \"char\"\n");
    mo("fr_CA@old", "msgid \"hat\"\nmsgstr \"tuque\"\n");
    mo("fr@old", "msgid \"car\"\nmsgstr \"automobile\"\n");
    load_mo();
    const auto canadian = locale::get("fr-CA");
    BOOST_TEST(canadian->translate("car") == "char");
    BOOST_TEST(canadian->translate("school") == "école");
    const auto old = locale::Locale::get("fr_CA@old");
    BOOST_TEST(old->translate("hat") == "tuque");
    BOOST_TEST(old->translate("car") == "automobile");
    BOOST_TEST(old->translate("school") == "école");
}

BOOST_AUTO_TEST_CASE(a_malformed_catalogue_is_logged_and_skipped) {
    LogCapture log;
    mo("de", "msgid \"school\"\nmsgstr \"Schule\"\n");
    mo("fr", "msgid \"school\"\nmsgstr \"école\"\n");
    const auto path = *this / "fr/LC_MESSAGES/site.mo";
    write_file(path, read_file(path).substr(0, 100));
    std::filesystem::create_directories(*this / "it/LC_MESSAGES/site.mo");
    load_mo();
    BOOST_TEST(log.count("Cannot load translation for 'fr' from ") == 1);
    BOOST_TEST(log.count("cut short") == 1);
    BOOST_TEST(log.count("Cannot load translation for 'it' from ") == 1);
    BOOST_TEST(school_in("de") == "Schule");
    BOOST_TEST(school_in("fr") == "school");
}

BOOST_AUTO_TEST_CASE(and_csv_replace_each_other) {
    mo("de", "msgid \"school\"\nmsgstr \"Schule\"\n");
    csv("de.csv", "school,Penne\n");
    load_mo();
    BOOST_TEST(school_in("de") == "Schule");
    load_csv();
    BOOST_TEST(school_in("de") == "Penne");
    load_mo();
    BOOST_TEST(school_in("de") == "Schule");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(choice_of_a_locale, Folder)

const std::pair<Codes, std::string> choices[] = {
    {{"pt_BR"}, "pt_BR"},
    {{"pt-br"}, "pt_BR"},
    {{"PT_br"}, "pt_BR"},
    {{"pt_PT"}, "pt"},
    {{"PT"}, "pt"},
    {{"fr"}, "en_US"},
    {{"fr_FR"}, "fr_FR"},
    {{"fr_CA"}, "en_US"},
    {{"fr_CA", "pt"}, "pt"},
    {{"pt_PT", "fr_FR"}, "pt"},  // the order counts, not how well it fits
    {{"pt_BR_x", "fr_FR"}, "fr_FR"},
    {{"pt-Latn-BR"}, "en_US"},
    {{""}, "en_US"},
    {{"", "_", "-", "_BR", "pt_"}, "pt"},
    {{}, "en_US"},
};

BOOST_AUTO_TEST_CASE(is_the_first_that_fits) {
    csv("pt.csv", "");
    csv("pt_BR.csv", "");
    csv("fr_FR.csv", "");
    load_csv();
    for (const auto& [codes, expected] : choices) {
        BOOST_TEST(locale::get(codes)->code() == expected);
    }
}

BOOST_AUTO_TEST_CASE(takes_codes_one_by_one) {
    csv("pt.csv", "");
    load_csv();
    BOOST_TEST(locale::get("xx", std::string{"pt-BR"}, std::string_view{"en"})->code() == "pt");
    BOOST_TEST(locale::get()->code() == "en_US");
}

BOOST_AUTO_TEST_CASE(falls_back_on_the_default) {
    csv("de.csv", "school,Schule\n");
    load_csv();
    locale::set_default_locale("fr_FR");
    BOOST_TEST(locale::get("xx")->code() == "fr_FR");
    BOOST_TEST(
        locale::get_supported_locales() == (Codes{"de", "fr_FR"}), boost::test_tools::per_element()
    );
    BOOST_TEST(locale::get("en_US")->code() == "fr_FR");
    locale::set_default_locale("de");
    BOOST_TEST(locale::get("xx")->translate("school") == "Schule");
    BOOST_TEST(locale::get_supported_locales() == (Codes{"de"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_loaded_is_said_at_level_debug) {
    csv("de.csv", "");
    DebugLogCapture log;
    load_csv();
    BOOST_TEST(log.count("Supported locales: de, en_US") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
