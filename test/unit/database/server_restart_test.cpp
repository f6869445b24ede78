#include <tornado/database/connection.hpp>
#include <tornado/database/errors.hpp>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "../log_capture.hpp"
#include "../loop_fixture.hpp"
#include "backends.hpp"

namespace database = tornado::database;
namespace data = boost::unit_test::data;
namespace gen = tornado::gen;
using tornado::Future;

namespace restarting {

/// Clients that write and read without end, and what they have seen.
struct Load {
    explicit Load(const std::string& url) : db{url, options()} {}

    static database::ConnectionOptions options() {
        database::ConnectionOptions options;
        options.acquire_timeout = std::chrono::seconds{2};
        return options;
    }

    /// Writes one number after the other, and reads each.
    Future<void> write(int client) {
        for (int i = 0; !over; ++i) {
            const int number = client * 1'000'000 + i;
            bool written = false;
            try {
                co_await db.execute("INSERT INTO restarted VALUES (?)", number);
                written = true;
                const auto row =
                    co_await db.get("SELECT count(*) AS n FROM restarted WHERE a = ?", number);
                lost += row->get<int>("n") == 1 ? 0 : 1;
                ++in_a_row[static_cast<std::size_t>(client)];
            } catch (const database::OperationalError& error) {
                ++failures;
                unexplained += std::string{error.what()}.empty() ? 1 : 0;
                in_a_row[static_cast<std::size_t>(client)] = 0;
            }
            if (written) {
                successes.push_back(number);
            }
        }
    }
    [[nodiscard]] bool all_go_well() const {
        return std::ranges::all_of(in_a_row, [](int count) { return count >= 20; });
    }
    void forget_successes() { in_a_row.assign(in_a_row.size(), 0); }

    database::Connection db;
    std::vector<int> in_a_row = std::vector<int>(16);
    std::vector<int> successes;
    int failures = 0;
    int unexplained = 0;
    int lost = 0;
    bool over = false;
};

inline std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& kind : backends()) {
        if (kind.name != "sqlite") {
            names.push_back(kind.name);
        }
    }
    return names;
}
const std::string ends[] = {"stop", "kill"};

}  // namespace restarting

BOOST_AUTO_TEST_SUITE(server_restart, *boost::unit_test::label("servers"))

BOOST_DATA_TEST_CASE(
    every_query_succeeds_or_says_why_not_and_the_pool_is_whole_again,
    data::make(restarting::names()) * data::make(restarting::ends),
    name,
    end
) {
    const auto& server = Servers::instance().get(name);
    LoopFixture f;
    restarting::Load load{server.url};
    f.wait(load.db.execute("DROP TABLE IF EXISTS restarted"));
    f.wait(load.db.execute("CREATE TABLE restarted (a int PRIMARY KEY)"));
    std::vector<Future<void>> clients;
    for (int client = 0; client < 16; ++client) {
        clients.push_back(load.write(client));
    }
    const auto tell = [&](const std::string& verb) {
        f.wait(f.loop.run_in_executor([verb, name] { Servers::instance().command(verb, name); }));
    };
    const LogCapture log;
    for (int round = 0; round < 2; ++round) {
        f.until([&] { return load.all_go_well(); });
        tell(end);
        const auto failures = load.failures;
        f.until([&] { return load.failures > failures; });
        tell("start");
        load.forget_successes();
        f.until([&] { return load.all_go_well(); });
    }
    load.over = true;
    f.wait(gen::multi(std::move(clients)));
    BOOST_TEST(load.unexplained == 0);
    BOOST_TEST(load.lost == 0);
    BOOST_TEST(load.db.open_connections() <= 4U);
    for (const int number : load.successes) {  // what was said to be done is done
        const auto row = f.wait(load.db.get("SELECT a FROM restarted WHERE a = ?", number));
        BOOST_REQUIRE_MESSAGE(row, number << " is lost");
    }
    f.wait(load.db.execute("DROP TABLE restarted"));
}

BOOST_DATA_TEST_CASE(
    one_that_is_frozen_takes_no_threads_from_others,
    data::make(restarting::names()),
    name
) {
    const auto& server = Servers::instance().get(name);
    LoopFixture f;
    const LogCapture log;
    database::ConnectionOptions options;
    options.size = 8;
    options.query_timeout = std::chrono::milliseconds{500};
    {
        database::Connection db{server.url, options};
        const auto ask_all = [&] {
            std::vector<Future<database::Rows>> all;
            for (std::size_t i = 0; i < options.size; ++i) {
                all.push_back(
                    db.query(name == "mariadb" ? "SELECT sleep(0.05)" : "SELECT pg_sleep(0.05)")
                );
            }
            return all;
        };
        while (db.open_connections() < options.size) {
            for (const auto& asked : ask_all()) {
                f.until([&] { return asked.done(); });
            }
        }
        Servers::instance().command("freeze", name);
        for (const auto& late : ask_all()) {
            BOOST_CHECK_THROW(f.wait(late), tornado::ioloop::TimeoutError);
        }
        f.wait(gen::sleep(std::chrono::milliseconds{100}));
        for (int i = 0; i < 8; ++i) {
            BOOST_TEST(f.wait(f.loop.run_in_executor([i] { return i; })) == i);
        }
        Servers::instance().command("thaw", name);
    }
    database::Connection db{server.url};
    f.wait(db.query("SELECT 1"));
}

BOOST_AUTO_TEST_SUITE_END()
