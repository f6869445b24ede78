#include <tornado/database.hpp>

#include <limits>
#include <string>

#include "database_fixture.hpp"

namespace database = tornado::database;
using database::ConnectionOptions;
using tornado::Future;
using namespace std::chrono_literals;

namespace {

/// A file of its own, and a connection to it.
struct SQLiteFixture : DatabaseFixture {
    explicit SQLiteFixture(const ConnectionOptions& options = {})
        : DatabaseFixture{backends().front(), options} {}

    [[nodiscard]] std::string text_of(const std::string& sql) {
        return wait(db.get(sql))->get<std::string>(0);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite)

BOOST_FIXTURE_TEST_CASE(writes_ahead_and_checks_references, SQLiteFixture) {
    BOOST_TEST(text_of("PRAGMA journal_mode") == "wal");
    BOOST_TEST(text_of("PRAGMA foreign_keys") == "1");
    wait(db.execute("CREATE TABLE a (id integer primary key)"));
    wait(db.execute("CREATE TABLE b (a integer REFERENCES a (id))"));
    const auto error =
        failure_of<database::IntegrityError>(*this, db.execute("INSERT INTO b VALUES (1)"));
    BOOST_TEST(error.code() == "SQLITE_CONSTRAINT_FOREIGNKEY");
}

BOOST_FIXTURE_TEST_CASE(options_change_that, SQLiteFixture) {
    database::Connection other{
        backend->url() + "2?journal=delete&foreign_keys=off&synchronous=off&busy_timeout=0"};
    BOOST_TEST(wait(other.get("PRAGMA journal_mode"))->get<std::string>(0) == "delete");
    BOOST_TEST(wait(other.get("PRAGMA foreign_keys"))->get<int>(0) == 0);
    BOOST_TEST(wait(other.get("PRAGMA synchronous"))->get<int>(0) == 0);
}

BOOST_FIXTURE_TEST_CASE(a_file_may_be_opened_for_reading_only, SQLiteFixture) {
    make_people();
    database::Connection reader{backend->url() + "?mode=ro"};
    BOOST_TEST(wait(reader.query("SELECT * FROM person")).empty());
    const auto error = failure_of<database::OperationalError>(
        *this, reader.execute("INSERT INTO person (name) VALUES ('Ada')")
    );
    BOOST_TEST(error.code() == "SQLITE_READONLY");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_cannot_be_opened_is_told_at_once, SQLiteFixture) {
    database::Connection nowhere{"sqlite:/nowhere/at/all.db"};
    const auto error = failure_of<database::OperationalError>(*this, nowhere.query("SELECT 1"));
    BOOST_TEST(error.code() == "SQLITE_CANTOPEN");
    BOOST_TEST(std::string{error.what()}.find("/nowhere/at/all.db") != std::string::npos);
    database::Connection missing{backend->url() + "3?mode=rw"};
    failure_of<database::OperationalError>(*this, missing.begin());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_told) {
    LoopFixture loop;
    const TemporaryFolder folder;
    for (const std::size_t size : {2'000U, 5'000U}) {
        write_file(folder / "text", std::string(size, 'x'));
        database::Connection db{"sqlite:" + folder / "text"};
        failure_of<database::InternalError>(loop, db.query("SELECT 1"));
    }
}

BOOST_AUTO_TEST_CASE(memory_has_one_connection_that_stays) {
    LoopFixture loop;
    auto options = with(&ConnectionOptions::max_idle_time, 0s);
    options.size = 8;
    database::Connection db{"sqlite::memory:", options};
    loop.wait(db.execute("CREATE TABLE a (id integer)"));
    std::vector<Future<std::int64_t>> all;
    for (int i = 0; i < 50; ++i) {
        all.push_back(db.execute("INSERT INTO a VALUES (?)", i));
    }
    loop.wait(tornado::gen::multi(std::move(all)));
    BOOST_TEST(loop.wait(db.get("SELECT count(*) FROM a"))->get<int>(0) == 50);
    BOOST_TEST(db.open_connections() == 1u);
}

BOOST_FIXTURE_TEST_CASE(who_writes_waits_for_who_writes, SQLiteFixture) {
    make_people();
    auto transaction = wait(db.begin());
    wait(transaction.execute("INSERT INTO person (name) VALUES ('Ada')"));
    const auto waiting = db.execute("INSERT INTO person (name) VALUES ('Alan')");
    BOOST_TEST(people() == 0);  // who reads does not wait
    wait(transaction.commit());
    wait(waiting);
    BOOST_TEST(people() == 2);
}

BOOST_FIXTURE_TEST_CASE(who_waits_too_long_for_the_file_is_told, SQLiteFixture) {
    make_people();
    auto transaction = wait(db.begin());
    database::Connection other{backend->url() + "?busy_timeout=5"};
    const auto error = failure_of<database::OperationalError>(
        *this, other.execute("INSERT INTO person (name) VALUES ('Ada')")
    );
    BOOST_TEST(error.code() == "SQLITE_BUSY");
    wait(transaction.rollback());
}

BOOST_FIXTURE_TEST_CASE(who_waits_for_the_file_can_be_cancelled, SQLiteFixture) {
    make_people();
    auto transaction = wait(db.begin());
    auto options = with(&ConnectionOptions::size, 1);
    database::Connection other{backend->url() + "?busy_timeout=600000", options};
    wait(other.query("SELECT 1"));
    const auto waiting = other.execute("INSERT INTO person (name) VALUES ('Ada')");
    turns();
    waiting.cancel();
    BOOST_TEST(wait(other.get("SELECT 1 AS one"))->get<int>(0) == 1);
    wait(transaction.rollback());
    BOOST_TEST(people() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_transaction_that_it_has_ended_takes_no_more, SQLiteFixture) {
    make_people();
    auto transaction = wait(db.begin());
    wait(transaction.execute("INSERT INTO person (name) VALUES ('Ada')"));
    failure_of<database::IntegrityError>(
        *this, transaction.execute("INSERT OR ROLLBACK INTO person (name) VALUES ('Ada')")
    );
    const auto error = failure_of<database::OperationalError>(
        *this, transaction.execute("INSERT INTO person (name) VALUES ('Alan')")
    );
    BOOST_TEST(std::string{error.what()}.find("rolled the transaction back") != std::string::npos);
    wait(transaction.rollback());
    BOOST_TEST(people() == 0);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_number_does_not_become_null, SQLiteFixture) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    failure_of<database::DataError>(*this, db.query("SELECT ?", nan));
}

BOOST_FIXTURE_TEST_CASE(an_empty_query_is_refused, SQLiteFixture) {
    failure_of<database::ProgrammingError>(*this, db.query(""));
    failure_of<database::ProgrammingError>(*this, db.query(" -- nothing"));
    BOOST_TEST(wait(db.get("SELECT 1; -- one\n /* only */ ;"))->get<int>(0) == 1);
}

BOOST_AUTO_TEST_CASE(a_new_file_may_be_opened_by_many_at_once) {
    LoopFixture loop;
    auto options = with(&ConnectionOptions::size, 16);
    for (int round = 0; round < 10; ++round) {
        const TemporaryFolder folder;
        database::Connection db{"sqlite:" + folder / "new.db", options};
        std::vector<Future<std::optional<database::Row>>> rows;
        for (int i = 0; i < 60; ++i) {
            rows.push_back(db.get("SELECT ? + 0 AS n", i));
        }
        for (const auto& row : rows) {
            BOOST_TEST(loop.wait(row).has_value());
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_row_identifier_is_of_this_query, SQLiteFixture) {
    make_people();
    BOOST_TEST(wait(db.execute("INSERT INTO person (name) VALUES ('Ada')")) == 1);
    BOOST_TEST(wait(db.execute("UPDATE person SET age = 1")) == 0);
    BOOST_TEST(wait(db.execute("CREATE TABLE other (id int)")) == 0);
    BOOST_TEST(wait(db.execute_rowcount("CREATE TABLE another (id int)")) == 0);
}

BOOST_FIXTURE_TEST_CASE(closing_waits_for_no_query, SQLiteFixture) {
    const auto endless = db.query(backend->endless());
    turns();
    db.reconnect();
    db.close();
    BOOST_TEST(endless.cancelled());
}

BOOST_AUTO_TEST_CASE(a_loop_may_close_before_the_connection) {
    const TemporaryFolder folder;
    tornado::ioloop::IOLoop loop;
    database::Connection db{"sqlite:" + folder / "test.db"};
    const auto running = db.query("SELECT 1");
    running.ignore();
    loop.close();
}

BOOST_AUTO_TEST_SUITE_END()
