#include <tornado/postgresql_pubsub/postgresql_reach.hpp>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <tornado/pubsub.hpp>
#include <vector>

#include "../database/servers.hpp"
#include "../loop_fixture.hpp"

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

BOOST_AUTO_TEST_SUITE_END()
