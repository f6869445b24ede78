#ifdef TORNADO_HAS_LIBPQ
#include <boost/test/unit_test.hpp>
#include <limits>
#include <tornado/database/errors.hpp>

#include "driver_fixture.hpp"
#include "relay.hpp"

namespace database = tornado::database;
using database::FaultKind;
using database::Params;
using database::Type;

namespace {

class PostgreSQLFixture : public DriverFixture {
public:
    PostgreSQLFixture() {
        options.statement_cache = 8;
        make_driver(Servers::instance().get("postgresql").url);
        connect();
    }
    void make_driver(const std::string& url) {
        driver =
            database::make_postgresql_driver(database::parse_database_url(url).value(), options);
    }
    database::Block one_row(const std::string& sql) { return *get(sql)->outcome.rows; }
    std::string own_pid() { return get("SELECT pg_backend_pid()")->text(); }
    /// How many statements the server keeps for it.
    std::string prepared() { return get("SELECT count(*) FROM pg_prepared_statements")->text(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(
    postgresql_connection,
    *boost::unit_test::precondition(NeedsServer{"postgresql"})
)

BOOST_FIXTURE_TEST_CASE(values_come_as_what_they_are, PostgreSQLFixture) {
    const auto row = one_row(
        "SELECT NULL, true, false, 1::int2, -2::int4, 9223372036854775807::int8, 1.5::float4, "
        "0.1::float8, 'text', ''::text, '\\x00ff'::bytea, 12.340::numeric, '2026-11-26'::date, "
        "'{\"a\":1}'::jsonb, 'NaN'::float8, '-Infinity'::float8"
    );
    const Type types[] = {
        Type::null,
        Type::boolean,
        Type::boolean,
        Type::integer,
        Type::integer,
        Type::integer,
        Type::real,
        Type::real,
        Type::text,
        Type::text,
        Type::blob,
        Type::text,
        Type::text,
        Type::text,
        Type::real,
        Type::real};
    for (std::size_t i = 0; i < std::size(types); ++i) {
        BOOST_TEST_INFO("column " << i);
        BOOST_TEST((row.value(0, i).type() == types[i]));
    }
    BOOST_TEST(row.value(0, 5).raw_integer() == std::numeric_limits<std::int64_t>::max());
    BOOST_TEST(row.value(0, 7).raw_real() == 0.1);
    BOOST_TEST(row.value(0, 10).raw_text() == (std::string{'\0', '\xff'}));
    BOOST_TEST(row.value(0, 11).raw_text() == "12.340");
    BOOST_TEST(row.value(0, 13).raw_text() == "{\"a\": 1}");
    BOOST_TEST((row.value(0, 14).raw_real() != row.value(0, 14).raw_real()));
}

BOOST_FIXTURE_TEST_CASE(parameters_arrive_as_what_they_are, PostgreSQLFixture) {
    const auto types = get(
        "SELECT pg_typeof(?)::text, pg_typeof(?)::text, pg_typeof(?)::text, pg_typeof(?)::text, "
        "pg_typeof(?)::text",
        true,
        1,
        std::int64_t{1} << 40,
        0.5,
        database::Blob{std::byte{7}}
    );
    const std::string expected[] = {"boolean", "integer", "bigint", "double precision", "bytea"};
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        BOOST_TEST(types->text(0, i) == expected[i]);
    }
    const auto row = *get("SELECT ?, ?, ?, ?::text, ?, ?, ?::date - ?::date",
                          true,
                          std::numeric_limits<std::int64_t>::min(),
                          -1.25e-300,
                          nullptr,
                          "t\xc3\xa9xt'?",
                          database::Blob{std::byte{0}, std::byte{255}},
                          "2026-11-27",
                          "2026-11-26")
                          ->outcome.rows;
    BOOST_TEST(row.value(0, 0).as_boolean());
    BOOST_TEST(row.value(0, 1).as_integer() == std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(row.value(0, 2).as_real() == -1.25e-300);
    BOOST_TEST(row.value(0, 3).is_null());
    BOOST_TEST(row.value(0, 4).as_view() == "t\xc3\xa9xt'?");
    BOOST_TEST(row.value(0, 5).raw_text() == (std::string{'\0', '\xff'}));
    BOOST_TEST(row.value(0, 6).as_integer() == 1);
}

BOOST_FIXTURE_TEST_CASE(a_nul_in_text_is_refused, PostgreSQLFixture) {
    const auto fault = get_fault("SELECT ?", std::string{"a\0b", 3});
    BOOST_TEST((fault.kind == FaultKind::data));
    BOOST_TEST(get("SELECT 1")->text() == "1");
}

BOOST_FIXTURE_TEST_CASE(as_many_parameters_as_question_marks, PostgreSQLFixture) {
    BOOST_TEST((get_fault("SELECT ?, ?", 1).kind == FaultKind::programming));
    BOOST_TEST((get_fault("SELECT 1", 1).kind == FaultKind::programming));
}

BOOST_FIXTURE_TEST_CASE(a_failure_takes_nobody_with_it, PostgreSQLFixture) {
    get("CREATE TEMPORARY TABLE t (a int PRIMARY KEY)");
    std::vector<std::shared_ptr<Asked>> all;
    for (const int a : {1, 2, 1, 3, 2, 4}) {
        all.push_back(ask("INSERT INTO t VALUES (?)", a));
    }
    all.push_back(ask("nonsense"));
    all.push_back(ask("SELECT count(*) FROM t"));
    wait_for(all.back());
    BOOST_TEST(all.back()->text() == "4");
    for (const std::size_t i : {0U, 1U, 3U, 5U}) {
        BOOST_TEST(!all[i]->fault);
        BOOST_TEST(all[i]->outcome.affected == 1);
    }
    BOOST_TEST(all[2]->code() == "23505");
    BOOST_TEST((all[4]->fault->kind == FaultKind::integrity));
    BOOST_TEST(
        all[4]->fault->text ==
        "duplicate key value violates unique constraint \"t_pkey\"; Key (a)=(2) already "
        "exists."
    );
    BOOST_TEST(all[6]->code() == "42601");
}

BOOST_FIXTURE_TEST_CASE(several_are_under_way_at_once, PostgreSQLFixture) {
    get("SELECT pg_advisory_lock(7)");
    auto holder = std::exchange(connection, nullptr);
    Relay relay{Servers::instance().get("postgresql").url};
    make_driver(relay.url());
    connect();
    const auto held_up = ask("SELECT pg_advisory_lock(7)");
    std::vector<std::shared_ptr<Asked>> all;
    for (int i = 0; i < 15; ++i) {
        all.push_back(ask("SELECT ? AS number" + std::to_string(i), i));
    }
    until([&] { return relay.sent().find("number14") != std::string::npos; });
    BOOST_TEST(!held_up->done);
    std::swap(connection, holder);
    get("SELECT pg_advisory_unlock(7)");
    wait_for(all.back());
    BOOST_TEST(held_up->done);
    for (int i = 0; i < 15; ++i) {
        BOOST_TEST(all[static_cast<std::size_t>(i)]->text() == std::to_string(i));
    }
}

BOOST_FIXTURE_TEST_CASE(
    two_that_prepare_the_same_wrong_statement_hear_the_same,
    PostgreSQLFixture
) {
    const auto first = ask("SELECT nothing FROM nowhere WHERE a = ?", 1);
    const auto second = ask("SELECT nothing FROM nowhere WHERE a = ?", 1);
    wait_for(second);
    BOOST_TEST(first->code() == "42P01");
    BOOST_TEST(second->code() == "42P01");
}

BOOST_FIXTURE_TEST_CASE(statements_are_prepared_once, PostgreSQLFixture) {
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(get("SELECT ? + 1", i)->text() == std::to_string(i + 1));
    }
    BOOST_TEST(prepared() == "2");  // with this one
    get("SELECT ? + 1", std::int64_t{1} << 40);
    BOOST_TEST(prepared() == "3");  // for another type
}

BOOST_FIXTURE_TEST_CASE(those_used_last_stay_prepared, PostgreSQLFixture) {
    for (int i = 0; i < 50; ++i) {
        get("SELECT " + std::to_string(i));
        get("SELECT 'often'");
    }
    get("SELECT 1");
    BOOST_TEST(std::stoi(prepared()) <= 9);  // one is dropped for the next
    BOOST_TEST(
        get("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%often%' AND "
            "statement NOT LIKE '%count%'")
            ->text() == "1"
    );
}

BOOST_FIXTURE_TEST_CASE(a_statement_whose_result_has_changed_is_prepared_anew, PostgreSQLFixture) {
    get("CREATE TEMPORARY TABLE t AS SELECT 1 AS a");
    BOOST_TEST(get("SELECT * FROM t")->outcome.rows->columns().size() == 1U);
    get("ALTER TABLE t ADD COLUMN b text DEFAULT 'new'");
    const auto after = get("SELECT * FROM t");
    BOOST_TEST(after->outcome.rows->columns().size() == 2U);
    BOOST_TEST(after->text(0, 1) == "new");
}

BOOST_FIXTURE_TEST_CASE(
    statements_that_the_server_has_forgotten_are_prepared_anew,
    PostgreSQLFixture
) {
    BOOST_TEST(get("SELECT ?", 1)->text() == "1");
    get("DEALLOCATE ALL");
    BOOST_TEST(get("SELECT ?", 1)->text() == "1");
    get("DISCARD ALL");
    BOOST_TEST(get("SELECT ?", 1)->text() == "1");
    for (int i = 0; i < 30; ++i) {  // and what is dropped now is not there
        get("SELECT " + std::to_string(i));
    }
}

BOOST_FIXTURE_TEST_CASE(
    a_large_result_streams_in_blocks_and_waits_for_its_reader,
    PostgreSQLFixture
) {
    std::shared_ptr<Asked> asked;
    auto command = question("SELECT i, repeat('x', 100) FROM generate_series(1, 100000) i", asked);
    command->wanted = Wanted::stream;
    asked->has_room = false;
    connection->submit(std::move(command));
    until([&] { return !asked->blocks.empty(); });
    const auto next = ask("SELECT 'next'");
    turns();
    BOOST_TEST(asked->blocks.size() <= 2U);
    BOOST_TEST(!asked->done);
    BOOST_TEST(asked->blocks[0]->size() < 2 * database::Command::block_size);
    asked->has_room = true;
    connection->resume(*asked->command);
    wait_for(asked);
    BOOST_TEST(!asked->fault);
    BOOST_TEST(asked->streamed() == 100'000U);
    BOOST_TEST(
        asked->blocks.back()->value(asked->blocks.back()->rows() - 1, 0).as_integer() == 100'000
    );
    wait_for(next);
    BOOST_TEST(next->text() == "next");
}

BOOST_FIXTURE_TEST_CASE(what_waits_behind_one_that_is_cancelled_is_done, PostgreSQLFixture) {
    get("CREATE TEMPORARY TABLE t (a int)");
    for (int round = 0; round < 20; ++round) {
        const auto slow = ask(round % 2 == 0 ? "SELECT pg_sleep(1000)" : "SELECT 1");
        std::vector<std::shared_ptr<Asked>> others;
        for (int i = 0; i < 5; ++i) {
            others.push_back(ask("INSERT INTO t SELECT ? FROM pg_sleep(0.001)", round * 5 + i));
        }
        if (round % 4 > 1) {
            turns(round);
        }
        if (slow->command != nullptr) {
            connection->cancel(*slow->command);
        }
        const auto after = ask("SELECT 'after'");
        wait_for(after);
        BOOST_TEST(slow->done);
        BOOST_TEST(after->text() == "after");
        for (const auto& other : others) {
            wait_for(other);  // it may have been done again
            BOOST_TEST(other->code() == "");
        }
    }
    BOOST_TEST(
        get("SELECT count(DISTINCT a) || ' of ' || count(*) FROM t")->text() == "100 of 100"
    );
}

BOOST_FIXTURE_TEST_CASE(one_that_waits_its_turn_is_cancelled_when_that_comes, PostgreSQLFixture) {
    const auto first = ask("SELECT pg_sleep(0.05)");
    const auto second = ask("SELECT pg_sleep(1000)");
    connection->cancel(*second->command);
    wait_for(second);
    BOOST_TEST(!first->fault);
    BOOST_TEST(second->fault->cancelled);
}

BOOST_FIXTURE_TEST_CASE(many_runs_are_done_all_or_none, PostgreSQLFixture) {
    get("CREATE TEMPORARY TABLE t (a int PRIMARY KEY, b text)");
    std::vector<Params> runs;
    for (int i = 0; i < 2000; ++i) {
        runs.push_back(i % 3 == 0 ? Params{i, nullptr} : Params{i, "text"});
    }
    const auto all = ask_many("INSERT INTO t VALUES (?, ?)", runs);
    const auto behind = ask("SELECT count(*), count(b) FROM t");
    wait_for(behind);
    BOOST_TEST(!all->fault);
    BOOST_TEST(all->outcome.affected == 2000);
    BOOST_TEST(behind->text(0, 0) == "2000");
    BOOST_TEST(behind->text(0, 1) == "1333");
    for (const int bad : {0, 1, 1000, 1999}) {
        auto others = runs;
        for (int i = 0; i < 2000; ++i) {
            others[static_cast<std::size_t>(i)] = Params{i == bad ? 5 : 10'000 + i, "other"};
        }
        const auto none = ask_many("INSERT INTO t VALUES (?, ?)", others);
        wait_for(none);
        BOOST_TEST(none->code() == "23505");
        BOOST_TEST(get("SELECT count(*) FROM t")->text() == "2000");
    }
    const auto nothing = ask_many("INSERT INTO t VALUES (?, ?)", {});
    BOOST_TEST(!nothing->done);
    wait_for(nothing);
    BOOST_TEST(nothing->outcome.affected == 0);
}

BOOST_FIXTURE_TEST_CASE(many_runs_that_are_cancelled_leave_nothing, PostgreSQLFixture) {
    get("CREATE TEMPORARY TABLE t (a int, b text)");
    std::vector<Params> runs;
    for (int i = 0; i < 20'000; ++i) {
        runs.push_back(Params{i, "text"});
    }
    const auto all = ask_many("INSERT INTO t VALUES (?, ?)", runs);
    turns(3);
    BOOST_REQUIRE(all->command != nullptr);
    connection->cancel(*all->command);
    wait_for(all);
    BOOST_TEST(all->fault->cancelled);
    BOOST_TEST(get("SELECT count(*) FROM t")->text() == "0");
}

BOOST_FIXTURE_TEST_CASE(transactions_are_noticed, PostgreSQLFixture) {
    BOOST_TEST(!connection->in_transaction());
    get("BEGIN");
    BOOST_TEST(connection->in_transaction());
    get_fault("SELECT 1 / 0");
    BOOST_TEST(connection->in_transaction());
    BOOST_TEST(get_fault("SELECT 1").code == "25P02");
    get("ROLLBACK");
    BOOST_TEST(!connection->in_transaction());
    const auto begun = ask("BEGIN");
    const auto inside = ask("SELECT 1");
    begun->at_end = [&] { BOOST_TEST(connection->in_transaction()); };
    wait_for(inside);
    BOOST_TEST(connection->in_transaction());
    get("COMMIT");
    BOOST_TEST(!connection->in_transaction());
}

BOOST_FIXTURE_TEST_CASE(counts_and_identifiers_are_told, PostgreSQLFixture) {
    get("CREATE TEMPORARY TABLE t (id serial, a int)");
    const auto inserted =
        ask_for(Wanted::summary, "INSERT INTO t (a) VALUES (?), (?) RETURNING id", 1, 2);
    wait_for(inserted);
    BOOST_TEST(inserted->outcome.affected == 2);
    BOOST_TEST(inserted->outcome.last_row_id == 2);
    BOOST_TEST(get("UPDATE t SET a = 7")->outcome.affected == 2);
    BOOST_TEST(get("SELECT * FROM t")->outcome.affected == 2);
    BOOST_TEST(!get("")->outcome.rows);
    BOOST_TEST(get("SELECT a FROM t WHERE false")->outcome.rows->columns()[0] == "a");
}

BOOST_FIXTURE_TEST_CASE(a_result_that_is_too_large_fails, PostgreSQLFixture) {
    for (const std::string sql :
         {"SELECT repeat('x', 1000000)",
          "SELECT generate_series(1, 30000000), repeat('x', 1000)"}) {
        std::shared_ptr<Asked> asked;
        auto command = question(sql, asked);
        command->size_limit = 100'000;
        connection->submit(std::move(command));
        wait_for(asked);
        BOOST_REQUIRE(asked->fault);
        BOOST_TEST(asked->fault->text == database::result_too_large(100'000).text);
        BOOST_TEST(get("SELECT 1")->text() == "1");
    }
}

BOOST_FIXTURE_TEST_CASE(copy_is_refused, PostgreSQLFixture) {
    const auto fault = get_fault("COPY pg_class TO STDOUT");
    BOOST_TEST((fault.kind == FaultKind::not_supported));
    BOOST_TEST(!fault.lost);
    until([&] { return lost.has_value(); });
    BOOST_TEST(connection->lost());
}

const std::pair<std::string, FaultKind> failures[] = {
    {"SELECT 1 / 0", FaultKind::data},
    {"SELECT 'a'::int", FaultKind::data},
    {"SELECT 100000::int2", FaultKind::data},
    {"SELECT a", FaultKind::programming},
    {"SELEKT", FaultKind::programming},
    {"SELECT 1; SELECT 2", FaultKind::programming},
    {"SELECT $1", FaultKind::programming},
    {"DO $$BEGIN RAISE 'x'; END$$", FaultKind::programming},
    {"DO $$BEGIN RAISE 'x' USING ERRCODE = '40001'; END$$", FaultKind::operational},
    {"DO $$BEGIN RAISE 'x' USING ERRCODE = '23514'; END$$", FaultKind::integrity},
    {"DO $$BEGIN RAISE 'x' USING ERRCODE = '0A000'; END$$", FaultKind::not_supported},
    {"DO $$BEGIN RAISE 'x' USING ERRCODE = 'XX000'; END$$", FaultKind::internal},
};

BOOST_FIXTURE_TEST_CASE(failures_are_of_their_kind, PostgreSQLFixture) {
    for (const auto& [sql, kind] : failures) {
        BOOST_TEST_INFO(sql);
        const auto fault = get_fault(sql);
        BOOST_TEST((fault.kind == kind));
        BOOST_TEST(!fault.lost);
        BOOST_TEST(!fault.text.empty());
    }
}

BOOST_FIXTURE_TEST_CASE(each_of_those_that_cannot_be_prepared_is_told_why, PostgreSQLFixture) {
    std::vector<std::shared_ptr<Asked>> all(5);
    for (auto& asked : all) {
        asked = ask("SELECT * FROM nowhere WHERE id = ?", 1);
    }
    for (const auto& asked : all) {
        wait_for(asked);
        BOOST_TEST(asked->code() == "42P01");
    }
}

BOOST_FIXTURE_TEST_CASE(who_leaves_while_it_is_prepared_takes_no_other_along, PostgreSQLFixture) {
    get("DROP TABLE IF EXISTS locked");
    get("CREATE TABLE locked (id int)");
    auto mine = std::exchange(connection, nullptr);
    connect();
    get("BEGIN");
    get("LOCK TABLE locked");
    std::swap(mine, connection);
    std::vector<std::shared_ptr<Asked>> all(4);
    for (auto& asked : all) {
        asked = ask("SELECT count(*) FROM locked WHERE id = ?", 1);
    }
    turns();
    connection->cancel(*all[0]->command);
    connection->cancel(*all[1]->command);
    wait_for(all[0]);
    std::swap(mine, connection);
    get("ROLLBACK");
    std::swap(mine, connection);
    for (const auto& asked : {all[2], all[3]}) {
        wait_for(asked);
        BOOST_TEST(asked->code() == "");
    }
    get("DROP TABLE locked");
}

BOOST_FIXTURE_TEST_CASE(more_values_than_it_can_count_hurt_nobody_else, PostgreSQLFixture) {
    std::string sql = "SELECT 1 WHERE 1 IN (?";
    Params params;
    params.add(1);
    for (int i = 1; i < 65'535; ++i) {
        sql += ", ?";
        params.add(1);
    }
    const auto ask_with = [&](const std::string& text) {
        std::shared_ptr<Asked> asked;
        auto command = question(text, asked);
        command->params = params;
        connection->submit(std::move(command));
        return asked;
    };
    const auto most = ask_with(sql + ")");
    params.add(1);
    const auto too_many = ask_with(sql + ", ?)");
    wait_for(most);
    BOOST_TEST(most->text() == "1");
    BOOST_TEST((too_many->fault->kind == FaultKind::programming));
    BOOST_TEST(get("SELECT 2")->text() == "2");
}

BOOST_FIXTURE_TEST_CASE(the_session_is_as_values_need_it, PostgreSQLFixture) {
    BOOST_TEST(get("SHOW TimeZone")->text() == "UTC");
    BOOST_TEST(get("SHOW client_encoding")->text() == "UTF8");
    BOOST_TEST(
        get("SELECT '2026-11-26 12:00:00+02'::timestamptz")->text() == "2026-11-26 10:00:00+00"
    );
}

BOOST_FIXTURE_TEST_CASE(notifications_come, PostgreSQLFixture) {
    get("LISTEN \"news\"");
    get("SELECT pg_notify('news', ?)", "here");
    until([&] { return notifications.size() == 1; });
    const auto here = std::move(connection);
    connect();
    get("SELECT pg_notify('news', ?)", "from elsewhere");
    until([&] { return notifications.size() == 2; });
    BOOST_TEST(notifications[0].first == "news");
    BOOST_TEST(notifications[0].second == "here");
    BOOST_TEST(notifications[1].second == "from elsewhere");
}

BOOST_FIXTURE_TEST_CASE(over_a_unix_socket, PostgreSQLFixture) {
    const auto& server = Servers::instance().get("postgresql");
    make_driver(server.socket_url);
    connect();
    BOOST_TEST(get("SELECT inet_client_addr() IS NULL")->text() == get("SELECT true")->text());
}

BOOST_FIXTURE_TEST_CASE(who_needs_a_password_and_has_none_is_told_at_once, PostgreSQLFixture) {
    const auto url = Servers::instance().get("postgresql").url;
    make_driver("postgresql://tornado" + url.substr(url.find('@')));
    bool is_lost = true;
    try {
        wait(driver->connect());
    } catch (const database::ConnectFault& failure) {
        is_lost = failure.fault.lost;
    }
    BOOST_TEST(!is_lost);
}

BOOST_FIXTURE_TEST_CASE(the_server_s_last_words_are_told, PostgreSQLFixture) {
    const auto pid = own_pid();
    const auto mine = std::exchange(connection, nullptr);
    connect();
    get("SELECT pg_terminate_backend(?)", std::stoi(pid));
    until([&] { return lost.has_value(); });
    BOOST_TEST(lost->text == "terminating connection due to administrator command");
}

BOOST_AUTO_TEST_CASE(urls_that_cannot_be_used_are_refused) {
    const auto refuse = [](const std::string& url) {
        BOOST_CHECK_THROW(
            static_cast<void>(
                database::make_postgresql_driver(database::parse_database_url(url).value(), {})
            ),
            database::InterfaceError
        );
    };
    refuse("postgresql://host");
    refuse("postgresql://host/");
    refuse("postgresql://host/test?nonsense=1");
    refuse("postgresql://host/test?client_encoding=LATIN1");
    refuse("postgresql://host/test?password=x");
}

BOOST_AUTO_TEST_SUITE_END()
#endif
