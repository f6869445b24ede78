// doc/guide/database.md: what its snippets take for granted, the snippets, and tests of what they
// do.
#include <tornado/database.hpp>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <tornado/database/described.hpp>
#include <tornado/ioloop.hpp>
#include <vector>

#include "../loop_fixture.hpp"

namespace database_guide {

namespace database = tornado::database;
using namespace std::chrono_literals;
using tornado::Future;

#include "database.snippets.hpp"

struct DatabaseGuide : LoopFixture {
    DatabaseGuide() {
        wait(db.execute("CREATE TABLE story (id integer PRIMARY KEY, title text, stars integer)"));
        wait(many(db));
    }
    database::Connection db{"sqlite::memory:"};
};

}  // namespace database_guide

BOOST_FIXTURE_TEST_SUITE(database, database_guide::DatabaseGuide)

BOOST_AUTO_TEST_CASE(rows_become_structs) {
    wait(db.execute("UPDATE story SET stars = 5 WHERE title = 'Second'"));
    const auto stories = wait(database_guide::types::best(db));
    BOOST_TEST(stories.size() == 1u);
    BOOST_TEST(stories[0].title == "Second");
    BOOST_TEST(stories[0].stars.value() == 5);
}

BOOST_AUTO_TEST_CASE(rows_are_read_as_they_come) {
    BOOST_TEST(wait(database_guide::count_words(db)) == 2);
}

BOOST_AUTO_TEST_CASE(transactions_are_scopes) {
    wait(db.execute("UPDATE story SET stars = 3"));
    wait(database_guide::move_stars(db, 1, 2));
    BOOST_TEST(wait(db.get("SELECT stars FROM story WHERE id = 2"))->get<int>(0) == 4);
    BOOST_TEST(wait(database_guide::with_savepoint(db)) == 1);
}

BOOST_AUTO_TEST_CASE(errors_have_kinds) {
    BOOST_TEST(wait(database_guide::add(db, 5, "New")));
    BOOST_TEST(!wait(database_guide::add(db, 5, "Again")));
}

BOOST_AUTO_TEST_SUITE_END()
