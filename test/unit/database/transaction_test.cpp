#include <tornado/database/transaction.hpp>

#include <stdexcept>
#include <string>
#include <tornado/ioloop/time_limit.hpp>

#include "database_fixture.hpp"

namespace database = tornado::database;
namespace data = boost::unit_test::data;
namespace gen = tornado::gen;
using database::Transaction;
using tornado::Future;
using namespace std::chrono_literals;

namespace {

constexpr auto insert = "INSERT INTO person (name) VALUES (?)";

/// Whether calling it throws std::logic_error at once.
bool is_refused(auto function) {
    try {
        static_cast<void>(function());
    } catch (const std::logic_error&) {
        return true;
    }
    return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transaction)

BOOST_DATA_TEST_CASE(commit_makes_it_lasting, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Ada"));
    BOOST_TEST(f.people() == 0);  // nobody else sees it yet
    BOOST_TEST(f.wait(transaction.query("SELECT name FROM person")).size() == 1u);
    f.wait(transaction.commit());
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(rollback_undoes_it, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Ada"));
    f.wait(transaction.rollback());
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(its_scope_undoes_what_was_not_committed, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    {
        auto transaction = f.wait(f.db.begin());
        f.wait(transaction.execute(insert, "Ada"));
        transaction.execute(insert, "Alan").ignore();  // under way at the end of the scope
    }
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(an_exception_undoes_it_and_comes_out, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const auto failing = f.db.transaction([](Transaction& transaction) -> Future<void> {
        co_await transaction.execute(insert, "Ada");
        throw std::runtime_error{"no"};
    });
    BOOST_CHECK_THROW(f.wait(failing), std::runtime_error);
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(a_function_commits_at_its_end, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const std::string name = "Ada";
    const auto count = f.db.transaction([name](Transaction& transaction) -> Future<int> {
        co_await transaction.execute(insert, name);
        const auto people = co_await transaction.query("SELECT name FROM person");
        co_return static_cast<int>(people.size());
    });
    BOOST_TEST(f.wait(count) == 1);
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(a_cancelled_coroutine_undoes_it, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    const auto endless = f.backend->endless();
    bool there = false;
    const auto running = f.db.transaction([&](Transaction& transaction) -> Future<void> {
        co_await transaction.execute(insert, "Ada");
        there = true;
        co_await transaction.query(endless);
    });
    f.until([&] { return there; });
    f.turns();
    running.cancel();
    BOOST_TEST(f.people() == 0);  // also: the only connection is free again
    BOOST_TEST(running.cancelled());
}

BOOST_DATA_TEST_CASE(begin_may_be_cancelled_at_any_time, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    for (int turns = 0; turns < 12; ++turns) {
        const auto beginning = f.db.begin();
        f.turns(turns);
        beginning.cancel();
    }
    {
        const auto holding = f.wait(f.db.begin());
        const auto waiting = f.db.begin();
        f.turns();
        waiting.cancel();
        BOOST_TEST(f.db.waiting() == 0u);
    }
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(who_waits_for_it_is_held_to_the_limit_of_all, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    const auto holding = f.wait(f.db.begin());
    const tornado::stack_context::StackContext limit{
        tornado::ioloop::must_end_by, f.loop.time_after(1ms)};
    failure_of<tornado::ioloop::TimeoutError>(f, f.db.begin());
    auto rows = f.db.iter("SELECT 1");
    failure_of<tornado::ioloop::TimeoutError>(f, rows.next());
    BOOST_TEST(f.db.waiting() == 0u);
}

BOOST_DATA_TEST_CASE(commit_goes_on_when_nobody_waits, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Ada"));
    const auto commit = transaction.commit();
    commit.cancel();
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(is_over_after_its_end, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.commit());
    BOOST_TEST(is_refused([&] { return transaction.query("SELECT 1"); }));
    BOOST_TEST(is_refused([&] { return transaction.commit(); }));
    BOOST_TEST(is_refused([&] { return transaction.rollback(); }));
    BOOST_TEST(is_refused([&] { return transaction.begin(); }));
}

BOOST_DATA_TEST_CASE(
    an_error_within_it_can_be_caught_before_rollback,
    data::make(backends()),
    kind
) {
    DatabaseFixture f{kind};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Ada"));
    failure_of<database::IntegrityError>(f, transaction.execute(insert, "Ada"));
    f.wait(transaction.rollback());
    BOOST_TEST(f.people() == 0);
}

BOOST_DATA_TEST_CASE(commit_says_when_all_was_undone, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Ada"));
    failure_of<database::IntegrityError>(f, transaction.execute(insert, "Ada"));
    if (kind.name == "postgresql") {
        const auto error = failure_of<database::OperationalError>(f, transaction.commit());
        BOOST_TEST(std::string{error.what()}.find("rolled back instead") != std::string::npos);
        BOOST_TEST(f.people() == 0);
    } else {
        f.wait(transaction.commit());
        BOOST_TEST(f.people() == 1);
    }
}

BOOST_DATA_TEST_CASE(its_queries_are_done_in_order, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    for (int i = 0; i < 50; ++i) {
        transaction.execute(insert, "name " + std::to_string(i)).ignore();
    }
    const auto count = transaction.get("SELECT count(*) FROM person");
    const auto commit = transaction.commit();
    BOOST_TEST(f.wait(count)->get<int>(0) == 50);
    f.wait(commit);
    BOOST_TEST(f.people() == 50);
}

BOOST_DATA_TEST_CASE(a_savepoint_can_be_undone_alone, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Ada"));
    {
        auto savepoint = f.wait(transaction.begin());
        f.wait(savepoint.execute(insert, "Alan"));
        f.wait(savepoint.rollback());
    }
    {
        auto kept = f.wait(transaction.begin());
        f.wait(kept.execute(insert, "Grace"));
        f.wait(kept.commit());
    }
    {
        auto dropped = f.wait(transaction.begin());
        f.wait(dropped.execute(insert, "Kurt"));
    }
    f.wait(transaction.commit());
    const auto names =
        f.wait(f.db.query("SELECT name FROM person ORDER BY name")).as<std::string>();
    BOOST_TEST(
        names == (std::vector<std::string>{"Ada", "Grace"}), boost::test_tools::per_element()
    );
}

BOOST_DATA_TEST_CASE(a_savepoint_saves_from_an_error, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    const auto done = f.db.transaction([](Transaction& transaction) -> Future<void> {
        co_await transaction.execute(insert, "Ada");
        auto twice = transaction.transaction([](Transaction& savepoint) -> Future<void> {
            co_await savepoint.execute(insert, "Alan");
            co_await savepoint.execute(insert, "Ada");
        });
        bool failed = false;
        try {
            co_await twice;
        } catch (const database::IntegrityError&) {
            failed = true;
        }
        BOOST_TEST(failed);
        co_await transaction.execute(insert, "Grace");
    });
    f.wait(done);
    const auto names =
        f.wait(f.db.query("SELECT name FROM person ORDER BY name")).as<std::string>();
    BOOST_TEST(
        names == (std::vector<std::string>{"Ada", "Grace"}), boost::test_tools::per_element()
    );
}

BOOST_DATA_TEST_CASE(savepoints_end_before_what_is_around_them, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    auto transaction = f.wait(f.db.begin());
    auto savepoint = f.wait(transaction.begin());
    BOOST_TEST(is_refused([&] { return transaction.commit(); }));
    auto inner = f.wait(savepoint.begin());
    BOOST_TEST(is_refused([&] { return savepoint.commit(); }));
    f.wait(inner.commit());
    f.wait(savepoint.commit());
    f.wait(transaction.commit());
}

BOOST_DATA_TEST_CASE(
    savepoints_stand_within_each_other_not_side_by_side,
    data::make(backends()),
    kind
) {
    DatabaseFixture f{kind};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    auto first = f.wait(transaction.begin());
    BOOST_TEST(is_refused([&] { return transaction.begin(); }));
    f.wait(first.rollback());
    auto second = f.wait(transaction.begin());
    f.wait(second.execute(insert, "Ada"));
    f.wait(second.commit());
    f.wait(transaction.commit());
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(what_is_within_ends_with_what_is_around_it, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Ada"));
    std::optional<Transaction> outer{f.wait(transaction.begin())};
    std::optional<Transaction> inner{f.wait(outer->begin())};
    f.wait(inner->execute(insert, "Alan"));
    outer.reset();
    BOOST_TEST(is_refused([&] { return inner->execute(insert, "Grace"); }));
    BOOST_TEST(is_refused([&] { return inner->commit(); }));
    inner.reset();
    f.wait(transaction.commit());
    BOOST_TEST(f.people() == 1);
}

BOOST_DATA_TEST_CASE(
    one_that_the_database_commits_by_itself_is_told,
    data::make(backends()),
    kind
) {
    DatabaseFixture f{kind};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Ada"));
    f.wait(transaction.execute("CREATE TABLE other (id int)"));
    if (kind.name != "mariadb") {  // these can undo it
        f.wait(transaction.execute(insert, "Alan"));
        return;
    }
    const auto error =
        failure_of<database::OperationalError>(f, transaction.execute(insert, "Alan"));
    BOOST_TEST(std::string{error.what()}.find("has committed it") != std::string::npos);
    BOOST_TEST(f.people() == 1);
}

constexpr auto update = "UPDATE person SET age = 1 WHERE name = ?";

/// Has the database undo it: because of a deadlock, or as SQLite can be asked to.
void undo(DatabaseFixture& f, const BackendKind& kind, Transaction& transaction) {
    f.wait(transaction.execute(update, "Ada"));
    if (kind.name == "sqlite") {
        transaction.execute("INSERT OR ROLLBACK INTO person (name) VALUES ('Ada')").ignore();
        return;
    }
    auto other = f.wait(f.db.begin());
    for (const auto* const name : {"Alan", "Grace", "Kurt", "Emmy"}) {
        f.wait(other.execute(update, name));  // who has done less is to give way
    }
    transaction.execute(update, "Alan").ignore();
    f.wait(other.execute(update, "Ada"));
}

BOOST_DATA_TEST_CASE(commit_says_when_the_database_has_undone_it, data::make(backends()), kind) {
    if (kind.name == "postgresql") {  // it keeps what has failed until it is told to undo it
        return;
    }
    DatabaseFixture f{kind};
    f.make_people();
    for (const auto* const name : {"Ada", "Alan", "Grace", "Kurt", "Emmy"}) {
        f.add(name, 0);
    }
    for (const bool waits : {true, false}) {
        auto transaction = f.wait(f.db.begin());
        undo(f, kind, transaction);
        const auto behind = transaction.execute(insert, "Edsger");
        if (waits) {
            failure_of<database::OperationalError>(f, behind);
        }
        const auto error = failure_of<database::OperationalError>(f, transaction.commit());
        const std::string text = error.what();
        BOOST_TEST(text.find(" rolled ") != text.npos, text);
        failure_of<database::OperationalError>(f, behind);
        BOOST_TEST(f.people() == 5);
    }
    auto transaction = f.wait(f.db.begin());
    undo(f, kind, transaction);
    f.wait(transaction.rollback());
    const auto changed = f.wait(f.db.get("SELECT count(*) FROM person WHERE age = 1"));
    BOOST_TEST(changed->get<int>(0) == 0);
}

BOOST_DATA_TEST_CASE(executemany_in_it_does_all_or_nothing, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 1)};
    f.make_people();
    auto transaction = f.wait(f.db.begin());
    f.wait(transaction.execute(insert, "Grace"));
    f.wait(transaction.executemany(insert, {{"Kurt"}, {"Emmy"}}));
    std::vector<database::Params> twice;
    for (int i = 0; i < 300; ++i) {
        twice.emplace_back("name " + std::to_string(i == 299 ? 5 : i));
    }
    failure_of<database::IntegrityError>(f, transaction.executemany(insert, twice));
    if (kind.name == "postgresql") {
        f.wait(transaction.rollback());
        BOOST_TEST(f.people() == 0);
        return;
    }
    failure_of<database::IntegrityError>(f, transaction.executemany(insert, {{"Ada"}, {"Ada"}}));
    f.wait(transaction.executemany(insert, {{"Ada"}}));
    f.wait(transaction.commit());
    BOOST_TEST(f.people() == 4);
}

BOOST_DATA_TEST_CASE(many_at_a_time_wait_for_each_other, data::make(backends()), kind) {
    DatabaseFixture f{kind, with(&database::ConnectionOptions::size, 2)};
    f.make_people();
    f.add("Ada", 0);
    std::vector<Future<void>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(f.db.transaction([](Transaction& transaction) -> Future<void> {
            co_await transaction.execute("UPDATE person SET age = age + 1 WHERE name = 'Ada'");
        }));
        all.push_back(f.db.transaction([](Transaction& transaction) -> Future<void> {
            const auto row = co_await transaction.get("SELECT age FROM person WHERE name = 'Ada'");
            BOOST_TEST(row.has_value());
        }));
    }
    f.wait(gen::multi(std::move(all)));
    BOOST_TEST(f.wait(f.db.get("SELECT age FROM person"))->get<int>(0) == 20);
}

BOOST_DATA_TEST_CASE(may_outlive_the_connection_it_came_from, data::make(backends()), kind) {
    DatabaseFixture f{kind};
    std::optional<Transaction> transaction;
    {
        database::Connection other{f.backend->url()};
        transaction.emplace(f.wait(other.begin()));
    }
    failure_of<database::OperationalError>(f, transaction->query("SELECT 1"));
}

BOOST_AUTO_TEST_SUITE_END()
