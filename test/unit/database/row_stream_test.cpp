#include <tornado/database/row_stream.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <tornado/ioloop/time_limit.hpp>

#include "../peak_memory.hpp"
#include "database_fixture.hpp"

namespace database = tornado::database;
namespace data = boost::unit_test::data;
namespace gen = tornado::gen;
using tornado::Future;
using namespace std::chrono_literals;

namespace {

/// Adds up the first column.
Future<std::int64_t> sum_of(database::RowStream rows) {
    std::int64_t sum = 0;
    while (true) {
        const auto row = co_await rows.next();
        if (!row) {
            co_return sum;
        }
        sum += row->get<std::int64_t>(0);
    }
}

/// All numbers from 1 to `count`, and then nothing any more.
Future<void> check_series(database::RowStream rows, int count) {
    for (int i = 1; i <= count; ++i) {
        const auto row = co_await rows.next();
        BOOST_REQUIRE(row.has_value());
        BOOST_REQUIRE(row->get<int>("n") == i);
    }
    const auto last = co_await rows.next();
    BOOST_TEST(!last.has_value());
    const auto still_last = co_await rows.next();
    BOOST_TEST(!still_last.has_value());
}

/// The same, after the first row in pieces.
Future<void> check_pieces(database::RowStream rows, int count) {
    const auto first = co_await rows.next();
    BOOST_TEST(first.has_value());
    int seen = 1;
    while (true) {
        const auto some = co_await rows.next_rows();
        if (some.empty()) {
            break;
        }
        BOOST_TEST(some.front().get<int>("n") == seen + 1);
        seen += static_cast<int>(some.size());
    }
    BOOST_TEST(seen == count);
}

/// Whether it is refused at once.
bool next_is_refused(database::RowStream& rows) {
    try {
        static_cast<void>(rows.next());
    } catch (const std::logic_error&) {
        return true;
    }
    return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row_stream)

BOOST_DATA_TEST_CASE(gives_all_rows_in_order, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    constexpr int count = 5'000;
    f.wait(check_series(f.db.iter(f.backend->series(count) + " ORDER BY n"), count));
}

BOOST_DATA_TEST_CASE(reads_what_is_larger_than_any_result_may_be, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::max_result_size, 100'000)};
    BOOST_TEST(f.wait(sum_of(f.db.iter(f.backend->series(50'000)))) == 50'000LL * 50'001 / 2);
    const std::string large =
        kind.name == "sqlite" ? "hex(zeroblob(200000))" : "repeat('0', 400000)";
    auto rows = f.db.iter("SELECT " + large + " UNION ALL SELECT " + large);
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(f.wait(rows.next())->get<std::string_view>(0).size() == 400'000U);
    }
    BOOST_TEST(!f.wait(rows.next()).has_value());
}

BOOST_DATA_TEST_CASE(takes_parameters, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    auto rows = f.db.iter("SELECT n FROM (" + f.backend->series(10) + ") AS s WHERE n > ?", 7);
    BOOST_TEST(f.wait(sum_of(std::move(rows))) == 8 + 9 + 10);
}

BOOST_DATA_TEST_CASE(gives_many_rows_at_once, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.wait(check_pieces(f.db.iter(f.backend->series(3'000) + " ORDER BY n"), 3'000));
}

BOOST_DATA_TEST_CASE(waits_for_its_reader_and_ends_with_it, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    {
        auto rows = f.db.iter(f.backend->series(1'000'000'000));
        BOOST_TEST(f.wait(rows.next()).has_value());
        BOOST_TEST(f.wait(rows.next()).has_value());
    }
    BOOST_TEST(f.wait(f.db.get("SELECT 1 AS one"))->get<int>(0) == 1);
    auto rows = f.db.iter(f.backend->series(1'000'000'000));
    BOOST_TEST(f.wait(rows.next()).has_value());
    rows.close();
    rows.close();
    BOOST_TEST(f.wait(f.db.get("SELECT 2 AS two"))->get<int>(0) == 2);
    BOOST_TEST(next_is_refused(rows));
}

BOOST_DATA_TEST_CASE(does_not_grow_while_nobody_reads, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    auto rows = f.db.iter(f.backend->series(1'000'000'000));
    BOOST_TEST(f.wait(rows.next()).has_value());
    const auto before = peak_memory();
    f.wait(gen::sleep(300ms));
    BOOST_TEST(peak_memory() - before < 20U * 1024 * 1024);
}

BOOST_DATA_TEST_CASE(others_have_other_connections, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 2)};
    auto rows = f.db.iter(f.backend->series(1'000'000));
    BOOST_TEST(f.wait(rows.next()).has_value());
    for (int i = 0; i < 40; ++i) {
        BOOST_TEST(f.wait(f.db.get("SELECT ? + 0 AS n", i))->get<int>(0) == i);
    }
}

BOOST_DATA_TEST_CASE(may_end_before_it_has_begun, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    const auto holding = f.wait(f.db.begin());
    { const auto rows = f.db.iter("SELECT 1"); }
    BOOST_TEST(f.db.waiting() == 0u);
}

BOOST_DATA_TEST_CASE(a_cancelled_reader_loses_no_row, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    auto rows = f.db.iter(f.backend->series(3) + " ORDER BY n");
    const auto early = rows.next();
    BOOST_TEST(next_is_refused(rows));  // one at a time
    early.cancel();
    f.until([&] { return early.done(); });
    BOOST_TEST(f.wait(rows.next())->get<int>(0) == 1);
}

BOOST_DATA_TEST_CASE(its_error_comes_out_of_next, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    auto rows = f.db.iter("SELECT * FROM nowhere");
    failure_of<database::ProgrammingError>(f, rows.next());
    failure_of<database::ProgrammingError>(f, rows.next());
    auto wrong = f.db.iter("SELECT 1", 2);
    failure_of<database::ProgrammingError>(f, wrong.next());
    BOOST_TEST(f.wait(f.db.get("SELECT 1 AS one"))->get<int>(0) == 1);
}

BOOST_DATA_TEST_CASE(has_a_transaction_s_connection_for_itself, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    auto transaction = f.wait(f.db.begin());
    auto rows = transaction.iter(f.backend->series(100'000));
    BOOST_TEST(f.wait(rows.next()).has_value());
    const auto error = failure_of<database::ProgrammingError>(f, transaction.query("SELECT 1"));
    BOOST_TEST(std::string{error.what()}.find("busy with iter()") != std::string::npos);
    BOOST_TEST(f.wait(sum_of(std::move(rows))) == 100'000LL * 100'001 / 2 - 1);
    BOOST_TEST(f.wait(transaction.get("SELECT 3 AS n"))->get<int>(0) == 3);
    f.wait(transaction.commit());
}

BOOST_DATA_TEST_CASE(is_left_by_the_end_of_its_transaction, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    for (const bool keeps : {true, false}) {
        auto transaction = f.wait(f.db.begin());
        f.wait(transaction.execute("INSERT INTO person (name) VALUES ('Ada')"));
        auto rows = transaction.iter(f.backend->series(1'000'000'000));
        BOOST_TEST(f.wait(rows.next()).has_value());
        f.wait(keeps ? transaction.commit() : transaction.rollback());
        BOOST_TEST(next_is_refused(rows));
        BOOST_TEST(f.wait(f.db.execute_rowcount("DELETE FROM person")) == (keeps ? 1 : 0));
    }
}

BOOST_DATA_TEST_CASE(is_left_by_the_end_of_its_savepoint, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    for (const std::string end : {"commit", "rollback", "scope"}) {
        std::optional savepoint{f.wait(transaction.begin())};
        f.wait(savepoint->execute("INSERT INTO person (name) VALUES (?)", end));
        auto rows = savepoint->iter(f.backend->series(1'000'000'000));
        BOOST_TEST(f.wait(rows.next()).has_value());
        if (end != "scope") {
            f.wait(end == "commit" ? savepoint->commit() : savepoint->rollback());
        }
        savepoint.reset();
        BOOST_TEST(next_is_refused(rows));
        BOOST_TEST(f.wait(transaction.get("SELECT count(*) FROM person"))->get<int>(0) == 1);
    }
    f.wait(transaction.commit());
}

BOOST_DATA_TEST_CASE(
    of_a_transaction_lets_no_savepoint_begin_or_end,
    data::make(backends()),
    kind
) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    auto transaction = f.wait(f.db.begin());
    auto rows = transaction.iter(f.backend->series(1'000'000'000));
    BOOST_TEST(f.wait(rows.next()).has_value());
    failure_of<database::ProgrammingError>(f, transaction.begin());
    rows.close();
    auto savepoint = f.wait(transaction.begin());
    rows = transaction.iter(f.backend->series(1'000'000'000));
    BOOST_TEST(f.wait(rows.next()).has_value());
    failure_of<database::ProgrammingError>(f, savepoint.commit());
    failure_of<database::ProgrammingError>(f, savepoint.rollback());
    rows.close();
    f.wait(savepoint.commit());
    f.wait(transaction.commit());
}

BOOST_DATA_TEST_CASE(that_has_come_whole_outlives_its_transaction, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    auto transaction = f.wait(f.db.begin());
    auto rows = transaction.iter(f.backend->series(3) + " ORDER BY n");
    BOOST_TEST(f.wait(rows.next())->get<int>(0) == 1);
    const auto is_busy = [&] {
        try {
            f.wait(transaction.query("SELECT 1"));
        } catch (const database::ProgrammingError&) {
            return true;
        }
        return false;
    };
    while (is_busy()) {
        f.turns(1);
    }
    f.wait(transaction.commit());
    BOOST_TEST(f.wait(sum_of(std::move(rows))) == 2 + 3);
}

BOOST_DATA_TEST_CASE(
    a_transaction_s_savepoint_can_be_undone_after_one_that_was_left,
    data::make(backends()),
    kind
) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute("INSERT INTO person (name) VALUES ('Ada')"));
    auto savepoint = f.wait(transaction.begin());
    {
        auto rows = savepoint.iter(f.backend->series(1'000'000'000));
        BOOST_TEST(f.wait(rows.next()).has_value());
    }
    f.wait(savepoint.rollback());
    BOOST_TEST(f.wait(transaction.get("SELECT 3 AS n"))->get<int>(0) == 3);
    f.wait(transaction.commit());
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(left_half_way_it_ends_no_transaction, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute("INSERT INTO person (name) VALUES ('Ada')"));
    for (int turns = 0; turns < 8; ++turns) {
        const auto rows = transaction.iter(f.backend->series(1'000'000'000));
        f.turns(turns);
    }
    {
        auto rows = transaction.iter(f.backend->series(1'000'000'000));
        BOOST_TEST(f.wait(rows.next()).has_value());
        rows.close();
        f.wait(transaction.execute("INSERT INTO person (name) VALUES ('Alan')"));
    }
    BOOST_TEST(f.wait(sum_of(transaction.iter(f.backend->series(10)))) == 55);
    f.wait(transaction.execute("INSERT INTO person (name) VALUES ('Grace')"));
    f.wait(transaction.commit());
    BOOST_TEST(f.people() == 3);
}

BOOST_DATA_TEST_CASE(may_be_left_after_its_transaction, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    std::optional<database::Transaction> transaction{f.wait(f.db.begin())};
    f.wait(transaction->execute("INSERT INTO person (name) VALUES ('Ada')"));
    auto rows = transaction->iter(f.backend->series(1'000'000'000));
    BOOST_TEST(f.wait(rows.next()).has_value());
    transaction.reset();
    rows.close();
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(its_rows_take_no_longer_than_a_query_may, data::make(backends()), kind) {
    auto options = with(&database::ConnectionOptions::query_timeout, 20ms);
    options.size = 1;
    DatabaseFixture f{kind, options};
    auto slow = f.db.iter(f.backend->endless());
    failure_of<tornado::ioloop::TimeoutError>(f, slow.next());
    database::Connection patient{f.backend->url()};
    auto transaction = f.wait(patient.begin());
    const tornado::stack_context::StackContext limit{
        tornado::ioloop::must_end_by, f.loop.time_after(20ms)};
    auto limited = transaction.iter(f.backend->endless());
    failure_of<tornado::ioloop::TimeoutError>(f, limited.next());
    auto elsewhere = patient.iter(f.backend->endless());
    failure_of<tornado::ioloop::TimeoutError>(f, elsewhere.next());
}

BOOST_DATA_TEST_CASE(its_reader_takes_the_time_that_it_likes, data::make(backends()), kind) {
    constexpr auto limit = 1s;
    DatabaseFixture f{kind, with(&database::ConnectionOptions::query_timeout, limit)};
    constexpr int count = 50'000;
    auto rows = f.db.iter(f.backend->series(count));
    auto sum = f.wait(rows.next())->get<std::int64_t>(0);
    f.wait(tornado::gen::sleep(limit + 100ms));
    sum += f.wait(sum_of(std::move(rows)));
    BOOST_TEST(sum == std::int64_t{count} * (count + 1) / 2);
}

BOOST_DATA_TEST_CASE(one_that_waits_too_long_says_so, data::make(backends()), kind) {
    auto options = with(&database::ConnectionOptions::acquire_timeout, std::chrono::seconds{1});
    options.size = 1;
    DatabaseFixture f{kind, options};
    const auto holding = f.wait(f.db.begin());
    auto rows = f.db.iter("SELECT 1");
    const auto error = failure_of<database::OperationalError>(f, rows.next());
    BOOST_TEST(std::string{error.what()}.find("were busy for 1000 ms") != std::string::npos);
}

BOOST_DATA_TEST_CASE(closing_the_connection_ends_one_that_waits, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    const auto holding = f.wait(f.db.begin());
    auto rows = f.db.iter("SELECT 1");
    const auto next = rows.next();
    f.turns();
    f.db.close();
    f.until([&] { return next.done(); });
    BOOST_TEST(next.cancelled());
    rows.close();
}

BOOST_AUTO_TEST_SUITE_END()
