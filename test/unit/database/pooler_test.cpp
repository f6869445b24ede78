// PostgreSQL behind a PgBouncer, as Debian sets it up.
#ifdef TORNADO_HAS_LIBPQ
#include <tornado/database.hpp>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "database_fixture.hpp"
#include "driver_fixture.hpp"

namespace database = tornado::database;
namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;

namespace {

struct PoolerFixture : LoopFixture {
    /// A pool of more connections than the pooler has, whose connections change hands.
    static database::ConnectionOptions many(std::size_t statement_cache) {
        database::ConnectionOptions options;
        options.size = 6;
        options.statement_cache = statement_cache;
        return options;
    }

    /// Asks for what is different each time, in as many words as there are clients.
    static Future<void> ask_often(database::Connection& db, int client) {
        for (int i = 0; i < 30; ++i) {
            const auto text = std::string(static_cast<std::size_t>(client), 'x');
            const auto row = co_await db.get("SELECT ? AS a, ? || '" + text + "' AS b", i, client);
            BOOST_TEST(row->get<int>("a") == i);
            BOOST_TEST(row->get<std::string>("b") == std::to_string(client) + text);
        }
    }
    void ask_from_all_sides(database::Connection& db) {
        std::vector<Future<void>> clients;
        for (int client = 0; client < 12; ++client) {
            clients.push_back(ask_often(db, client));
        }
        wait(gen::multi(std::move(clients)));
    }

    const Servers::Server& server = Servers::instance().get("postgresql-pooled");
    const std::string& sessions = server.url;
    const std::string& transactions = server.socket_url;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pooler, *boost::unit_test::precondition(NeedsServer{"postgresql-pooled"}))

BOOST_FIXTURE_TEST_CASE(that_takes_no_options_is_told_them_later, PoolerFixture) {
    database::Connection db{sessions};
    const auto moment = database::Moment{1'800'000'000'000'000us};
    const auto row = wait(db.get(
        "SELECT current_setting('TimeZone') AS zone, CAST(? AS timestamptz) AS moment, "
        "'\\x00ff'::bytea AS bytes",
        moment
    ));
    BOOST_TEST(row->get<std::string>("zone") == "UTC");
    BOOST_TEST((row->get<database::Moment>("moment") == moment));
    BOOST_TEST(row->get<database::Blob>("bytes").size() == 2U);
    ask_from_all_sides(db);
}

BOOST_FIXTURE_TEST_CASE(that_takes_no_options_refuses_those_of_the_url_at_once, PoolerFixture) {
    database::Connection db{
        sessions + "?options=-c%20statement_timeout%3D5s",
        with(&database::ConnectionOptions::acquire_timeout, 1h)};
    const auto error = failure_of<database::DatabaseError>(*this, db.query("SELECT 1"));
    BOOST_TEST(std::string{error.what()}.find("options") != std::string::npos, error.what());
}

BOOST_FIXTURE_TEST_CASE(of_transactions_gets_queries_whole, PoolerFixture) {
    database::Connection db{transactions, many(0)};
    ask_from_all_sides(db);
    wait(db.execute("DROP TABLE IF EXISTS numbers"));
    wait(db.execute("CREATE TABLE numbers (n int)"));
    std::vector<database::Params> runs;
    for (int i = 0; i < 1'000; ++i) {
        runs.emplace_back(i);
    }
    wait(db.executemany("INSERT INTO numbers VALUES (?)", runs));
    const auto done = db.transaction([](database::Transaction& transaction) -> Future<void> {
        for (int i = 0; i < 20; ++i) {
            co_await transaction.execute("UPDATE numbers SET n = n + ?", i);
        }
    });
    ask_from_all_sides(db);
    wait(done);
    const auto add_up = [](database::Connection& pool) -> Future<std::int64_t> {
        std::int64_t sum = 0;
        auto rows = pool.iter("SELECT n FROM numbers WHERE n >= ?", 0);
        while (const auto row = co_await rows.next()) {
            sum += row->get<int>(0);
        }
        co_return sum;
    };
    BOOST_TEST(wait(add_up(db)) == 999 * 500 + 1'000 * 190);
    const auto* const prepared =
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%numbers%'";
    BOOST_TEST(wait(db.get(prepared))->get<int>(0) == 0);
    // A table that changes: nothing of before is believed.
    wait(db.execute("ALTER TABLE numbers ALTER n TYPE text"));
    BOOST_TEST(wait(db.get("SELECT n FROM numbers LIMIT 1"))->get<std::string>(0) != "");
    wait(db.execute("DROP TABLE numbers"));
}

BOOST_FIXTURE_TEST_CASE(of_transactions_never_runs_somebody_elses_statement, PoolerFixture) {
    database::Connection db{transactions, many(128)};
    ask_from_all_sides(db);
    database::Connection other{transactions, many(128)};
    ask_from_all_sides(other);
    ask_from_all_sides(db);
}

BOOST_AUTO_TEST_SUITE_END()
#endif
