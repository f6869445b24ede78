#include "../../../libs/database/src/pool.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <tornado/database/queries.hpp>
#include <tornado/database/row_stream.hpp>
#include <tornado/testing/virtual_time.hpp>
#include <utility>
#include <vector>

#include "../log_capture.hpp"
#include "database_fixture.hpp"

namespace database = tornado::database;
namespace data = boost::unit_test::data;
using tornado::Future;
using tornado::testing::VirtualTime;
using namespace std::chrono_literals;

namespace {

class FailingConnection;

/// What the connections of a network that falls apart see.
struct Network {
    std::size_t lost = 0;   ///< so many break with their first command
    std::size_t depth = 1;  ///< of each connection
    bool is_away = false;   ///< there are no new connections
    std::size_t opened = 0;
    std::size_t taken = 0;  ///< commands, by connections that never answer unasked
    std::size_t cancelled = 0;
    std::size_t resumed = 0;
    std::vector<tornado::ioloop::TimePoint> attempts;
    FailingConnection* last = nullptr;
};

class FailingConnection final : public database::BackendConnection {
public:
    FailingConnection(Network& network, bool breaks) : network_{network}, breaks_{breaks} {}

    void submit(std::unique_ptr<database::Command> command) override {
        if (!breaks_) {
            ++network_.taken;
            commands_.push_back(std::move(command));
            return;
        }
        lost_ = true;
        database::Fault fault;
        fault.lost = fault.never_began = true;
        fault.text = "broken";
        command->fail(fault);
        observer->connection_lost(fault);
    }
    void cancel(database::Command& command) override {
        ++network_.cancelled;
        const auto found =
            std::ranges::find(commands_, &command, [](const auto& its) { return its.get(); });
        if (found == commands_.end()) {
            return;  // it is just being answered
        }
        const auto its = std::move(*found);
        commands_.erase(found);
        its->fail(database::was_cancelled());
    }
    void resume(database::Command&) override { ++network_.resumed; }
    [[nodiscard]] bool in_transaction() const noexcept override { return false; }
    [[nodiscard]] bool lost() const noexcept override { return lost_; }
    void close() noexcept override { lost_ = true; }

    [[nodiscard]] std::size_t under_way() const { return commands_.size(); }
    [[nodiscard]] database::Command& first() { return *commands_.front(); }
    void answer() {
        const auto done = std::move(commands_.front());
        commands_.pop_front();
        done->finish({});
    }
    void lose() {
        lost_ = true;
        database::Fault fault;
        fault.lost = true;
        fault.text = "broken";
        for (const auto& command : std::exchange(commands_, {})) {
            command->fail(fault);
        }
        observer->connection_lost(fault);
    }

private:
    Network& network_;
    std::deque<std::unique_ptr<database::Command>> commands_;
    bool breaks_;
    bool lost_ = false;
};

class FailingDriver final : public database::Driver {
public:
    explicit FailingDriver(Network& network) : network_{network} {}

    [[nodiscard]] std::string_view name() const noexcept override { return "Failing"; }
    [[nodiscard]] std::size_t depth() const noexcept override { return network_.depth; }
    [[nodiscard]] Future<std::unique_ptr<database::BackendConnection>> connect() override {
        network_.attempts.push_back(tornado::ioloop::IOLoop::current().time());
        if (network_.is_away) {
            database::ConnectFault failure;
            failure.fault.lost = true;
            failure.fault.text = "away";
            throw failure;
        }
        const bool breaks = network_.opened++ < network_.lost;
        auto connection = std::make_unique<FailingConnection>(network_, breaks);
        network_.last = connection.get();
        co_return std::unique_ptr<database::BackendConnection>{std::move(connection)};
    }

private:
    Network& network_;
};

std::shared_ptr<const database::Block> one_row(int number) {
    auto block =
        std::make_shared<database::Block>(std::make_shared<database::Columns>(1, std::string{"n"}));
    block->add_integer(number);
    return block;
}

/// A pool whose first connection breaks, and whose others answer only when they are told to.
struct PoolFixture : LoopFixture {
    PoolFixture() { network.lost = 1; }
    struct Asker final : database::Queries {
        explicit Asker(std::shared_ptr<database::QueryTarget> target)
            : Queries{std::move(target)} {}
    };
    Asker ask_through(const database::ConnectionOptions& options) {
        pool = std::make_shared<database::Pool>(
            database::parse_database_url("sqlite::memory:").value(),
            options,
            std::make_unique<FailingDriver>(network)
        );
        return Asker{pool};
    }
    ~PoolFixture() {
        if (pool) {
            pool->close();
        }
    }

    Network network;
    std::shared_ptr<database::Pool> pool;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pool)

BOOST_FIXTURE_TEST_CASE(a_query_that_is_sent_once_more_keeps_its_time_limit, PoolFixture) {
    const LogCapture logs;
    auto db =
        ask_through(with(&database::ConnectionOptions::query_timeout, std::chrono::milliseconds{50})
        );
    failure_of<tornado::ioloop::TimeoutError>(*this, db.get("SELECT 1"));
    BOOST_TEST(network.taken == 1U);
    BOOST_TEST(network.cancelled == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_stream_takes_some_blocks_and_no_more_until_they_are_read, PoolFixture) {
    network.lost = 0;
    auto db = ask_through({});
    auto rows = db.iter("SELECT n FROM numbers");
    until([&] { return network.taken == 1; });
    auto& command = network.last->first();
    BOOST_TEST(command.take(one_row(1)));
    BOOST_TEST(!command.take(one_row(2)));
    BOOST_TEST(!command.take(one_row(3)));  // was on its way
    turns();
    BOOST_TEST(network.resumed == 0U);
    BOOST_TEST(wait(rows.next())->get<int>("n") == 1);
    BOOST_TEST(network.resumed == 0U);
    BOOST_TEST(wait(rows.next())->get<int>("n") == 2);
    BOOST_TEST(network.resumed == 1U);
    BOOST_TEST(!command.take(one_row(4)));
    BOOST_TEST(wait(rows.next())->get<int>("n") == 3);
    BOOST_TEST(network.resumed == 2U);
    network.last->answer();
    BOOST_TEST(wait(rows.next())->get<int>("n") == 4);
    BOOST_TEST(!wait(rows.next()).has_value());
}

BOOST_FIXTURE_TEST_CASE(others_go_behind_what_is_quick_and_not_behind_what_is_slow, PoolFixture) {
    VirtualTime time{loop, VirtualTime::Mode::manual};
    network.lost = 0;
    network.depth = 3;
    auto db = ask_through(with(&database::ConnectionOptions::size, 1));
    for (int i = 0; i < 5; ++i) {
        db.query("SELECT 1").ignore();
    }
    time.settle();
    BOOST_TEST(network.last->under_way() == 3U);
    BOOST_TEST(pool->waiting() == 2U);
    for (int i = 0; i < 3; ++i) {
        network.last->answer();
    }
    time.settle();
    BOOST_TEST(network.last->under_way() == 2U);
    time.advance(11ms);
    db.query("SELECT 1").ignore();
    time.settle();
    BOOST_TEST(network.last->under_way() == 2U);
    BOOST_TEST(pool->waiting() == 1U);
    network.last->answer();
    time.settle();
    BOOST_TEST(network.last->under_way() == 2U);
    BOOST_TEST(network.opened == 1U);
}

BOOST_FIXTURE_TEST_CASE(none_goes_behind_others_while_a_connection_can_be_had, PoolFixture) {
    VirtualTime time{loop, VirtualTime::Mode::manual};
    network.lost = 0;
    network.depth = 3;
    auto db = ask_through(with(&database::ConnectionOptions::size, 2));
    for (int i = 0; i < 2; ++i) {
        db.query("SELECT 1").ignore();
        time.settle();
        BOOST_TEST(network.last->under_way() == 1U);
    }
    BOOST_TEST(network.opened == 2U);
    network.last->answer();
    for (const std::size_t expected : {1U, 1U, 2U}) {  // the free one, the other, this one
        db.query("SELECT 1").ignore();
        time.settle();
        BOOST_TEST(network.last->under_way() == expected);
    }
    BOOST_TEST(network.opened == 2U);
}

BOOST_FIXTURE_TEST_CASE(it_tries_again_more_and_more_slowly, PoolFixture) {
    const LogCapture logs;
    VirtualTime time{loop, VirtualTime::Mode::manual};
    network.lost = 0;
    network.is_away = true;
    auto db = ask_through(with(&database::ConnectionOptions::acquire_timeout, 1h));
    const auto gap_before = [&](std::size_t attempt) {
        return network.attempts[attempt] - network.attempts[attempt - 1];
    };
    const auto asked = db.query("SELECT 1");
    time.advance(10s);
    const auto tried = network.attempts.size();
    BOOST_TEST(tried >= 10U);
    BOOST_TEST(tried <= 16U);
    BOOST_CHECK((gap_before(1) >= 25ms && gap_before(1) <= 51ms));
    BOOST_CHECK((gap_before(tried - 1) >= 1s && gap_before(tried - 1) <= 2001ms));
    network.is_away = false;
    time.advance(2001ms);
    BOOST_TEST(network.opened == 1U);
    BOOST_TEST(network.taken == 1U);
    network.is_away = true;
    network.last->lose();
    const auto again = db.query("SELECT 1");
    time.advance(51ms);
    BOOST_TEST(network.attempts.size() >= tried + 3);  // that went well, failed, and at once again
    BOOST_CHECK((gap_before(tried + 2) >= 25ms && gap_before(tried + 2) <= 51ms));
    pool->close();
    time.settle();
    BOOST_TEST(asked.done());
    BOOST_TEST(again.done());
}

BOOST_DATA_TEST_CASE(ends_with_its_loop_if_not_before, data::make(backends()), kind) {
    const auto backend = kind.make();
    std::optional<LoopFixture> f{std::in_place};
    database::Connection db{backend->url()};
    f->wait(db.query("SELECT 1"));
    const auto under_way = db.query(backend->endless());
    f->turns();
    BOOST_TEST(db.open_connections() > 0U);
    f.reset();
    BOOST_TEST(db.open_connections() == 0U);
    BOOST_TEST(under_way.cancelled());
}

BOOST_FIXTURE_TEST_CASE(the_longest_times_that_there_are_never_end, LoopFixture) {
    database::ConnectionOptions options;
    options.acquire_timeout = options.connect_timeout = std::chrono::milliseconds::max();
    options.first_delay = options.max_delay = std::chrono::milliseconds::max();
    options.query_timeout = std::chrono::milliseconds::max();
    options.max_idle_time = std::chrono::seconds::max();
    options.size = 1;
    for (const auto& kind : backends()) {
        const auto backend = kind.make();
        database::Connection db{backend->url(), options};
        auto transaction = wait(db.begin());
        const auto waiting = db.get("SELECT 2 AS two");
        turns();
        BOOST_TEST(!waiting.done());
        wait(transaction.rollback());
        BOOST_TEST(wait(waiting)->get<int>(0) == 2);
    }
}

BOOST_AUTO_TEST_SUITE_END()
