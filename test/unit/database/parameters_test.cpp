#include "../../../libs/database/src/parameters.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>

namespace database = tornado::database;
namespace data = boost::unit_test::data;
using database::number_parameters;

namespace {

struct Query {
    std::string written;
    std::string numbered;
    std::size_t parameters;
};

std::ostream& operator<<(std::ostream& out, const Query& query) {
    return out << query.written;
}

const Query queries[] = {
    {"", "", 0},
    {"?", "$1", 1},
    {"SELECT 1", "SELECT 1", 0},
    {"SELECT ? + ?", "SELECT $1 + $2", 2},
    {"VALUES (?,?,?)", "VALUES ($1,$2,$3)", 3},
    {"a=? AND b=?;", "a=$1 AND b=$2;", 2},
    // strings and names
    {"SELECT '?', ?", "SELECT '?', $1", 1},
    {"SELECT 'it''s ?', ?", "SELECT 'it''s ?', $1", 1},
    {"SELECT '''?''', ?", "SELECT '''?''', $1", 1},
    {"SELECT '\\', ?", "SELECT '\\', $1", 1},  // a backslash is no escape here
    {"SELECT \"?\" = ?", "SELECT \"?\" = $1", 1},
    {"SELECT \"a\"\"?\", ?", "SELECT \"a\"\"?\", $1", 1},
    {"SELECT '\"', ?, \"'\", ?", "SELECT '\"', $1, \"'\", $2", 2},
    {"SELECT U&'\\0041?', U&\"?\", ?", "SELECT U&'\\0041?', U&\"?\", $1", 1},
    {"SELECT B'01', X'ff', N'?', ?", "SELECT B'01', X'ff', N'?', $1", 1},
    // strings with escapes
    {"SELECT E'\\'?', ?", "SELECT E'\\'?', $1", 1},
    {"SELECT e'\\\\', ?", "SELECT e'\\\\', $1", 1},
    {"SELECT E'a''\\'?', ?", "SELECT E'a''\\'?', $1", 1},
    {"SELECT E'a'\n 'b\\'?', ?", "SELECT E'a'\n 'b\\'?', $1", 1},  // it goes on in the next line
    {"SELECT E'a' -- x\n'b\\'?', ?", "SELECT E'a' -- x\n'b\\'?', $1", 1},
    {"SELECT E'a'\n-- it's\n'\\'?', ?", "SELECT E'a'\n-- it's\n'\\'?', $1", 1},
    {"SELECT E'a', 'b\\', ?", "SELECT E'a', 'b\\', $1", 1},
    {"SELECT type'\\', ?", "SELECT type'\\', $1", 1},  // a word that ends in e
    {"SELECT E '\\', ?", "SELECT E '\\', $1", 1},
    // dollar quotes
    {"SELECT $$?$$, ?", "SELECT $$?$$, $1", 1},
    {"SELECT $a$ $$ ? $b$ ? $a$, ?", "SELECT $a$ $$ ? $b$ ? $a$, $1", 1},
    {"SELECT $a$?$$a$, ?", "SELECT $a$?$$a$, $1", 1},
    {"SELECT $_1$?$_1$, ?", "SELECT $_1$?$_1$, $1", 1},
    {"SELECT $\xc3\xa4$?$\xc3\xa4$, ?", "SELECT $\xc3\xa4$?$\xc3\xa4$, $1", 1},
    {"SELECT a$b$, ?, c$b$", "SELECT a$b$, $1, c$b$", 1},  // part of a name
    {"SELECT $1$, ?, $1$", "SELECT $1$, $1, $1$", 1},      // no tag begins with a digit
    {"SELECT $ a $, ?", "SELECT $ a $, $1", 1},
    {"SELECT $a b$?", "SELECT $a b$$1", 1},
    // comments
    {"SELECT 1 -- ?\n, ?", "SELECT 1 -- ?\n, $1", 1},
    {"SELECT 1 -- '\n, ?", "SELECT 1 -- '\n, $1", 1},
    {"SELECT 1 -- '\r, ?", "SELECT 1 -- '\r, $1", 1},
    {"SELECT 1 --?", "SELECT 1 --?", 0},
    {"SELECT 2 - ?", "SELECT 2 - $1", 1},
    {"SELECT /* ? */ ?", "SELECT /* ? */ $1", 1},
    {"SELECT /* /* ? */ ? */ ?", "SELECT /* /* ? */ ? */ $1", 1},
    {"SELECT /*/ ? */ ?", "SELECT /*/ ? */ $1", 1},
    {"SELECT /* ' */ ? /* ' */", "SELECT /* ' */ $1 /* ' */", 1},
    {"SELECT 4 / 2 * ?", "SELECT 4 / 2 * $1", 1},
    {"SELECT '/*', ?, '*/'", "SELECT '/*', $1, '*/'", 1},
    {"SELECT '--', ?", "SELECT '--', $1", 1},
    // operators of question marks
    {"SELECT a ?? 'k'", "SELECT a ? 'k'", 0},
    {"SELECT a ??| ? AND b ??& ?", "SELECT a ?| $1 AND b ?& $2", 2},
    {"SELECT a ??? b", "SELECT a ?$1 b", 1},
    {"SELECT a ???? b", "SELECT a ?? b", 0},
    // numbers and casts
    {"SELECT ?::int, a[?], 1e5, ?", "SELECT $1::int, a[$2], 1e5, $3", 3},
    // what has no end
    {"SELECT '?", "SELECT '?", 0},
    {"SELECT \"?", "SELECT \"?", 0},
    {"SELECT E'\\", "SELECT E'\\", 0},
    {"SELECT E'?\\'", "SELECT E'?\\'", 0},
    {"SELECT $a$ ?", "SELECT $a$ ?", 0},
    {"SELECT $", "SELECT $", 0},
    {"SELECT /* ?", "SELECT /* ?", 0},
    {"SELECT /* /* */ ?", "SELECT /* /* */ ?", 0},
    {"SELECT E'a'\n", "SELECT E'a'\n", 0},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parameters)

BOOST_DATA_TEST_CASE(are_numbered_where_they_are_parameters, data::make(queries), query) {
    const auto made = number_parameters(query.written);
    BOOST_TEST(made.sql == query.numbered);
    BOOST_TEST(made.parameters == query.parameters);
}

BOOST_AUTO_TEST_CASE(are_many) {
    std::string written;
    std::string numbered;
    for (int i = 1; i <= 1'000; ++i) {
        written += "?,";
        numbered += "$" + std::to_string(i) + ",";
    }
    BOOST_TEST(number_parameters(written).sql == numbered);
    BOOST_TEST(number_parameters(written).parameters == 1'000u);
}

BOOST_AUTO_TEST_SUITE_END()
