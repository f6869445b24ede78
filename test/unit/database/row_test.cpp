#include <tornado/database/row.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tornado/database/described.hpp>

#include "../../../libs/database/src/block.hpp"

namespace database = tornado::database;
using database::Block;
using database::Row;
using database::Rows;

namespace {

struct Person {
    int id = 0;
    std::string class_;
    std::optional<std::string> home;
    std::optional<double> height;
};
BOOST_DESCRIBE_STRUCT(Person, (), (id, class_, home, height))

Rows sample() {
    const auto columns =
        std::make_shared<const database::Columns>(database::Columns{"id", "class", "home", "id"});
    const auto block = std::make_shared<Block>(columns);
    block->add_integer(1);
    block->add_text("first");
    block->add_null();
    block->add_integer(9);
    block->add_integer(2);
    block->add_text("second");
    block->add_text("London");
    block->add_real(0.5);
    return Rows{block};
}

std::string why(auto function) {
    try {
        static_cast<void>(function());
    } catch (const database::DatabaseError& error) {
        return error.what();
    }
    return "nothing";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row)

BOOST_AUTO_TEST_CASE(has_values_by_name_and_place) {
    const auto row = sample()[1];
    BOOST_TEST(row.size() == 4u);
    BOOST_TEST(row["class"].get<std::string>() == "second");
    BOOST_TEST(row[1].get<std::string>() == "second");
    BOOST_TEST(row.get<std::string_view>("home") == "London");
    BOOST_TEST(row.get<double>(3) == 0.5);
    BOOST_TEST(row.get<int>("id") == 2);  // the first of that name
    BOOST_TEST(row.has("home"));
    BOOST_TEST(!row.has("house"));
}

BOOST_AUTO_TEST_CASE(tells_what_there_is_when_a_column_is_not) {
    const auto row = sample()[0];
    BOOST_TEST(why([&] {
                   return row["name"];
               }) == "there is no column name; there are id, class, home, id");
    BOOST_TEST(why([&] {
                   return row[4];
               }) == "there is no column 4: they are numbered from 0, and 4");
}

BOOST_AUTO_TEST_CASE(errors_name_the_column) {
    const auto row = sample()[0];
    BOOST_TEST(why([&] { return row.get<int>("class"); }) == "class: \"first\" is not an integer");
    BOOST_TEST(why([&] {
                   return row.get<std::string>("home");
               }) == "home: a value is NULL where text was wanted: read it as a std::optional");
}

BOOST_AUTO_TEST_CASE(outlives_its_result) {
    const auto row = sample()[1];
    BOOST_TEST(row.get<std::string>("class") == "second");
}

BOOST_AUTO_TEST_CASE(becomes_a_described_class) {
    const auto people = sample().as<Person>();
    BOOST_TEST(people.size() == 2u);
    BOOST_TEST(people[0].id == 1);
    BOOST_TEST(people[0].class_ == "first");
    BOOST_TEST(!people[0].home.has_value());
    BOOST_TEST(!people[0].height.has_value());  // there is no such column
    BOOST_TEST(people[1].home.value() == "London");
}

BOOST_AUTO_TEST_CASE(becomes_a_tuple_or_a_value) {
    const auto [id, name] = sample()[0].as<std::tuple<int, std::string>>();
    BOOST_TEST(id == 1);
    BOOST_TEST(name == "first");
    BOOST_TEST(sample().as<int>() == (std::vector<int>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rows)

BOOST_AUTO_TEST_CASE(are_none_at_first) {
    const Rows none;
    BOOST_TEST(none.empty());
    BOOST_TEST(none.columns().empty());
    BOOST_TEST((none.begin() == none.end()));
    BOOST_CHECK_THROW(static_cast<void>(none.at(0)), std::out_of_range);
    BOOST_CHECK_THROW(static_cast<void>(none.front()), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(are_gone_through_in_order) {
    std::string all;
    for (const auto& row : sample()) {
        all += row.get<std::string>("class") + " ";
    }
    BOOST_TEST(all == "first second ");
    BOOST_TEST(sample().front().get<int>(0) == 1);
    BOOST_TEST(sample().back().get<int>(0) == 2);
    BOOST_CHECK_THROW(static_cast<void>(sample().at(2)), std::out_of_range);
}

BOOST_AUTO_TEST_SUITE_END()
