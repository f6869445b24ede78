#include <tornado/locale/gettext_catalogue.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>
#include <tornado/locale/error.hpp>

#include "msgfmt.hpp"

namespace {

namespace data = boost::unit_test::data;
using namespace tornado::locale;

const std::string school = "msgid \"school\"\nmsgstr \"école\"\n\n";
const std::string seconds =
    "msgid \"1 second\"\nmsgid_plural \"%(n)d seconds\"\n"
    "msgstr[0] \"une seconde\"\nmsgstr[1] \"%(n)d secondes\"\n\n";

std::string small_catalogue() {
    return catalogue_of(po_header() + school + seconds);
}

/// Writes a number into a catalogue, little-endian.
std::string with_number(std::string bytes, std::size_t offset, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
        bytes.at(offset + i) = static_cast<char>(value >> (8 * i));
    }
    return bytes;
}

std::uint32_t number_in(const std::string& bytes, std::size_t offset) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value |= std::uint32_t{static_cast<unsigned char>(bytes.at(offset + i))} << (8 * i);
    }
    return value;
}

std::error_code error_of(const std::string& bytes) {
    return GettextCatalogue::parse(bytes).error();
}

BOOST_AUTO_TEST_SUITE(gettext_catalogue)

BOOST_DATA_TEST_CASE(
    is_read_in_either_byte_order,
    data::make({"--endianness=little", "--endianness=big", "--no-hash", "--alignment=16"}),
    option
) {
    const auto catalogue =
        GettextCatalogue::parse(catalogue_of(po_header() + school + seconds, option)).value();
    BOOST_TEST(catalogue.size() == 2U);
    BOOST_TEST(catalogue.find("school").value() == "école");
    BOOST_TEST(catalogue.find("1 second", 1).value() == "une seconde");
    BOOST_TEST(catalogue.find("1 second", 2).value() == "%(n)d secondes");
    BOOST_TEST(catalogue.header("Language") == "fr");
    BOOST_TEST(catalogue.header("language") == "fr");
    BOOST_TEST(catalogue.header("Nothing") == "");
}

BOOST_AUTO_TEST_CASE(a_field_of_the_header_may_go_on_in_further_lines) {
    const auto folded = po_header("nplurals=2;\\n\"\n\"  plural=\\n\"\n\"\\tn > 1;");
    const auto catalogue = GettextCatalogue::parse(catalogue_of(folded + seconds)).value();
    BOOST_TEST(catalogue.find("1 second", 1).value() == "une seconde");
    BOOST_TEST(catalogue.find("1 second", 2).value() == "%(n)d secondes");
    BOOST_TEST(catalogue.header("Language") == "fr");
}

BOOST_AUTO_TEST_CASE(has_only_what_is_there) {
    const auto catalogue = GettextCatalogue::parse(small_catalogue()).value();
    BOOST_TEST(!catalogue.find("nothing").has_value());
    BOOST_TEST(!catalogue.find("nothing", 2).has_value());
    BOOST_TEST(!catalogue.find("").has_value());           // which is the header
    BOOST_TEST(!catalogue.find("school", 2).has_value());  // it has no plural
    BOOST_TEST(catalogue.find("1 second").value() == "une seconde");
}

BOOST_AUTO_TEST_CASE(counts_below_zero_by_their_absolute_value) {
    const auto catalogue = GettextCatalogue::parse(small_catalogue()).value();
    BOOST_TEST(catalogue.find("1 second", -1).value() == "une seconde");
    BOOST_TEST(catalogue.find("1 second", -5).value() == "%(n)d secondes");
    const auto least = std::numeric_limits<std::int64_t>::min();
    BOOST_TEST(catalogue.find("1 second", least).value() == "%(n)d secondes");
}

BOOST_AUTO_TEST_CASE(has_no_form_that_is_not_translated) {
    const auto po = po_header("nplurals=3; plural=n;") + seconds;
    const auto catalogue = GettextCatalogue::parse(catalogue_of(po)).value();
    BOOST_TEST(catalogue.find("1 second", 1).value() == "%(n)d secondes");
    BOOST_TEST(!catalogue.find("1 second", 2).has_value());
    BOOST_TEST(!catalogue.find("1 second", 3).has_value());
}

BOOST_AUTO_TEST_CASE(becomes_utf8_from_its_own_encoding) {
    const std::string po =
        "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=ISO-8859-1\\n\"\n\n"
        "msgid \"school\"\nmsgstr \"\xe9"
        "cole\"\n";
    BOOST_TEST(GettextCatalogue::parse(catalogue_of(po)).value().find("school").value() == "école");
}

BOOST_AUTO_TEST_CASE(needs_no_header) {
    const auto catalogue = GettextCatalogue::parse(catalogue_of("msgid \"a\"\nmsgstr \"b\"\n"));
    BOOST_TEST(catalogue.value().find("a").value() == "b");
    BOOST_TEST(catalogue.value().plural_forms().count() == 2U);
}

BOOST_AUTO_TEST_CASE(may_be_empty) {
    const std::string head{"\xde\x12\x04\x95\0\0\0\0\0\0\0\0\x14\0\0\0\x14\0\0\0", 20};
    BOOST_TEST(GettextCatalogue::parse(head).value().size() == 0U);
}

BOOST_AUTO_TEST_CASE(is_refused_when_it_is_something_else) {
    BOOST_TEST(error_of("") == make_error_code(Errc::not_a_catalogue));
    BOOST_TEST(error_of("\xde\x12\x04") == make_error_code(Errc::not_a_catalogue));
    BOOST_TEST(error_of("msgid \"\"") == make_error_code(Errc::not_a_catalogue));
    BOOST_TEST(
        error_of(with_number(small_catalogue(), 4, 0x00020000)) ==
        make_error_code(Errc::unsupported_version)
    );
}

BOOST_AUTO_TEST_CASE(is_refused_wherever_it_is_cut) {
    const auto whole = small_catalogue();
    for (std::size_t size = 4; size < whole.size(); ++size) {
        BOOST_TEST_CONTEXT(size) {
            BOOST_TEST(error_of(whole.substr(0, size)) == make_error_code(Errc::truncated));
        }
    }
}

/// Messages that are each the end of one long text: all different, and quadratic as a whole.
std::string overlapping_catalogue(std::uint32_t count) {
    std::string bytes(20 + 16 * count, '\0');
    const auto texts = static_cast<std::uint32_t>(bytes.size());
    bytes += std::string(count, 'a') + '\0';
    const auto put = [&bytes](std::size_t offset, std::uint32_t value) {
        bytes = with_number(std::move(bytes), offset, value);
    };
    put(0, 0x950412de);
    put(8, count);
    put(12, 20);
    put(16, 20 + 8 * count);
    for (std::uint32_t i = 0; i < count; ++i) {
        put(20 + 8 * i, count - i);
        put(24 + 8 * i, texts + i);
        put(20 + 8 * (count + i), 0);
        put(24 + 8 * (count + i), texts + count);
    }
    return bytes;
}

BOOST_AUTO_TEST_CASE(is_refused_when_its_texts_would_take_more_than_it_has) {
    BOOST_TEST(GettextCatalogue::parse(overlapping_catalogue(10)).value().size() == 10U);
    BOOST_TEST(error_of(overlapping_catalogue(1000)) == make_error_code(Errc::overlapping_texts));
}

BOOST_AUTO_TEST_CASE(is_refused_when_a_table_or_a_text_lies_outside) {
    const auto whole = small_catalogue();
    const auto messages = number_in(whole, 12);
    for (const std::size_t field : {std::size_t{8}, std::size_t{12}, std::size_t{16}}) {
        BOOST_TEST(
            error_of(with_number(whole, field, 0xFFFFFFFF)) == make_error_code(Errc::truncated)
        );
    }
    for (const std::size_t field : {messages, messages + 4}) {
        BOOST_TEST(
            error_of(with_number(whole, field, 0xFFFFFFFF)) == make_error_code(Errc::truncated)
        );
    }
    // A text that does not end where the table says.
    const auto size = number_in(whole, messages + 8);
    BOOST_TEST(
        error_of(with_number(whole, messages + 8, size - 1)) == make_error_code(Errc::truncated)
    );
}

BOOST_AUTO_TEST_CASE(is_refused_when_its_text_is_none) {
    auto bytes = small_catalogue();
    bytes.at(bytes.find("école") + 1) = 'x';
    BOOST_TEST(error_of(bytes) == make_error_code(Errc::malformed_text));

    bytes = small_catalogue();
    bytes.replace(bytes.find("UTF-8"), 5, "KLI-8");
    BOOST_TEST(error_of(bytes) == make_error_code(Errc::unknown_charset));

    bytes = small_catalogue();
    bytes.replace(bytes.find("UTF-8"), 5, "a//b!");
    BOOST_TEST(error_of(bytes) == make_error_code(Errc::unknown_charset));
}

BOOST_AUTO_TEST_CASE(is_refused_when_its_plural_forms_are_none) {
    auto bytes = small_catalogue();
    bytes.replace(bytes.find("n > 1"), 5, "n > (");
    BOOST_TEST(error_of(bytes) == make_error_code(Errc::malformed_plural_forms));
}

BOOST_AUTO_TEST_CASE(is_refused_when_a_message_is_there_twice) {
    auto bytes =
        catalogue_of(po_header() + "msgid \"aa\"\nmsgstr \"1\"\n\nmsgid \"ab\"\nmsgstr \"2\"\n");
    bytes.replace(bytes.find("ab"), 2, "aa");
    BOOST_TEST(error_of(bytes) == make_error_code(Errc::duplicate_message));

    bytes = small_catalogue();  // a second header, behind which stands the plural of nothing
    bytes.at(bytes.find("1 second")) = '\0';
    BOOST_TEST(error_of(bytes) == make_error_code(Errc::duplicate_message));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
