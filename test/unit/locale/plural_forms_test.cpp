#include <tornado/locale/plural_forms.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <ostream>
#include <string>
#include <tornado/locale/error.hpp>
#include <tuple>
#include <utility>
#include <vector>

namespace {

namespace data = boost::unit_test::data;
using namespace tornado::locale;

/// A language's rule, and the form that it gives each of the numbers.
struct Language {
    std::string rule;
    std::vector<std::pair<std::uint64_t, std::size_t>> forms;
};

std::ostream& operator<<(std::ostream& out, const Language& language) {
    return out << language.rule;
}

std::string two(const std::string& expression) {
    return "nplurals=2; plural=" + expression + ";";
}

BOOST_AUTO_TEST_SUITE(plural_forms)

const Language languages[] = {
    {"nplurals=1; plural=0;", {{0, 0}, {1, 0}, {2, 0}}},         // Japanese
    {"nplurals=2; plural=(n != 1);", {{0, 1}, {1, 0}, {2, 1}}},  // English
    {"nplurals=2; plural=n > 1", {{0, 0}, {1, 0}, {2, 1}}},      // French
    {" nplurals = 2 ; plural = n>1 ; ", {{1, 0}, {2, 1}}},
    {"plural=n>1; nplurals=2", {{1, 0}, {2, 1}}},
    // Polish
    {"nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
     {{0, 2}, {1, 0}, {2, 1}, {5, 2}, {12, 2}, {14, 2}, {21, 2}, {22, 1}, {112, 2}, {122, 1}}},
    // Russian
    {"nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || "
     "n%100>=20) ? 1 : 2);",
     {{1, 0}, {11, 2}, {21, 0}, {3, 1}, {13, 2}, {111, 2}, {1001, 0}}},
    // Arabic
    {"nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 "
     "? 4 : 5;",
     {{0, 0}, {1, 1}, {2, 2}, {3, 3}, {110, 3}, {11, 4}, {99, 4}, {100, 5}, {102, 5}}},
};

BOOST_DATA_TEST_CASE(follow_the_rule_of_a_language, data::make(languages), language) {
    const auto forms = PluralForms::parse(language.rule);
    BOOST_REQUIRE(forms.has_value());
    for (const auto& [n, form] : language.forms) {
        BOOST_TEST_CONTEXT(n) {
            BOOST_TEST(forms->form(n).value() == form);
        }
    }
}

BOOST_AUTO_TEST_CASE(are_two_unless_told_otherwise) {
    const PluralForms forms;
    BOOST_TEST(forms.count() == 2U);
    BOOST_TEST(forms.form(0).value() == 1U);
    BOOST_TEST(forms.form(1).value() == 0U);
    BOOST_TEST(forms.form(2).value() == 1U);
}

const std::tuple<std::string, std::uint64_t> expressions[] = {
    {"1 + 2 * 3 == 7", 1},
    {"(1 + 2) * 3 == 9", 1},
    {"7 - 2 - 1 == 4", 1},
    {"24 / 4 / 2 == 3", 1},
    {"17 % 10 % 4 == 3", 1},
    {"!n", 0},
    {"!!n", 1},
    {"!n == 0", 1},
    {"1 < 2 == 1", 1},
    {"0 && 0 || 1", 1},
    {"0 && (0 || 1)", 0},
    {"0 ? 0 : 0 ? 0 : 1", 1},
    {"1 ? 0 ? 0 : 1 : 0", 1},
    {"n - 6 > 5", 1},  // there are no numbers below 0
    {"1 || 1 / 0", 1},
    {"0 && 1 / 0", 0},
    {"18446744073709551615 == 0 - 1", 1},
};

BOOST_DATA_TEST_CASE(compute_as_c_does, data::make(expressions), expression, result) {
    const auto forms = PluralForms::parse(two(expression));
    BOOST_REQUIRE(forms.has_value());
    BOOST_TEST(forms->form(5).value() == result);
}

const std::string refused[] = {
    "",
    "nplurals=2;",
    "plural=n != 1;",
    "nplurals=0; plural=0;",
    "nplurals=101; plural=0;",
    "nplurals=-1; plural=0;",
    "nplurals=two; plural=0;",
    "nplurals=2x; plural=0;",
    two(""),
    two("n !="),
    two("(n"),
    two("n)"),
    two("n n"),
    two("n = 1"),
    two("n ? 1"),
    two("n ? : 1"),
    two("-n"),
    two("n & 1"),
    two("n ++ 1"),
    two("m"),
    two("0x10"),
    two("18446744073709551616"),
    two("__import__('os')"),
    two("n; system('x')").substr(0, 20) + "!",
    two(std::string(60, '(') + "n" + std::string(60, ')')),
    two(std::string(60, '!') + "n"),
    two("n" + std::string(1000, ' ')),
};

BOOST_DATA_TEST_CASE(refuse_what_is_no_expression, data::make(refused), text) {
    BOOST_TEST(PluralForms::parse(text).error() == make_error_code(Errc::malformed_plural_forms));
}

BOOST_AUTO_TEST_CASE(have_no_form_where_there_is_none) {
    BOOST_TEST(!PluralForms::parse(two("1 / n")).value().form(0).has_value());
    BOOST_TEST(!PluralForms::parse(two("1 % n")).value().form(0).has_value());
    BOOST_TEST(!PluralForms::parse(two("n")).value().form(2).has_value());
    const auto largest = std::numeric_limits<std::uint64_t>::max();
    BOOST_TEST(!PluralForms::parse(two("n")).value().form(largest).has_value());
}

BOOST_AUTO_TEST_CASE(take_an_expression_as_long_as_allowed) {
    std::string sum = "n";
    while (two(sum).size() + 2 <= PluralForms::max_size) {
        sum += "*n";
    }
    BOOST_TEST(PluralForms::parse(two(sum)).value().form(1).value() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
