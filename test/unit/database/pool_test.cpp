#include "../../../libs/database/src/pool.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <tornado/database/queries.hpp>
#include <utility>

#include "../log_capture.hpp"
#include "database_fixture.hpp"

namespace database = tornado::database;
namespace data = boost::unit_test::data;
using tornado::Future;

namespace {

/// What the connections of a network that falls apart see.
struct Network {
    std::size_t lost = 0;  ///< so many break with their first command
    std::size_t opened = 0;
    std::size_t taken = 0;  ///< commands, by connections that never answer
    std::size_t cancelled = 0;
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
        const auto its = std::move(*found);
        commands_.erase(found);
        its->fail(database::was_cancelled());
    }
    void resume(database::Command&) override {}
    [[nodiscard]] bool in_transaction() const noexcept override { return false; }
    [[nodiscard]] bool lost() const noexcept override { return lost_; }
    void close() noexcept override { lost_ = true; }

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
    [[nodiscard]] Future<std::unique_ptr<database::BackendConnection>> connect() override {
        const bool breaks = network_.opened++ < network_.lost;
        std::unique_ptr<database::BackendConnection> connection =
            std::make_unique<FailingConnection>(network_, breaks);
        co_return connection;
    }

private:
    Network& network_;
};

/// A pool whose first connection breaks, and whose others never answer.
struct PoolFixture : LoopFixture {
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

    Network network{.lost = 1};
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
