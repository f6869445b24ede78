// Brokers who meet through a Redis.
#include <tornado/pubsub.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "../log_capture.hpp"
#include "../loop_fixture.hpp"
#include "fake_peer.hpp"
#include "fake_redis.hpp"

namespace {

namespace pubsub = tornado::pubsub;
namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

struct RedisFixture : LoopFixture {
    [[nodiscard]] pubsub::BrokerOptions options() const {
        return {.redis = {.first_delay = 5ms, .max_delay = 10ms, .url = redis.url()}};
    }
    pubsub::Callback keep(Texts& texts) {
        return [&texts](const pubsub::Message& message) { texts.push_back(message.payload()); };
    }
    template <typename... Brokers>
    void connected(const Brokers&... brokers) {
        until([&] { return (brokers.counters().redis_connected && ...); });
    }

    static Texts recent(const pubsub::Broker& broker, std::string_view topic) {
        Texts texts;
        for (const auto& message : broker.recent(topic, 1'000)) {
            texts.push_back(message.payload());
        }
        return texts;
    }

    const pubsub::PrivateFolder folder;
    FakeRedis redis;
    Texts seen;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(redis_link, RedisFixture)

BOOST_DATA_TEST_CASE_F(
    RedisFixture,
    passes_messages_on_in_order_and_once,
    data::make({true, false}),
    version_3
) {
    redis.version_3 = version_3;
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    wait(one.ready());
    wait(two.ready());
    connected(one, two);
    Texts own;
    const auto first = two.subscribe("news", keep(seen));
    const auto second = one.subscribe("news", keep(own));
    Texts all;
    for (int i = 0; i < 3'000; ++i) {
        all.push_back(std::to_string(i));
        one.publish("news", all.back());
    }
    until([&] { return seen.size() == 3'000; });
    wait(one.flush());
    turns();
    BOOST_TEST(seen == all);
    BOOST_TEST(own == all);
    BOOST_TEST(redis.count("PSUBSCRIBE tornado:*") == 2);
    BOOST_TEST(redis.count("SUBSCRIBE tornado:news") == 0);
}

BOOST_DATA_TEST_CASE_F(RedisFixture, logs_in, data::make({true, false}), version_3) {
    redis.version_3 = version_3;
    redis.password = "secret";
    auto with_database = options();
    with_database.redis.url += "/7";
    pubsub::Broker one{with_database};
    connected(one);
    BOOST_TEST(redis.count(version_3 ? "HELLO 3 AUTH default secret" : "AUTH secret") == 2);
    BOOST_TEST(redis.count("SELECT 7") == 2);
}

BOOST_AUTO_TEST_CASE(says_once_that_it_is_refused_and_goes_on_trying) {
    const LogCapture log;
    auto wrong = options();
    redis.password = "secret";
    pubsub::Broker one{wrong};
    until([&] { return redis.count("HELLO 3") >= 6; });
    BOOST_TEST(log.count("WRONGPASS") + log.count("NOAUTH") == 1);
    BOOST_TEST(log.count("is away") == 1);
    BOOST_TEST(log.count("secret") == 0);
}

BOOST_AUTO_TEST_CASE(an_outage_is_two_lines_in_the_log_and_nothing_is_lost_that_waits) {
    const DebugLogCapture log;
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    connected(one, two);
    Texts local;
    const auto here = one.subscribe("news", keep(local));
    const auto there = two.subscribe("news", keep(seen));
    one.publish("news", "before");
    until([&] { return seen.size() == 1; });
    redis.stop();
    until([&] { return one.counters().redis_outages == 1 && two.counters().redis_outages == 1; });
    one.publish("news", "meanwhile");
    turns();
    BOOST_TEST(local == (Texts{"before", "meanwhile"}));  // goes on
    BOOST_TEST(one.counters().redis_waiting == 1u);
    redis.start();
    connected(one, two);
    one.publish("news", "after");
    until([&] { return !seen.empty() && seen.back() == "after"; });
    BOOST_TEST(log.count("is away") == 2);  // of each broker
    BOOST_TEST(log.count("is back") == 2);
    // Who was back first decides whether the one that waited came through.
    BOOST_TEST((seen.size() == 3 || two.counters().missed == 1));
}

BOOST_AUTO_TEST_CASE(what_is_sent_again_does_not_come_twice) {
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    connected(one, two);
    const auto there = two.subscribe("news", keep(seen));
    redis.confirms = false;
    one.publish("news", "a");
    one.publish("news", "b");
    until([&] { return seen.size() == 2; });
    redis.confirms = true;
    redis.cut();
    until([&] { return one.counters().redis_outages == 1; });
    connected(one, two);
    wait(one.flush());
    one.publish("news", "c");
    until([&] { return seen.size() >= 3; });
    turns();
    BOOST_TEST(seen == (Texts{"a", "b", "c"}));
    BOOST_TEST(redis.count("PUBLISH tornado:news") >= 5);
}

BOOST_AUTO_TEST_CASE(a_password_that_a_proxy_repeats_is_not_logged) {
    const LogCapture log;
    auto wrong = options();
    redis.greeting = "-ERR unsupported command `HELLO`, with args: `3` `AUTH` `default` `secret`";
    wrong.redis.url = "redis://:secret@" + wrong.redis.url.substr(8);
    pubsub::Broker one{wrong};
    until([&] { return one.counters().redis_outages == 1; });
    BOOST_TEST(log.count("unsupported command") == 1);
    BOOST_TEST(log.count("secret") == 0);
}

BOOST_AUTO_TEST_CASE(what_waits_has_a_limit_and_a_loss_is_told) {
    const LogCapture log;
    redis.stop();
    auto limited = options();
    limited.redis.max_waiting = 3;
    pubsub::Broker one{limited};
    for (int i = 1; i <= 5; ++i) {
        one.publish("news", std::to_string(i));
    }
    BOOST_TEST(one.counters().redis_waiting == 3u);
    BOOST_TEST(one.counters().redis_dropped == 2u);
    BOOST_TEST(log.count("oldest messages are lost") == 1);
    limited.redis.max_waiting_bytes = 10'000;
    limited.redis.max_waiting = 1'000;
    pubsub::Broker two{limited};
    for (int i = 0; i < 100; ++i) {
        two.publish("news", std::string(1'000, 'x'));
        BOOST_TEST(two.counters().redis_waiting <= 10u);
    }
}

BOOST_AUTO_TEST_CASE(a_gap_is_counted_and_shown_by_the_next_message) {
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    connected(one, two);
    std::uint64_t missed = 0;
    const auto there = two.subscribe("news", [&](const pubsub::Message& message) {
        seen.push_back(message.payload());
        missed += message.missed();
    });
    one.publish("news", "a");
    until([&] { return seen.size() == 1; });
    const auto position = two.position("news");
    redis.refusal = "ERR not now";
    one.publish("news", "b");
    one.publish("news", "c");
    wait(one.flush());
    redis.refusal.clear();
    one.publish("news", "d");
    until([&] { return seen.size() == 2; });
    BOOST_TEST(missed == 2u);
    BOOST_TEST(two.counters().missed == 2u);
    BOOST_TEST(one.counters().redis_dropped == 2u);
    BOOST_TEST(!two.covers("news", position));
}

BOOST_AUTO_TEST_CASE(does_not_vouch_for_the_time_before_it_listened) {
    pubsub::Broker one{options()};
    connected(one);
    one.publish("news", "x");
    auto position = one.position("news");
    position.set_time(position.time() - 1h);
    BOOST_TEST(!one.covers("news", position));
    position.set_time(position.time() + 2h);
    BOOST_TEST(one.covers("news", position));
    redis.stop();
    until([&] { return one.counters().redis_outages == 1; });
    BOOST_TEST(!one.covers("news", position));
}

BOOST_AUTO_TEST_CASE(can_listen_to_only_what_somebody_here_wants) {
    auto sparing = options();
    sparing.redis.topics = pubsub::RedisTopics::subscribed;
    sparing.max_topics = 1;
    pubsub::Broker one{sparing};
    pubsub::Broker two{options()};
    connected(one, two);
    {
        const auto subscription = one.subscribe("news", keep(seen));
        until([&] { return redis.count("SUBSCRIBE tornado:news") == 1; });
        two.publish("news", "a");
        two.publish("sports", "b");
        until([&] { return seen.size() == 1; });
    }
    BOOST_TEST(one.recent("sports", 1).empty());
    one.publish("other", "the former topic has to go");
    until([&] { return redis.count("UNSUBSCRIBE tornado:news") == 1; });
    const auto again = one.subscribe("weather", keep(seen));
    until([&] { return redis.count("SUBSCRIBE tornado:weather") == 1; });
    redis.cut();
    until([&] { return redis.count("SUBSCRIBE tornado:weather") == 2; });
    BOOST_TEST(redis.count("SUBSCRIBE tornado:news") == 1);
}

BOOST_AUTO_TEST_CASE(a_connection_that_does_not_answer_is_given_up) {
    const LogCapture log;
    redis.pings = false;
    auto impatient = options();
    impatient.redis.ping_interval = 5ms;
    pubsub::Broker one{impatient};
    until([&] { return one.counters().redis_outages == 1; });
    BOOST_TEST(log.count("does not answer") == 1);
    redis.pings = true;
    const auto pings = redis.count("PING");
    until([&] { return redis.count("PING") > pings + 4; });
    connected(one);
}

BOOST_AUTO_TEST_CASE(what_is_none_of_ours_is_counted_and_ignored) {
    const LogCapture log;
    pubsub::Broker one{options()};
    connected(one);
    const auto here = one.subscribe("news", keep(seen));
    redis.tell("tornado:news", "hello?");
    redis.tell("tornado:news", "");
    until([&] { return one.counters().malformed == 2; });
    BOOST_TEST(log.count("no message of a broker") == 1);
    BOOST_TEST(one.counters().redis_connected);
    BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_redis_is_left) {
    pubsub::Broker one{options()};
    connected(one);
    redis.say("HTTP/1.1 400 Bad Request\r\n\r\n");
    until([&] { return one.counters().redis_outages == 1; });
    connected(one);
    redis.say(":1\r\n");  // an answer to nothing
    until([&] { return one.counters().redis_outages == 2; });
    connected(one);
}

BOOST_AUTO_TEST_CASE(may_go_at_any_time) {
    for (int after = 0; after < 12; ++after) {
        pubsub::Broker one{options()};
        const auto subscription = one.subscribe("news", keep(seen));
        one.publish("news", "x");
        turns(after);
    }
    redis.stop();
    for (int after = 0; after < 5; ++after) {
        pubsub::Broker one{options()};
        one.publish("news", "x");
        turns(after);
    }
}

/// Through Redis comes what the mesh has yet to bring.
BOOST_AUTO_TEST_CASE(redis_does_not_overtake_the_mesh_while_that_is_cut) {
    auto both = options();
    both.host.folder = folder.path();
    FakePeer peer{folder.path(), 7};
    pubsub::Broker one{both};
    until([&] { return peer.followers() == 1; });
    peer.tell(1);
    peer.say_synced();
    until([&] { return one.counters().host_peers == 1; });
    peer.cut();
    until([&] { return one.counters().host_peers == 0; });
    redis.tell("tornado:news", FakePeer::through_redis(7, 4));
    redis.tell("tornado:other", FakePeer::through_redis(8, 1));  // none of ours
    until([&] { return one.counters().malformed == 1; });
    until([&] { return peer.followers() == 1; });
    for (std::uint64_t i = 1; i <= 4; ++i) {
        peer.tell_kept(7, i);
    }
    peer.say_synced();
    until([&] { return recent(one, "news").size() >= 4; });
    BOOST_TEST(recent(one, "news") == (Texts{"1", "2", "3", "4"}));
    BOOST_TEST(one.counters().missed == 0u);
}

BOOST_AUTO_TEST_CASE(who_begins_lacks_nothing_between_what_others_kept_and_what_redis_brings) {
    auto both = options();
    both.host.folder = folder.path();
    FakePeer peer{folder.path(), 7};
    pubsub::Broker one{both};
    until([&] { return peer.followers() == 1; });
    BOOST_TEST(redis.count("PSUBSCRIBE tornado:*") == 1);  // that came first
    redis.tell("tornado:news", FakePeer::through_redis(8, 2));
    redis.tell("tornado:news", FakePeer::through_redis(8, 3));
    redis.tell("tornado:other", FakePeer::through_redis(8, 1));
    turns();
    BOOST_TEST(recent(one, "news").empty());
    peer.tell_kept(8, 1);
    peer.tell_kept(8, 2);
    peer.say_synced();
    until([&] { return one.counters().malformed == 1; });
    BOOST_TEST(recent(one, "news") == (Texts{"1", "2", "3"}));
    BOOST_TEST(one.counters().missed == 0u);
}

/// Whoever takes the place of a worker that has died knows what the others do.
BOOST_AUTO_TEST_CASE(who_begins_vouches_for_the_time_before_when_others_of_the_machine_do) {
    auto both = options();
    both.host.folder = folder.path();
    std::optional<FakePeer> first{std::in_place, folder.path(), 7};
    pubsub::Broker one{both};
    connected(one);
    until([&] { return first->followers() == 1; });
    first->say_synced();
    first->say({.kind = pubsub::FrameKind::whole, .payload = "0"});
    redis.tell("tornado:news", FakePeer::through_redis(8, 1));
    until([&] { return recent(one, "news").size() == 1; });
    auto position = one.position("news");
    position.set_time(position.time() - 1h);
    BOOST_TEST(one.covers("news", position));
    redis.tell("tornado:news", FakePeer::through_redis(8, 2));
    until([&] { return recent(one, "news").size() == 2; });
    first.reset();
    pubsub::Broker heir{both};
    connected(heir);
    until([&] { return heir.counters().host_peers == 1; });
    BOOST_TEST(!heir.covers("news", position));
    until([&] { return heir.covers("news", position); });
    const auto subscription = heir.subscribe("news", position, keep(seen));
    until([&] { return !seen.empty(); });
    BOOST_TEST(seen == Texts{"2"});
    BOOST_TEST(!subscription.missed());
}

BOOST_AUTO_TEST_CASE(who_begins_vouches_for_nothing_that_others_have_dropped) {
    auto both = options();
    both.host.folder = folder.path();
    both.replay.max_messages = 1;
    FakePeer peer{folder.path(), 7};
    pubsub::Broker one{both};
    until([&] { return peer.followers() == 1; });
    auto position = one.position("news");
    position.set_time(position.time() + 1h);
    peer.say({.kind = pubsub::FrameKind::spoke, .publisher = 8, .sequence = 4, .topic = "news"});
    peer.say_synced();
    until([&] { return one.counters().host_peers == 1; });
    BOOST_TEST(!one.covers("news", position));
    position.advance(8, 4);
    BOOST_TEST(one.covers("news", position));
}

BOOST_AUTO_TEST_CASE(who_begins_when_redis_is_away_takes_nothing_over) {
    redis.stop();
    auto both = options();
    both.host.folder = folder.path();
    FakePeer peer{folder.path(), 7};
    pubsub::Broker one{both};
    until([&] { return peer.followers() == 1; });
    redis.start();
    connected(one);
    peer.say_synced();
    peer.say({.kind = pubsub::FrameKind::whole, .payload = "0"});
    peer.say({.kind = pubsub::FrameKind::whole, .payload = "nonsense"});
    until([&] { return one.counters().malformed == 1; });
    auto position = one.position("news");
    position.set_time(position.time() - 1h);
    BOOST_TEST(!one.covers("news", position));
    peer.cut();
    until([&] { return peer.followers() == 1; });
    peer.say({.kind = pubsub::FrameKind::whole, .payload = "0"});
    until([&] { return one.covers("news", position); });
    redis.cut();
    until([&] { return one.counters().redis_outages == 2; });
    BOOST_TEST(!one.covers("news", position));
}

BOOST_AUTO_TEST_CASE(others_of_the_machine_are_found_though_redis_is_away) {
    redis.stop();
    auto both = options();
    both.host.folder = folder.path();
    pubsub::Broker one{both};
    pubsub::Broker two{both};
    until([&] { return one.counters().host_peers == 1 && two.counters().host_peers == 1; });
}

BOOST_AUTO_TEST_CASE(what_waited_is_sent_when_those_who_listen_have_had_time_to_come_back) {
    auto early = options();
    early.redis.first_delay = 1ms;
    early.redis.max_delay = 1s;
    pubsub::Broker one{early};
    auto late = options();
    late.redis.first_delay = late.redis.max_delay = 100ms;
    pubsub::Broker two{late};
    connected(one, two);
    const auto there = two.subscribe("news", keep(seen));
    redis.stop();
    until([&] { return one.counters().redis_outages == 1 && two.counters().redis_outages == 1; });
    one.publish("news", "meanwhile");
    redis.start();
    connected(one);
    one.publish("news", "after");
    until([&] { return seen.size() == 2; });
    BOOST_TEST(seen == (Texts{"meanwhile", "after"}));
    BOOST_TEST(two.counters().missed == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_too_large_here_does_not_end_the_connection) {
    auto small = options();
    small.max_message_size = 1'000;
    pubsub::Broker one{options()};
    pubsub::Broker two{small};
    connected(one, two);
    const auto there = two.subscribe("news", keep(seen));
    one.publish("news", "a");
    one.publish("news", std::string(300'000, 'x'));
    one.publish("news", "c");
    until([&] { return seen.size() == 2; });
    BOOST_TEST(seen == (Texts{"a", "c"}));
    BOOST_TEST(two.counters().malformed == 1u);
    BOOST_TEST(two.counters().missed == 1u);
    BOOST_TEST(two.counters().redis_outages == 0u);
}

BOOST_DATA_TEST_CASE_F(
    RedisFixture,
    a_refusal_of_the_moment_loses_nothing,
    data::make({"BUSY Redis is busy running a script.", "MASTERDOWN Link with MASTER is down"}),
    refusal
) {
    pubsub::Broker one{options()};
    pubsub::Broker two{options()};
    connected(one, two);
    const auto there = two.subscribe("news", keep(seen));
    redis.refusal = refusal;
    one.publish("news", "a");
    until([&] { return one.counters().redis_outages >= 1; });
    redis.refusal.clear();
    until([&] { return seen.size() == 1; });
    BOOST_TEST(one.counters().redis_dropped == 0u);
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_broker_that_goes_waits_no_more) {
    redis.stop();
    std::optional<pubsub::Broker> one{options()};
    one->publish("news", "x");
    const auto flushed = one->flush();
    turns();
    BOOST_TEST(!flushed.done());
    one.reset();
    wait(flushed);
}

BOOST_AUTO_TEST_CASE(goes_both_ways_at_once_and_delivers_once) {
    auto both = options();
    both.host.folder = folder.path();
    pubsub::Broker one{both};
    pubsub::Broker two{both};
    pubsub::Broker far{options()};
    connected(one, two, far);
    until([&] { return one.counters().host_peers == 1 && two.counters().host_peers == 1; });
    Texts distant;
    const auto near = two.subscribe("news", keep(seen));
    const auto there = far.subscribe("news", keep(distant));
    Texts all;
    for (int i = 0; i < 500; ++i) {
        all.push_back(std::to_string(i));
        one.publish("news", all.back());
    }
    far.publish("news", "from afar");
    until([&] { return seen.size() >= 501 && distant.size() >= 501; });
    turns();
    std::erase(seen, "from afar");
    std::erase(distant, "from afar");
    BOOST_TEST(seen == all);
    BOOST_TEST(distant == all);
}

BOOST_AUTO_TEST_CASE(refuses_options_that_make_no_sense) {
    auto bad = options();
    bad.redis.url = "http://localhost";
    BOOST_CHECK_THROW(pubsub::Broker{bad}, std::invalid_argument);
    bad = options();
    bad.redis.first_delay = 0ms;
    BOOST_CHECK_THROW(pubsub::Broker{bad}, std::invalid_argument);
    bad = options();
    bad.redis.max_waiting = 0;
    BOOST_CHECK_THROW(pubsub::Broker{bad}, std::invalid_argument);
    bad.redis.url = "rediss://localhost";
    bad.redis.max_waiting = 1;
    bad.redis.ssl_options.ca_certs = "/no/such/file";
    BOOST_CHECK_THROW(pubsub::Broker{bad}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
