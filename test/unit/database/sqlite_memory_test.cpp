#include <tornado/database.hpp>

#include <sqlite3.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "database_fixture.hpp"

namespace database = tornado::database;
namespace gen = tornado::gen;
using tornado::Future;

namespace {

/// As many numbers as the parameter says.
const std::string series =
    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?) ";

/// A database in memory, whose function here() tells whether this thread runs the query.
struct MemoryFixture : LoopFixture {
    explicit MemoryFixture(const std::string& url = "sqlite::memory:") : db{url} {
        sqlite3_auto_extension(reinterpret_cast<void (*)()>(&add_function));
        wait(db.execute("CREATE TABLE item (id integer PRIMARY KEY, name text)"));
    }
    ~MemoryFixture() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&add_function)); }

    template <typename... P>
    int number(const std::string& sql, const P&... params) {
        return wait(db.get(sql, params...))->template get<int>(0);
    }
    /// Asks until the answer is this, as a machine that is busy makes anything take long.
    template <typename... P>
    void soon(int wanted, const std::string& sql, const P&... params) {
        while (number(sql, params...) != wanted) {
        }
    }
    int items() { return number("SELECT count(*) FROM item"); }
    /// How often each statement that is prepared and has this text was run.
    static std::vector<int> runs_of(std::string_view sql) {
        std::vector<int> runs;
        sqlite3_stmt* statement = nullptr;
        while ((statement = sqlite3_next_stmt(last_handle, statement)) != nullptr) {
            if (sqlite3_sql(statement) == sql) {
                runs.push_back(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 0));
            }
        }
        return runs;
    }

    database::Connection db;

private:
    static void is_here(sqlite3_context* context, int, sqlite3_value**) {
        sqlite3_result_int(context, std::this_thread::get_id() == loops_thread ? 1 : 0);
    }
    static int add_function(sqlite3* handle, char**, const void*) {
        last_handle = handle;
        return sqlite3_create_function(
            handle, "here", 0, SQLITE_UTF8, nullptr, &is_here, nullptr, nullptr
        );
    }
    inline static sqlite3* last_handle = nullptr;
    inline static const std::thread::id loops_thread = std::this_thread::get_id();
};

struct ThreadFixture : MemoryFixture {
    ThreadFixture() : MemoryFixture{"sqlite::memory:?on_loop=off"} {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_memory)

BOOST_FIXTURE_TEST_CASE(what_was_short_is_done_on_the_loop_s_thread, MemoryFixture) {
    BOOST_TEST(number("SELECT here()") == 0);  // nobody knows yet
    soon(1, "SELECT here()");
    BOOST_TEST(number("SELECT here() + ?", 1) == 1);
    soon(2, "SELECT here() + ?", 1);
    soon(1, "INSERT INTO item (name) VALUES (here()) RETURNING CAST(name AS int)");
}

BOOST_FIXTURE_TEST_CASE(all_is_done_on_the_other_thread_if_so_wanted, ThreadFixture) {
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(number("SELECT here()") == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_file_is_never_read_on_the_loop_s_thread) {
    const TemporaryFolder folder;
    MemoryFixture f{"sqlite:" + folder / "test.db"};
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(f.number("SELECT here()") == 0);
    }
    BOOST_CHECK_THROW(
        database::Connection{"sqlite:" + folder / "test.db?on_loop=on"}, database::InterfaceError
    );
}

BOOST_FIXTURE_TEST_CASE(nor_is_a_file_that_memory_is_given, MemoryFixture) {
    const TemporaryFolder folder;
    soon(1, "SELECT here()");
    wait(db.execute("ATTACH ? AS other", folder / "other.db"));
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(number("SELECT here()") == 0);
    }
}

BOOST_FIXTURE_TEST_CASE(what_takes_longer_this_time_goes_to_the_other_thread, MemoryFixture) {
    const auto sql = series + "SELECT max(n) * 10 + here() FROM s";
    soon(101, sql, 10);
    BOOST_TEST(number(sql, 100'000) == 1'000'000);
    const auto endless = db.get(sql, 2'000'000'000);
    turns();
    turns();
    endless.cancel();
    BOOST_TEST(number("SELECT 7") == 7);
}

BOOST_FIXTURE_TEST_CASE(what_is_given_up_half_way_leaves_no_trace, MemoryFixture) {
    const auto sql = "INSERT INTO item (name) " + series + "SELECT here() FROM s";
    int short_ones = 0;
    while (short_ones == 0 ||
           number("SELECT CAST(name AS int) FROM item ORDER BY id DESC LIMIT 1") == 0) {
        wait(db.execute_rowcount(sql, 1));
        ++short_ones;
    }
    const int done_here = number("SELECT sum(name) FROM item");
    BOOST_TEST(wait(db.execute_rowcount(sql, 50'000)) == 50'000);
    BOOST_TEST(items() == 50'000 + short_ones);
    BOOST_TEST(number("SELECT max(id) FROM item") == 50'000 + short_ones);
    BOOST_TEST(number("SELECT sum(name) FROM item") == done_here);
}

BOOST_FIXTURE_TEST_CASE(a_transaction_is_not_rolled_back_for_being_long, MemoryFixture) {
    const auto sql = "INSERT INTO item (name) " + series + "SELECT here() FROM s";
    wait(db.execute(sql, 1));
    auto transaction = wait(db.begin());
    wait(transaction.execute(sql, 1));
    wait(transaction.execute(sql, 50'000));
    BOOST_TEST(wait(transaction.get("SELECT count(*) FROM item"))->get<int>(0) == 50'002);
    wait(transaction.commit());
    BOOST_TEST(items() == 50'002);
    BOOST_TEST(number("SELECT sum(name) FROM item") == 0);
}

BOOST_FIXTURE_TEST_CASE(large_results_do_not_hold_up_the_loop, MemoryFixture) {
    const auto sql = series + "SELECT zeroblob(1000000) FROM s";
    BOOST_TEST(wait(db.query(sql, 1)).size() == 1u);
    BOOST_TEST(wait(db.query(sql, 1)).size() == 1u);
    BOOST_TEST(wait(db.query(sql, 50)).size() == 50u);
}

BOOST_FIXTURE_TEST_CASE(a_statement_is_prepared_once, MemoryFixture) {
    const std::string sql = "SELECT count(*) FROM item WHERE id > ?";
    for (int i = 0; i < 3; ++i) {
        number(sql, i);
    }
    const std::vector<int> three_of_one{3};
    BOOST_TEST(runs_of(sql) == three_of_one, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(an_error_is_told_from_either_thread, MemoryFixture) {
    const auto* const sql = "INSERT INTO item VALUES (?, 'Ada')";
    wait(db.execute(sql, 1));
    wait(db.execute(sql, 2));
    for (int i = 0; i < 3; ++i) {
        const auto error = failure_of<database::IntegrityError>(*this, db.execute(sql, 1));
        BOOST_TEST(error.code() == "SQLITE_CONSTRAINT_PRIMARYKEY");
        failure_of<database::ProgrammingError>(*this, db.execute(sql));
        wait(db.execute(sql, 3 + i));
    }
    BOOST_TEST(items() == 5);
}

BOOST_FIXTURE_TEST_CASE(the_order_is_kept_across_the_threads, MemoryFixture) {
    const auto slow = series + "SELECT max(n) FROM s";
    wait(db.execute("INSERT INTO item VALUES (1, '')"));
    const auto* const append = "UPDATE item SET name = name || ?";
    std::vector<Future<std::int64_t>> all;
    std::string wanted;
    for (int i = 0; i < 30; ++i) {
        if (i % 7 == 3) {
            db.query(slow, 50'000).ignore();
        }
        const auto letter = std::string(1, static_cast<char>('a' + i % 26));
        all.push_back(db.execute(append, letter));
        wanted += letter;
    }
    wait(gen::multi(std::move(all)));
    BOOST_TEST(wait(db.get("SELECT name FROM item"))->get<std::string>(0) == wanted);
}

BOOST_FIXTURE_TEST_CASE(the_loop_gets_its_turns_among_many, MemoryFixture) {
    const auto sql = series + "SELECT max(n) FROM s";
    number(sql, 100);
    std::size_t done = 0;
    std::vector<Future<std::optional<database::Row>>> all;
    for (int i = 0; i < 5'000; ++i) {
        all.push_back(db.get(sql, 100));
        all.back().add_done_callback([&](const auto&) { ++done; });
    }
    std::size_t done_before_a_turn = 0;
    loop.call_later(std::chrono::milliseconds{0}, [&] { done_before_a_turn = done; });
    wait(gen::multi(std::move(all)));
    BOOST_TEST(done_before_a_turn < 5'000u);
}

BOOST_FIXTURE_TEST_CASE(a_changed_table_is_seen_by_statements_of_before, MemoryFixture) {
    wait(db.execute("INSERT INTO item VALUES (1, 'Ada')"));
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(wait(db.query("SELECT * FROM item")).columns().size() == 2u);
    }
    wait(db.execute("ALTER TABLE item ADD COLUMN age int DEFAULT 36"));
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(wait(db.get("SELECT * FROM item"))->get<int>("age") == 36);
    }
    wait(db.execute("DROP TABLE item"));
    failure_of<database::ProgrammingError>(*this, db.query("SELECT * FROM item"));
}

BOOST_FIXTURE_TEST_CASE(closing_amid_short_queries_cancels_them, MemoryFixture) {
    number("SELECT 1");
    std::vector<Future<std::optional<database::Row>>> all;
    for (int i = 0; i < 40; ++i) {
        all.push_back(db.get("SELECT 1"));
    }
    all[5].add_done_callback([this](const auto&) { db.close(); });
    until([&] { return all.back().done(); });
    BOOST_TEST(all.front().result()->get<int>(0) == 1);
    failure_of<database::InterfaceError>(*this, db.query("SELECT 1"));
}

BOOST_AUTO_TEST_SUITE_END()
