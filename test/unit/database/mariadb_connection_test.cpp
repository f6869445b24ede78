#ifdef TORNADO_HAS_MARIADB
#include <boost/test/unit_test.hpp>
#include <limits>
#include <tornado/database/errors.hpp>

#include "driver_fixture.hpp"

namespace database = tornado::database;
using database::FaultKind;
using database::Params;
using database::Type;

namespace {

class MariaDBFixture : public DriverFixture {
public:
    MariaDBFixture() {
        options.statement_cache = 8;
        make_driver(Servers::instance().get("mariadb").url);
        connect();
    }
    void make_driver(const std::string& url) {
        driver = database::make_mariadb_driver(database::parse_database_url(url).value(), options);
    }
    std::string own_id() { return get("SELECT connection_id()")->text(); }
    /// Waits until the server does what another connection asked it to do.
    void until_busy(const std::string& with) {
        auto mine = std::exchange(connection, nullptr);
        connection = wait(driver->connect());
        while (get("SELECT count(*) FROM information_schema.processlist WHERE info LIKE ?", with)
                   ->text() == "0") {
        }
        connection = std::move(mine);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mariadb_connection, *boost::unit_test::precondition(NeedsServer{"mariadb"}))

BOOST_FIXTURE_TEST_CASE(values_come_as_what_they_are, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE v (a tinyint, b smallint unsigned, c mediumint, d int, e bigint, "
        "f bigint unsigned, g float, h double, i decimal(10,3), j char(3), k varchar(9), l text, "
        "m binary(2), n varbinary(9), o blob, p date, q time, r datetime(6), s timestamp(3), "
        "t year, u bit(9), v json, w enum('x','y'), x set('x','y'), y bool, z longtext) "
        "CHARACTER SET utf8mb4");
    get("INSERT INTO v VALUES (-1, 65535, -8388608, 5, -9223372036854775808, "
        "18446744073709551615, 0.1, 0.1, 12.340, 'abc', '', 't\xc3\xa9xt \xf0\x9f\x98\x80', "
        "x'00ff', x'', x'00ff', '2026-11-26', '-12:34:56', '2026-11-26 11:14:43.120000', "
        "'2026-11-26 11:14:43.125', 2026, b'100000001', '{\"a\": 1}', 'y', 'x,y', true, ?)",
        std::string(100'000, 'z'));
    const auto asked = get("SELECT *, NULL FROM v");
    const auto& rows = *asked->outcome.rows;
    const std::pair<Type, std::string> expected[] = {
        {Type::integer, "-1"},
        {Type::integer, "65535"},
        {Type::integer, "-8388608"},
        {Type::integer, "5"},
        {Type::integer, "-9223372036854775808"},
        {Type::text, "18446744073709551615"},
        {Type::real, "0.1"},
        {Type::real, "0.1"},
        {Type::text, "12.340"},
        {Type::text, "abc"},
        {Type::text, ""},
        {Type::text, "t\xc3\xa9xt \xf0\x9f\x98\x80"},
        {Type::blob, std::string{"\0\xff", 2}},
        {Type::blob, ""},
        {Type::blob, std::string{"\0\xff", 2}},
        {Type::text, "2026-11-26"},
        {Type::text, "-12:34:56"},
        {Type::text, "2026-11-26 11:14:43.120000"},
        {Type::text, "2026-11-26 11:14:43.125"},
        {Type::integer, "2026"},
        {Type::integer, "257"},
        {Type::text, "{\"a\": 1}"},
        {Type::text, "y"},
        {Type::text, "x,y"},
        {Type::integer, "1"},
        {Type::text, std::string(100'000, 'z')},
    };
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        BOOST_TEST_INFO("column " << rows.columns()[i]);
        const auto value = rows.value(0, i);
        BOOST_TEST((value.type() == expected[i].first));
        const auto text =
            value.type() == Type::blob ? std::string{value.raw_text()} : value.as_string();
        BOOST_TEST(text == expected[i].second);
    }
    BOOST_TEST(rows.value(0, std::size(expected)).is_null());
}

BOOST_FIXTURE_TEST_CASE(parameters_arrive_as_what_they_are, MariaDBFixture) {
    const auto asked =
        get("SELECT ?, ?, ?, ?, ?, ?, ? + 1",
            true,
            std::numeric_limits<std::int64_t>::min(),
            -1.25e-300,
            nullptr,
            std::string{"t\xc3\xa9xt'?\0x", 9},
            database::Blob{std::byte{0}, std::byte{255}},
            7);
    const auto& row = *asked->outcome.rows;
    BOOST_TEST(row.value(0, 0).as_boolean());
    BOOST_TEST(row.value(0, 1).as_integer() == std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(row.value(0, 2).as_real() == -1.25e-300);
    BOOST_TEST(row.value(0, 3).is_null());
    BOOST_TEST(row.value(0, 4).as_view() == (std::string_view{"t\xc3\xa9xt'?\0x", 9}));
    BOOST_TEST(row.value(0, 5).raw_text() == (std::string{'\0', '\xff'}));
    BOOST_TEST(row.value(0, 6).as_integer() == 8);
    BOOST_TEST((get_fault("SELECT ?, ?", 1).kind == FaultKind::programming));
    BOOST_TEST((get_fault("SELECT 1", 1).kind == FaultKind::programming));
}

BOOST_FIXTURE_TEST_CASE(the_session_is_as_torndb_made_it, MariaDBFixture) {
    BOOST_TEST(get("SELECT @@time_zone")->text() == "+00:00");
    BOOST_TEST(get("SELECT @@sql_mode")->text().find("STRICT_ALL_TABLES") != std::string::npos);
    BOOST_TEST(get("SELECT @@character_set_connection")->text() == "utf8mb4");
    BOOST_TEST(get("SELECT @@character_set_results")->text() == "utf8mb4");
    BOOST_TEST(get("SELECT @@autocommit")->text() == "1");
    get("CREATE OR REPLACE TABLE strict (a tinyint)");
    BOOST_TEST((get_fault("INSERT INTO strict VALUES (1000)").kind == FaultKind::data));
}

BOOST_FIXTURE_TEST_CASE(commands_wait_for_each_other, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t (a int PRIMARY KEY)");
    std::vector<std::shared_ptr<Asked>> all;
    for (const int a : {1, 2, 1, 3}) {
        all.push_back(ask("INSERT INTO t VALUES (?)", a));
    }
    all.push_back(ask("nonsense"));
    all.push_back(ask("SELECT count(*) FROM t"));
    wait_for(all.back());
    BOOST_TEST(all.back()->text() == "3");
    BOOST_TEST(all[2]->code() == "1062");
    BOOST_TEST((all[2]->fault->kind == FaultKind::integrity));
    BOOST_TEST(all[4]->code() == "1064");
}

BOOST_FIXTURE_TEST_CASE(those_used_last_stay_prepared, MariaDBFixture) {
    const auto prepared = [&] {
        return std::stoi(get("SHOW STATUS LIKE 'Com_stmt_prepare'")->text(0, 1));
    };
    const auto before = prepared();
    for (int i = 0; i < 30; ++i) {
        get("SELECT " + std::to_string(i));
        get("SELECT 'often'");
    }
    BOOST_TEST(prepared() - before == 32);  // with this one
}

BOOST_FIXTURE_TEST_CASE(a_statement_whose_result_has_changed_is_read_anew, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t AS SELECT 1 AS a");
    BOOST_TEST(get("SELECT * FROM t")->outcome.rows->columns().size() == 1U);
    get("ALTER TABLE t ADD COLUMN b text DEFAULT 'new'");
    const auto wider = get("SELECT * FROM t");
    BOOST_TEST(wider->outcome.rows->columns().size() == 2U);
    BOOST_TEST(wider->text(0, 1) == "new");
    get("ALTER TABLE t MODIFY a varchar(10), DROP COLUMN b");
    get("UPDATE t SET a = 'text'");
    const auto other = get("SELECT * FROM t");
    BOOST_TEST(other->outcome.rows->columns().size() == 1U);
    BOOST_TEST(other->text() == "text");
}

BOOST_FIXTURE_TEST_CASE(what_changes_rows_and_gives_them_sees_new_columns_too, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, name text)");
    const std::string insert = "INSERT INTO t (name) VALUES (?) RETURNING *";
    const std::string with = "/* all */ WITH a AS (SELECT * FROM t) SELECT * FROM a";
    const std::string show = "SHOW COLUMNS FROM t";
    for (const auto& sql : {with, show}) {
        get(sql);
    }
    get(insert, "one");
    get("ALTER TABLE t ADD COLUMN more int DEFAULT 9");
    const auto wider = get(insert, "two");
    BOOST_TEST(wider->outcome.rows->columns().size() == 3U);
    BOOST_TEST(wider->text(0, 2) == "9");
    BOOST_TEST(get(with)->text(1, 2) == "9");
    BOOST_TEST(get(show)->outcome.rows->rows() == 3U);
    get("ALTER TABLE t DROP COLUMN more");
    BOOST_TEST(get(insert, "three")->outcome.rows->columns().size() == 2U);
    BOOST_TEST(get("SELECT count(*) FROM t")->text() == "3");
}

BOOST_FIXTURE_TEST_CASE(a_column_s_new_name_is_told, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t AS SELECT 1 AS id, 'text' AS name");
    const std::string select = "SELECT * FROM t WHERE id = ?";
    BOOST_TEST(get(select, 1)->outcome.rows->columns()[1] == "name");
    get("ALTER TABLE t RENAME COLUMN name TO title");
    for (int i = 0; i < 2; ++i) {
        const auto asked = get(select, 1);
        BOOST_TEST(asked->outcome.rows->columns()[1] == "title");
        BOOST_TEST(asked->text(0, 1) == "text");
    }
}

BOOST_FIXTURE_TEST_CASE(what_failed_once_can_be_done_again, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t (id int PRIMARY KEY)");
    const std::string insert = "INSERT INTO t VALUES (?) RETURNING id";
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(get(insert, i)->text() == std::to_string(i));
        BOOST_TEST((get_fault(insert, 0).kind == FaultKind::integrity));
    }
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_prepared_is_sent_as_it_is, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t (a int)");
    get("LOCK TABLES t WRITE");
    get("UNLOCK TABLES");
    get("USE test");
    get("PREPARE s FROM 'SELECT 1'");
    BOOST_TEST((get_fault("EXECUTE s").kind == FaultKind::not_supported));
    get("CREATE OR REPLACE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END");
    BOOST_TEST(get("CALL p()")->text() == "1");
    BOOST_TEST(get("SELECT 3")->text() == "3");
}

BOOST_FIXTURE_TEST_CASE(a_large_result_streams_in_blocks_and_waits_for_its_reader, MariaDBFixture) {
    std::shared_ptr<Asked> asked;
    auto command = question("SELECT seq, repeat('x', 100) FROM seq_1_to_100000", asked);
    command->wanted = Wanted::stream;
    asked->has_room = false;
    connection->submit(std::move(command));
    until([&] { return !asked->blocks.empty(); });
    const auto next = ask("SELECT 'next'");
    turns();
    BOOST_TEST(asked->blocks.size() == 1U);
    BOOST_TEST(asked->blocks[0]->size() < 2 * database::Command::block_size);
    asked->has_room = true;
    connection->resume(*asked->command);
    wait_for(asked);
    BOOST_TEST(!asked->fault);
    BOOST_TEST(asked->streamed() == 100'000U);
    wait_for(next);
    BOOST_TEST(next->text() == "next");
}

BOOST_FIXTURE_TEST_CASE(what_waits_behind_one_that_is_cancelled_is_done, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t (a int)");
    for (int round = 0; round < 12; ++round) {
        const auto slow = ask(round % 2 == 0 ? "SELECT seq FROM seq_1_to_100000000" : "SELECT 1");
        const auto dropped = ask("INSERT INTO t VALUES (-1)");
        const auto other = ask("INSERT INTO t SELECT ?", round);
        turns(round);
        if (dropped->command != nullptr) {
            connection->cancel(*dropped->command);
        }
        if (slow->command != nullptr) {
            connection->cancel(*slow->command);
        }
        wait_for(other);
        BOOST_TEST(slow->done);
        BOOST_TEST(other->code() == "");
    }
    BOOST_TEST(get("SELECT count(*) FROM t WHERE a >= 0")->text() == "12");
}

BOOST_FIXTURE_TEST_CASE(many_runs_are_done_all_or_none, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t (a int PRIMARY KEY, b text) ENGINE=InnoDB");
    std::vector<Params> runs;
    for (int i = 0; i < 300; ++i) {
        runs.push_back(i % 3 == 0 ? Params{i, nullptr} : Params{i, "text"});
    }
    const auto executions = [&] {
        return std::stoi(get("SHOW STATUS LIKE 'Com_stmt_execute'")->text(0, 1));
    };
    const auto before = executions();
    const auto all = ask_many("INSERT INTO t VALUES (?, ?)", runs);
    const auto behind = ask("SELECT count(*), count(b) FROM t");
    wait_for(behind);
    BOOST_TEST(!all->fault);
    BOOST_TEST(all->outcome.affected == 300);
    BOOST_TEST(executions() - before < 10);
    BOOST_TEST(behind->text(0, 1) == "200");
    for (const int bad : {0, 150, 299}) {
        auto others = runs;
        for (int i = 0; i < 300; ++i) {
            others[static_cast<std::size_t>(i)] = Params{i == bad ? 5 : 10'000 + i, "other"};
        }
        const auto none = ask_many("INSERT INTO t VALUES (?, ?)", others);
        wait_for(none);
        BOOST_TEST(none->code() == "1062");
        BOOST_TEST(get("SELECT count(*) FROM t")->text() == "300");
        BOOST_TEST(!connection->in_transaction());
    }
    const auto cancelled = ask_many("REPLACE INTO t VALUES (?, ?)", runs);
    turns(5);
    if (cancelled->command != nullptr) {
        connection->cancel(*cancelled->command);
    }
    wait_for(cancelled);
    BOOST_TEST(!connection->in_transaction());
    const auto nothing = ask_many("INSERT INTO t VALUES (?, ?)", {});
    BOOST_TEST(!nothing->done);
    wait_for(nothing);
}

BOOST_FIXTURE_TEST_CASE(transactions_are_noticed, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t (a int) ENGINE=InnoDB");
    BOOST_TEST(!connection->in_transaction());
    get("BEGIN");
    BOOST_TEST(connection->in_transaction());
    get("INSERT INTO t VALUES (1)");
    get_fault("nonsense");
    BOOST_TEST(connection->in_transaction());
    get("ROLLBACK");
    BOOST_TEST(!connection->in_transaction());
    BOOST_TEST(get("SELECT count(*) FROM t")->text() == "0");
}

BOOST_FIXTURE_TEST_CASE(counts_and_identifiers_are_told, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, a int)");
    BOOST_TEST(get("INSERT INTO t (a) VALUES (?)", 1)->outcome.last_row_id == 1);
    const auto returning = get("INSERT INTO t (a) VALUES (?) RETURNING id", 2);
    BOOST_TEST(returning->outcome.last_row_id == 2);
    BOOST_TEST(returning->outcome.affected == 1);
    BOOST_TEST(get("UPDATE t SET a = a")->outcome.affected == 2);  // found, if not changed
    BOOST_TEST(get("SELECT * FROM t")->outcome.affected == 2);
    BOOST_TEST(get("SELECT a FROM t WHERE false")->outcome.rows->columns()[0] == "a");
}

BOOST_FIXTURE_TEST_CASE(a_result_that_is_too_large_fails, MariaDBFixture) {
    for (const std::string sql :
         {"SELECT repeat('x', 1000000)", "SELECT seq, repeat('x', 1000) FROM seq_1_to_30000000"}) {
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

BOOST_FIXTURE_TEST_CASE(failures_are_of_their_kind, MariaDBFixture) {
    get("CREATE OR REPLACE TABLE u (a int NOT NULL CHECK (a < 10), b varchar(3))");
    const std::pair<std::string, FaultKind> failures[] = {
        {"INSERT INTO u VALUES (1, 'long')", FaultKind::data},
        {"INSERT INTO u VALUES ('x', '')", FaultKind::data},
        {"INSERT INTO u VALUES (1 / 0, '')", FaultKind::data},
        {"INSERT INTO u VALUES (NULL, '')", FaultKind::integrity},
        {"INSERT INTO u VALUES (10, '')", FaultKind::integrity},
        {"INSERT INTO u (b) VALUES ('')", FaultKind::integrity},
        {"SELECT c FROM u", FaultKind::programming},
        {"SELECT 1 FROM nowhere", FaultKind::programming},
        {"SELECT 1; SELECT 2", FaultKind::programming},
        {"SIGNAL SQLSTATE '45000'", FaultKind::programming},
        {"SIGNAL SQLSTATE '40001'", FaultKind::operational},
    };
    for (const auto& [sql, kind] : failures) {
        BOOST_TEST_INFO(sql);
        const auto fault = get_fault(sql);
        BOOST_TEST((fault.kind == kind));
        BOOST_TEST(!fault.lost);
        BOOST_TEST(!fault.text.empty());
    }
}

BOOST_FIXTURE_TEST_CASE(what_waits_behind_one_that_is_lost_never_began, MariaDBFixture) {
    const auto id = own_id();
    const auto under_way = ask("SELECT sleep(1000)");
    const auto behind = ask("SELECT 1");
    until_busy("SELECT sleep(1000)");
    const auto mine = std::exchange(connection, nullptr);
    connect();
    get("KILL ?", std::stoi(id));
    until([&] { return lost.has_value(); });
    BOOST_TEST(!under_way->fault->never_began);
    BOOST_TEST(behind->fault->never_began);
}

BOOST_FIXTURE_TEST_CASE(over_a_unix_socket, MariaDBFixture) {
    const auto& server = Servers::instance().get("mariadb");
    make_driver(server.socket_url);
    connect();
    BOOST_TEST(
        get("SELECT host LIKE 'localhost' FROM information_schema.processlist WHERE id = "
            "connection_id()")
            ->text() == "1"
    );
}

BOOST_AUTO_TEST_CASE(urls_that_cannot_be_used_are_refused) {
    const auto refuse = [](const std::string& url) {
        BOOST_CHECK_THROW(
            static_cast<void>(
                database::make_mariadb_driver(database::parse_database_url(url).value(), {})
            ),
            database::InterfaceError
        );
    };
    refuse("mysql://host");
    refuse("mysql://host/");
    refuse("mysql://host/test?nonsense=1");
    refuse("mysql://host/test?ssl=perhaps");
}

BOOST_AUTO_TEST_SUITE_END()
#endif
