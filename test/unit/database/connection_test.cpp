#include <tornado/database/connection.hpp>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "../log_capture.hpp"
#include "database_fixture.hpp"

namespace database = tornado::database;
namespace data = boost::unit_test::data;
namespace gen = tornado::gen;
using database::Params;
using tornado::Future;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(connection)

BOOST_DATA_TEST_CASE(query_gives_all_rows, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    f.add("Ada", 36);
    f.add("Alan");
    const auto rows = f.wait(f.db.query("SELECT id, name, age FROM person ORDER BY name"));
    BOOST_TEST(rows.size() == 2u);
    BOOST_TEST(
        rows.columns() == (std::vector<std::string>{"id", "name", "age"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(rows[0].get<std::string>("name") == "Ada");
    BOOST_TEST(rows[0].get<int>(2) == 36);
    BOOST_TEST(!rows[1].get<std::optional<int>>("age").has_value());
}

BOOST_DATA_TEST_CASE(a_result_without_rows_has_columns, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const auto rows = f.wait(f.db.query("SELECT name FROM person"));
    BOOST_TEST(rows.empty());
    BOOST_TEST(
        rows.columns() == std::vector<std::string>{"name"}, boost::test_tools::per_element()
    );
}

BOOST_DATA_TEST_CASE(get_gives_the_only_row, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const auto id = f.add("Ada");
    const auto row = f.wait(f.db.get("SELECT name FROM person WHERE id = ?", id));
    BOOST_TEST(row.value().get<std::string>("name") == "Ada");
    BOOST_TEST(!f.wait(f.db.get("SELECT name FROM person WHERE id = ?", id + 1)).has_value());
}

BOOST_DATA_TEST_CASE(get_of_more_than_one_row_is_an_error, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    f.add("Ada");
    f.add("Alan");
    f.add("Grace");
    const auto error =
        failure_of<database::ProgrammingError>(f, f.db.get("SELECT name FROM person"));
    BOOST_TEST(error.what() == "get() found more than one row: use query(), or ask for less");
    BOOST_TEST(f.people() == 3);
}

BOOST_DATA_TEST_CASE(execute_tells_the_new_row_s_identifier, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const auto first = f.add("Ada");
    const auto second = f.add("Alan");
    BOOST_TEST(first > 0);
    BOOST_TEST(second == first + 1);
    const auto third =
        f.wait(f.db.execute_lastrowid("INSERT INTO person (name) VALUES (?)", "Grace"));
    BOOST_TEST(third == (f.backend->tells_row_ids() ? second + 1 : 0));
    BOOST_TEST(
        f.wait(f.db.insert("INSERT INTO person (name) VALUES (?) RETURNING id", "Kurt")) ==
        second + 2
    );
}

BOOST_DATA_TEST_CASE(execute_rowcount_tells_how_many_have_changed, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    f.add("Ada", 1);
    f.add("Alan", 2);
    BOOST_TEST(f.wait(f.db.execute_rowcount("UPDATE person SET age = age + ?", 1)) == 2);
    BOOST_TEST(f.wait(f.db.update("UPDATE person SET age = 9 WHERE name = ?", "Ada")) == 1);
    BOOST_TEST(f.wait(f.db.execute_rowcount("DELETE FROM person WHERE name = 'nobody'")) == 0);
}

BOOST_DATA_TEST_CASE(executemany_runs_for_each, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const std::vector<Params> people{{"Ada", 36}, {"Alan", 41}, {"Grace", nullptr}};
    BOOST_TEST(
        f.wait(f.db.executemany_rowcount("INSERT INTO person (name, age) VALUES (?, ?)", people)) ==
        3
    );
    BOOST_TEST(f.people() == 3);
    BOOST_TEST(f.wait(f.db.executemany_rowcount("DELETE FROM person WHERE name = ?", {})) == 0);
    BOOST_TEST(
        f.wait(f.db.updatemany("UPDATE person SET age = ? WHERE name = ?", {{1, "Ada"}})) == 1
    );
}

BOOST_DATA_TEST_CASE(executemany_takes_any_number_of_any_values, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    std::vector<Params> people;
    for (int i = 0; i < 2'500; ++i) {
        auto age = i % 7 == 0 ? std::optional<int>{} : std::optional{i};
        people.emplace_back("name " + std::to_string(i), age);
    }
    people.emplace_back(std::string(90, 'x'), 1);
    people.emplace_back("", -1);
    people.emplace_back(12'345, 1.0);  // other types than before
    people.emplace_back("last", true);
    const auto* const insert = "INSERT INTO person (name, age) VALUES (?, ?)";
    if (kind.name == "postgresql") {
        people.erase(people.end() - 2);  // it is strict about types
        people.back() = Params{"last", 1};
    }
    const auto count = static_cast<std::int64_t>(people.size());
    BOOST_TEST(f.wait(f.db.executemany_rowcount(insert, people)) == count);
    BOOST_TEST(f.people() == count);
    const auto row = f.wait(f.db.get("SELECT * FROM person WHERE name = ?", "name 1234"));
    BOOST_TEST(row->get<int>("age") == 1'234);
    const auto ages = f.wait(f.db.get("SELECT count(*) AS n FROM person WHERE age IS NULL"));
    BOOST_TEST(ages->get<int>("n") == 358);
    std::vector<Params> changes;
    for (int i = 0; i < 1'500; ++i) {
        changes.emplace_back(i, "name " + std::to_string(i * 2));  // some of which there are not
    }
    const auto* const update = "UPDATE person SET age = ? WHERE name = ?";
    BOOST_TEST(f.wait(f.db.executemany_rowcount(update, changes)) == 1'250);
}

BOOST_DATA_TEST_CASE(executemany_tells_the_last_row_s_identifier, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const auto id_of = [&](const std::string& name) {
        const auto row = f.wait(f.db.get("SELECT id FROM person WHERE name = ?", name));
        return row->get<std::int64_t>("id");
    };
    const std::vector<Params> people{{"Ada"}, {"Alan"}, {"Grace"}};
    const auto id = f.wait(f.db.insertmany("INSERT INTO person (name) VALUES (?)", people));
    BOOST_TEST(id == (f.backend->tells_row_ids() ? id_of("Grace") : 0));
    const std::vector<Params> others{{"Kurt"}, {"Emmy"}};
    const auto last =
        f.wait(f.db.insertmany("INSERT INTO person (name) VALUES (?) RETURNING id", others));
    BOOST_TEST(last == id_of("Emmy"));
}

BOOST_DATA_TEST_CASE(executemany_runs_what_gives_rows, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.wait(f.db.executemany("SELECT ? + 0", {{1}, {2}, {3}}));
    BOOST_TEST(f.wait(f.db.get("SELECT 1 AS one"))->get<int>(0) == 1);
}

BOOST_DATA_TEST_CASE(executemany_does_all_or_nothing, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const std::vector<Params> people{{"Ada"}, {"Alan"}, {"Ada"}, {"Grace"}};
    failure_of<database::IntegrityError>(
        f, f.db.executemany("INSERT INTO person (name) VALUES (?)", people)
    );
    BOOST_TEST(f.people() == 0);
    const std::vector<Params> wrong{{"Ada"}, {"Alan", 3}};
    failure_of<database::ProgrammingError>(
        f, f.db.executemany("INSERT INTO person (name) VALUES (?)", wrong)
    );
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(values_come_back_as_they_were, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    const std::string blob = f.backend->blob();
    f.wait(f.db.execute(
        "CREATE TABLE sample (id int, b boolean, i bigint, r double precision, t text, x " + blob +
        ", m timestamp(6) NULL)"
    ));
    const database::Blob bytes{std::byte{0}, std::byte{255}, std::byte{'\\'}, std::byte{'\''}};
    const std::string text = "quote ' \" \\ ? $1 -- \xc3\xa4 \xf0\x9f\x90\x98 \n";
    const auto moment =
        std::chrono::sys_days{std::chrono::year{2026} / 11 / 26} + 11h + 14min + 43s + 120001us;
    const auto put = "INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?)";
    f.wait(f.db.execute(put, 1, true, INT64_MAX, 0.1, text, bytes, moment));
    f.wait(f.db.execute(put, 2, false, INT64_MIN, -1e300, "", database::Blob{}, nullptr));
    f.wait(f.db.execute(put, 3, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
    const auto rows = f.wait(f.db.query("SELECT b, i, r, t, x, m FROM sample ORDER BY id"));
    BOOST_TEST(rows[0].get<bool>("b"));
    BOOST_TEST(rows[0].get<std::int64_t>("i") == INT64_MAX);
    BOOST_TEST(rows[0].get<double>("r") == 0.1);
    BOOST_TEST(rows[0].get<std::string>("t") == text);
    BOOST_TEST((rows[0].get<database::Blob>("x") == bytes));
    BOOST_TEST((rows[0].get<database::Moment>("m") == moment));
    BOOST_TEST(!rows[1].get<bool>("b"));
    BOOST_TEST(rows[1].get<std::int64_t>("i") == INT64_MIN);
    BOOST_TEST(rows[1].get<double>("r") == -1e300);
    BOOST_TEST(!rows[1]["t"].is_null());
    BOOST_TEST(rows[1].get<std::string>("t").empty());
    BOOST_TEST(!rows[1]["x"].is_null());
    for (std::size_t column = 0; column < rows[2].size(); ++column) {
        BOOST_TEST(rows[2][column].is_null());
    }
}

BOOST_DATA_TEST_CASE(large_values_come_back_as_they_were, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    const std::string type = kind.name == "mariadb" ? "longtext" : "text";
    f.wait(f.db.execute("CREATE TABLE large (t " + type + ")"));
    std::string text(1'000'000, 'x');
    text += "end";
    f.wait(f.db.execute("INSERT INTO large VALUES (?)", text));
    BOOST_TEST((f.wait(f.db.get("SELECT t FROM large"))->get<std::string>(0) == text));
}

BOOST_DATA_TEST_CASE(parameters_are_no_part_of_the_query, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const std::string evil = "x'); DROP TABLE person; --";
    f.add(evil);
    BOOST_TEST(f.people() == 1);
    BOOST_TEST(
        f.wait(f.db.get("SELECT name FROM person WHERE name = ?", evil))->get<std::string>(0) ==
        evil
    );
    BOOST_TEST(f.wait(f.db.query("SELECT name FROM person WHERE name = ?", "' OR '1' = '1")).empty()
    );
    BOOST_TEST(
        f.wait(f.db.get("SELECT '?' AS a, name FROM person /* ? */ WHERE name = ? -- ?", evil))
            ->get<std::string>("a") == "?"
    );
}

BOOST_DATA_TEST_CASE(a_wrong_number_of_parameters_is_told, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const auto few = failure_of<database::ProgrammingError>(
        f, f.db.query("SELECT * FROM person WHERE id = ? AND age = ?", 1)
    );
    BOOST_TEST(few.what() == "the query has 2 parameters, but 1 value was given");
    const auto many = failure_of<database::ProgrammingError>(
        f, f.db.query("SELECT * FROM person WHERE id = ?", 1, 2)
    );
    BOOST_TEST(many.what() == "the query has 1 parameter, but 2 values were given");
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(values_may_be_given_as_params, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    Params params;
    params.add("Ada");
    params.add(36);
    f.wait(f.db.execute("INSERT INTO person (name, age) VALUES (?, ?)", params));
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(
    errors_are_of_their_kind_with_the_server_s_code,
    data::make(backends()),
    kind
) {
    DatabaseFixture f{kind};
    f.make_people();
    f.add("Ada");
    const auto twice = failure_of<database::IntegrityError>(
        f, f.db.execute("INSERT INTO person (name) VALUES (?)", "Ada")
    );
    BOOST_TEST(twice.code() == f.backend->duplicate_key());
    BOOST_TEST(std::string{twice.what()}.size() > 5u);
    const auto null = failure_of<database::IntegrityError>(
        f, f.db.execute("INSERT INTO person (name) VALUES (?)", nullptr)
    );
    BOOST_TEST(!null.code().empty());
    const auto syntax = failure_of<database::ProgrammingError>(f, f.db.query("SELEKT 1"));
    BOOST_TEST(std::string{syntax.what()}.find("SELEKT") != std::string::npos);
    BOOST_TEST(!syntax.code().empty());
    const auto table =
        failure_of<database::ProgrammingError>(f, f.db.query("SELECT * FROM nowhere"));
    BOOST_TEST(std::string{table.what()}.find("nowhere") != std::string::npos);
    failure_of<database::ProgrammingError>(f, f.db.query("SELECT nothing FROM person"));
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(a_query_with_a_nul_is_refused, data::make(backends()), kind) {
    using namespace std::string_view_literals;
    DatabaseFixture f{kind};
    f.make_people();
    f.add("Ada");
    const auto sql = "DELETE FROM person\0 WHERE name = 'Alan'"sv;
    BOOST_CHECK_THROW(f.db.execute(sql), database::ProgrammingError);
    BOOST_CHECK_THROW(static_cast<void>(f.db.iter(sql)), database::ProgrammingError);
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(many_runs_that_are_cancelled_leave_nothing, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    for (int turns = 0; turns < 8; ++turns) {
        std::vector<Params> people;
        for (int i = 0; i < 20'000; ++i) {
            people.emplace_back("name " + std::to_string(i));
        }
        const auto running =
            f.db.executemany("INSERT INTO person (name) VALUES (?)", std::move(people));
        f.turns(turns * 3);
        running.cancel();
        BOOST_TEST(f.people() == 0);
    }
}

BOOST_DATA_TEST_CASE(a_query_is_one_statement, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    failure_of<database::ProgrammingError>(
        f, f.db.execute("DELETE FROM person; DELETE FROM person")
    );
    BOOST_TEST(f.wait(f.db.get("SELECT 1 AS one; "))->get<int>("one") == 1);
}

BOOST_DATA_TEST_CASE(
    many_queries_at_a_time_each_get_their_own_answer,
    data::make(backends()),
    kind
) {
    DatabaseFixture f{kind};
    std::vector<Future<std::optional<database::Row>>> answers;
    for (int i = 0; i < 300; ++i) {
        answers.push_back(f.db.get(i % 2 == 0 ? "SELECT ? + 1 AS n" : "SELECT 1 + ? AS n", i));
    }
    BOOST_TEST(f.db.open_connections() == 0u);
    for (int i = 0; i < 300; ++i) {
        BOOST_TEST(f.wait(answers[static_cast<std::size_t>(i)])->get<int>("n") == i + 1);
    }
    BOOST_TEST(f.db.open_connections() <= 4u);
    BOOST_TEST(f.db.open_connections() >= 1u);
}

BOOST_DATA_TEST_CASE(an_error_among_many_queries_hits_no_other, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    std::vector<Future<database::Rows>> answers;
    for (int i = 0; i < 60; ++i) {
        answers.push_back(
            i % 3 == 1 ? f.db.query("SELECT * FROM nowhere") : f.db.query("SELECT ? + 0 AS n", i)
        );
    }
    for (int i = 0; i < 60; ++i) {
        const auto& answer = answers[static_cast<std::size_t>(i)];
        if (i % 3 == 1) {
            failure_of<database::ProgrammingError>(f, answer);
        } else {
            BOOST_TEST(f.wait(answer)[0].get<int>(0) == i);
        }
    }
}

BOOST_DATA_TEST_CASE(prepared_statements_make_room_for_others, data::make(backends()), kind) {
    auto options = with(&database::ConnectionOptions::statement_cache, 2);
    options.size = 1;
    DatabaseFixture f{kind, options};
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 5; ++i) {
            const auto sql = "SELECT ? + " + std::to_string(i) + " AS n";
            BOOST_TEST(f.wait(f.db.get(sql, round))->get<int>(0) == round + i);
        }
    }
}

BOOST_DATA_TEST_CASE(
    a_changed_schema_is_seen_by_prepared_statements,
    data::make(backends()),
    kind
) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    f.add("Ada");
    BOOST_TEST(f.wait(f.db.query("SELECT * FROM person"))[0].size() == 3u);
    f.wait(f.db.execute("ALTER TABLE person ADD COLUMN home varchar(20) DEFAULT 'London'"));
    const auto row = f.wait(f.db.query("SELECT * FROM person"))[0];
    BOOST_TEST(row.size() == 4u);
    BOOST_TEST(row.get<std::string>("home") == "London");
    f.wait(f.db.execute("ALTER TABLE person DROP COLUMN home"));
    BOOST_TEST(f.wait(f.db.query("SELECT * FROM person"))[0].size() == 3u);
}

BOOST_DATA_TEST_CASE(a_cancelled_query_is_cancelled_in_the_server, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.wait(f.db.query("SELECT 1"));
    const auto endless = f.db.query(f.backend->endless());
    f.turns();
    BOOST_TEST(endless.cancel());
    BOOST_TEST(
        f.wait(f.db.get("SELECT 1 AS one"))->get<int>(0) == 1
    );  // the only connection is free again
    BOOST_TEST(endless.cancelled());
}

BOOST_DATA_TEST_CASE(a_cancelled_query_takes_no_other_along, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.wait(f.db.query("SELECT 1"));
    const auto endless = f.db.query(f.backend->endless());
    std::vector<Future<std::optional<database::Row>>> others;
    for (int i = 0; i < 20; ++i) {
        others.push_back(f.db.get("SELECT ? + 0 AS n", i));
    }
    f.turns();
    others[3].cancel();
    endless.cancel();
    for (int i = 0; i < 20; ++i) {
        if (i != 3) {
            BOOST_TEST(f.wait(others[static_cast<std::size_t>(i)])->get<int>(0) == i);
        }
    }
}

BOOST_DATA_TEST_CASE(a_query_may_be_cancelled_before_it_is_sent, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    const auto early = f.db.execute("INSERT INTO person (name) VALUES ('early')");
    early.cancel();
    f.wait(f.db.query("SELECT 1"));
    const auto later = f.db.execute("INSERT INTO person (name) VALUES ('later')");
    later.cancel();
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(a_query_is_cancelled_at_whatever_moment, data::make(backends()), kind) {
    const LogCapture log;
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.wait(f.db.query("SELECT 1"));
    for (int turns = 0; turns < 24; ++turns) {
        // Each time another text, which the server has not prepared.
        const auto endless = f.db.query(
            f.backend->endless() + std::string(static_cast<std::size_t>(turns % 12) + 1, ' ')
        );
        f.turns(turns);
        endless.cancel();
        BOOST_TEST(f.wait(f.db.get("SELECT ? + 0 AS n", turns))->get<int>(0) == turns);
    }
    BOOST_TEST(log.count("does not answer to the cancellation") == 0);
}

BOOST_DATA_TEST_CASE(a_query_that_takes_too_long_is_cancelled, data::make(backends()), kind) {
    auto options = with(&database::ConnectionOptions::query_timeout, 20ms);
    options.size = 1;
    DatabaseFixture f{kind, options};
    BOOST_CHECK_THROW(f.wait(f.db.query(f.backend->endless())), tornado::ioloop::TimeoutError);
    database::Connection patient{f.backend->url()};
    BOOST_TEST(f.wait(patient.get("SELECT 1 AS one"))->get<int>(0) == 1);
    const auto waits = f.db.query(f.backend->endless());
    BOOST_CHECK_THROW(f.wait(waits), tornado::ioloop::TimeoutError);
    f.until([&] { return f.db.waiting() == 0; });
}

BOOST_DATA_TEST_CASE(who_waits_too_long_for_a_connection_is_told, data::make(backends()), kind) {
    auto options = with(&database::ConnectionOptions::acquire_timeout, 1'000ms);
    options.size = 1;
    DatabaseFixture f{kind, options};
    std::optional<database::Transaction> holding;
    while (!holding) {
        try {
            holding.emplace(f.wait(f.db.begin()));
        } catch (const database::OperationalError&) {
            // It took too long to open.
        }
    }
    const auto error = failure_of<database::OperationalError>(f, f.db.query("SELECT 1"));
    BOOST_TEST(std::string{error.what()}.find("busy for 1000 ms") != std::string::npos);
    BOOST_TEST(f.db.waiting() == 0u);
}

BOOST_DATA_TEST_CASE(no_more_wait_than_may, data::make(backends()), kind) {
    auto options = with(&database::ConnectionOptions::max_waiting, 2);
    options.size = 1;
    DatabaseFixture f{kind, options};
    auto holding = f.wait(f.db.begin());
    const auto first = f.db.query("SELECT 1");
    const auto second = f.db.query("SELECT 1");
    const auto error = failure_of<database::OperationalError>(f, f.db.query("SELECT 1"));
    BOOST_TEST(std::string{error.what()}.find("max_waiting") != std::string::npos);
    f.wait(holding.rollback());
    f.wait(first);
    f.wait(second);
}

BOOST_DATA_TEST_CASE(a_result_that_is_too_large_is_refused, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::max_result_size, 10'000)};
    const auto error = failure_of<database::DataError>(f, f.db.query(f.backend->series(100'000)));
    BOOST_TEST(std::string{error.what()}.find("iter()") != std::string::npos);
    BOOST_TEST(f.wait(f.db.query(f.backend->series(10))).size() == 10u);
}

BOOST_DATA_TEST_CASE(
    a_transaction_left_open_by_a_query_is_rolled_back,
    data::make(backends()),
    kind
) {
    const LogCapture log;
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    f.wait(f.db.execute("BEGIN"));
    f.wait(f.db.execute("INSERT INTO person (name) VALUES ('Ada')"));
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.rollback());
    BOOST_TEST(f.people() == 1);
    BOOST_TEST(log.count("has left a transaction open") >= 1);
}

BOOST_DATA_TEST_CASE(an_idle_connection_is_replaced, data::make(backends()), kind) {
    auto options = with(&database::ConnectionOptions::max_idle_time, 0s);
    options.size = 1;
    DatabaseFixture f{kind, options};
    f.wait(f.db.execute("CREATE TEMPORARY TABLE mine (id int)"));
    failure_of<database::ProgrammingError>(f, f.db.query("SELECT * FROM mine"));
}

BOOST_DATA_TEST_CASE(reconnect_replaces_the_connections, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.wait(f.db.execute("CREATE TEMPORARY TABLE mine (id int)"));
    f.wait(f.db.query("SELECT * FROM mine"));
    f.db.reconnect();
    failure_of<database::ProgrammingError>(f, f.db.query("SELECT * FROM mine"));
}

BOOST_DATA_TEST_CASE(close_cancels_what_is_under_way, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    const auto waiting = f.db.query("SELECT 1");
    f.wait(waiting);
    const auto endless = f.db.query(f.backend->endless());
    const auto beginning = f.db.begin();
    f.turns();
    f.db.close();
    f.db.close();
    BOOST_TEST(endless.cancelled());
    f.until([&] { return beginning.done(); });
    BOOST_TEST(beginning.cancelled());
    failure_of<database::InterfaceError>(f, f.db.query("SELECT 1"));
    failure_of<database::InterfaceError>(f, f.db.begin());
    BOOST_TEST(f.db.open_connections() == 0u);
}

BOOST_DATA_TEST_CASE(what_is_dropped_goes_on, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    f.db.execute("INSERT INTO person (name) VALUES ('Ada')");
    while (f.people() == 0) {
    }
}

const std::pair<const char*, const char*> bad_names[] = {
    {"blog.db", "it begins with the kind of database and a colon, as sqlite:blog.db"},
    {"oracle://ada:secret@host", "the kinds of databases are sqlite, postgresql and mysql"},
    {"sqlite:a?mode=x", "sqlite: the option mode is one of rwc, rw, ro"},
    {"sqlite:a?x=y", "sqlite: there is no option x"},
    {"postgresql://ada:secret/db", "postgresql"},
    {"postgresql://host/db?password=secret&sslmode", "postgresql"},
    {"mysql:ada:secret@host/db", "mysql"}};

BOOST_AUTO_TEST_CASE(a_malformed_url_is_refused_at_once) {
    const LoopFixture loop;
    for (const auto& [name, sentence] : bad_names) {
        try {
            const database::Connection db{name};
            BOOST_ERROR("it was taken");
        } catch (const database::InterfaceError& error) {
            BOOST_TEST(std::string{error.what()}.find(sentence) != std::string::npos, error.what());
            BOOST_TEST(std::string{error.what()}.find("secret") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(options_without_any_connection_are_refused_at_once) {
    const LoopFixture loop;
    for (const auto member :
         {&database::ConnectionOptions::size, &database::ConnectionOptions::pipeline}) {
        BOOST_CHECK_THROW(
            (database::Connection{"sqlite::memory:", with(member, 0)}), database::InterfaceError
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()
