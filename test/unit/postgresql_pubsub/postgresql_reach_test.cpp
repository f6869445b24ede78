#include <tornado/postgresql_pubsub/postgresql_reach.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <tornado/database/connection.hpp>
#include <tornado/database/errors.hpp>
#include <tornado/database/listener.hpp>
#include <tornado/pubsub.hpp>
#include <vector>

#include "../database/servers.hpp"
#include "../log_capture.hpp"
#include "../loop_fixture.hpp"

namespace database = tornado::database;
namespace pubsub = tornado::pubsub;
using tornado::postgresql_pubsub::PostgreSQLReach;
using tornado::postgresql_pubsub::PostgreSQLReachOptions;

namespace {

struct NeedsPostgreSQL {
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
        return Servers::is_wanted("postgresql");
    }
};

/// Two brokers that only the server joins.
struct ReachFixture : LoopFixture {
    ReachFixture() {
        wait(here->ready());
        wait(there->ready());
    }
    std::unique_ptr<pubsub::Broker> broker() {
        PostgreSQLReachOptions options;
        options.first_delay = std::chrono::milliseconds{1};
        pubsub::BrokerOptions its;
        its.reach = std::make_shared<PostgreSQLReach>(url, options);
        return std::make_unique<pubsub::Broker>(its);
    }
    pubsub::Subscription listen(const std::string& topic) {
        return there->subscribe(topic, [this](const pubsub::Message& message) {
            heard.push_back(message.payload());
            missed += message.missed();
        });
    }
    void until_heard(std::size_t count) {
        until([&] { return heard.size() >= count; });
    }

    std::string url = Servers::instance().get("postgresql").url;
    std::unique_ptr<pubsub::Broker> here = broker();
    std::unique_ptr<pubsub::Broker> there = broker();
    std::vector<std::string> heard;
    std::uint64_t missed = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(postgresql_reach, *boost::unit_test::precondition(NeedsPostgreSQL{}))

BOOST_FIXTURE_TEST_CASE(messages_come_once_and_in_order, ReachFixture) {
    const auto listening = listen("news");
    for (int i = 0; i < 500; ++i) {
        here->publish("news", std::to_string(i));
        there->publish("other", "of its own");
    }
    until_heard(500);
    wait(here->flush());
    turns();
    BOOST_TEST(heard.size() == 500U);
    for (int i = 0; i < 500; ++i) {
        BOOST_TEST(heard[static_cast<std::size_t>(i)] == std::to_string(i));
    }
    BOOST_TEST(missed == 0U);
    until([&] { return here->counters().received == 500; });
}

BOOST_FIXTURE_TEST_CASE(large_ones_and_bytes_come_whole, ReachFixture) {
    const auto listening = listen("news");
    std::string large(1024 * 1024, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) {
        large[i] = static_cast<char>(i * 31 + i / 1000);
    }
    here->publish("news", large);
    here->publish("news", std::string{"\0\xff\xfe'\\", 5});
    here->publish("news", "");
    until_heard(3);
    BOOST_TEST((heard[0] == large));
    BOOST_TEST((heard[1] == std::string{"\0\xff\xfe'\\", 5}));
    BOOST_TEST(heard[2].empty());
}

BOOST_FIXTURE_TEST_CASE(what_was_not_taken_is_sent_again_and_what_was_lost_is_told, ReachFixture) {
    const LogCapture log;
    const auto listening = listen("news");
    here->publish("news", "before");
    until_heard(1);
    const auto position = there->position("news");
    database::Connection db{url};
    wait(
        db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
                 "pg_backend_pid() AND backend_type = 'client backend'")
    );
    for (int i = 0; i < 50; ++i) {
        here->publish("news", std::to_string(i));
    }
    wait(here->flush());
    until([&] { return log.count("No notifications come from") == 2; });
    wait(here->ready());
    wait(there->ready());
    here->publish("news", "last");
    until([&] { return heard.back() == "last"; });
    // Each has come, or is told to be missing.
    BOOST_TEST(heard.size() + missed == 52U);
    BOOST_TEST(!there->covers("news", position));
}

BOOST_FIXTURE_TEST_CASE(what_strangers_send_is_ignored, ReachFixture) {
    const auto listening = listen("news");
    database::Connection db{url};
    wait(database::notify(db, "tornado", "nonsense"));
    wait(database::notify(db, "tornado", "1.1.0.1:AAAA"));
    here->publish("news", "ours");
    until_heard(1);
    BOOST_TEST(heard[0] == "ours");
    BOOST_TEST(there->counters().malformed == 1U);
}

BOOST_FIXTURE_TEST_CASE(channels_keep_messages_apart, ReachFixture) {
    PostgreSQLReachOptions options;
    options.channel = "Elsewhere \"of others\"";
    pubsub::BrokerOptions its;
    its.reach = std::make_shared<PostgreSQLReach>(url, options);
    pubsub::Broker other{its};
    wait(other.ready());
    const auto listening = listen("news");
    other.publish("news", "not for us");
    wait(other.flush());
    here->publish("news", "for us");
    until_heard(1);
    BOOST_TEST(heard[0] == "for us");
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_refused) {
    LoopFixture f;
    PostgreSQLReachOptions options;
    options.channel = std::string(64, 'x');
    BOOST_CHECK_THROW(PostgreSQLReach("postgresql://host/test", options), std::invalid_argument);
    options = {};
    options.max_waiting = 0;
    BOOST_CHECK_THROW(PostgreSQLReach("postgresql://host/test", options), std::invalid_argument);
    options = {};
    options.first_delay = std::chrono::seconds{60};
    BOOST_CHECK_THROW(PostgreSQLReach("postgresql://host/test", options), std::invalid_argument);
    BOOST_CHECK_THROW(PostgreSQLReach("sqlite:x.db"), database::InterfaceError);
    BOOST_CHECK_THROW(PostgreSQLReach("postgresql://host"), database::InterfaceError);
    pubsub::BrokerOptions both;
    both.redis.url = "redis://127.0.0.1";
    both.reach = std::make_shared<PostgreSQLReach>("postgresql://host/test");
    BOOST_CHECK_THROW(pubsub::Broker{both}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
