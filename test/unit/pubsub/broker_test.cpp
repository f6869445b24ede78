#include <tornado/pubsub/broker.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <tornado/testing/virtual_time.hpp>

#include "../log_capture.hpp"
#include "../loop_fixture.hpp"

namespace {

namespace pubsub = tornado::pubsub;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

struct BrokerFixture : LoopFixture {
    pubsub::Callback keep(Texts& texts) {
        return [&texts](const pubsub::Message& message) { texts.push_back(message.payload()); };
    }
    pubsub::Broker broker;
    Texts seen;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(broker, BrokerFixture)

BOOST_AUTO_TEST_CASE(passes_messages_on_in_order_to_all_who_have_subscribed) {
    Texts others;
    Texts elsewhere;
    const auto first = broker.subscribe("news", keep(seen));
    const auto second = broker.subscribe("news", keep(others));
    const auto third = broker.subscribe("sports", keep(elsewhere));
    broker.publish("news", "a");
    broker.publish("news", "b");
    BOOST_TEST(seen.empty());  // never from within publish()
    turns();
    BOOST_TEST(seen == (Texts{"a", "b"}));
    BOOST_TEST(others == seen);
    BOOST_TEST(elsewhere.empty());
}

BOOST_AUTO_TEST_CASE(numbers_the_messages_of_each_topic) {
    BOOST_TEST(broker.publish("a", "x").sequence() == 1u);
    BOOST_TEST(broker.publish("a", "x").sequence() == 2u);
    BOOST_TEST(broker.publish("b", "x").sequence() == 1u);
    BOOST_TEST(broker.publish("b", "x").publisher() == broker.id());
}

BOOST_AUTO_TEST_CASE(shares_one_payload_among_all) {
    const std::string* first = nullptr;
    const std::string* second = nullptr;
    const auto one =
        broker.subscribe("t", [&](const auto& message) { first = &message.payload(); });
    const auto two =
        broker.subscribe("t", [&](const auto& message) { second = &message.payload(); });
    const auto published = broker.publish("t", "a text that is longer than a string keeps inside");
    turns();
    BOOST_TEST(first == &published.payload());
    BOOST_TEST(second == first);
}

BOOST_AUTO_TEST_CASE(subscribers_get_what_comes_after_they_subscribe) {
    broker.publish("news", "before");
    const auto subscription = broker.subscribe("news", keep(seen));
    broker.publish("news", "after");
    turns();
    BOOST_TEST(seen == Texts{"after"});
}

BOOST_AUTO_TEST_CASE(a_subscription_ends_with_its_object) {
    {
        const auto subscription = broker.subscribe("news", keep(seen));
        broker.publish("news", "never delivered");
    }
    auto moved = broker.subscribe("news", keep(seen));
    auto kept = std::move(moved);
    broker.publish("news", "a");
    turns();
    BOOST_TEST(seen == Texts{"a"});
    kept.unsubscribe();
    BOOST_TEST(!kept);
    broker.publish("news", "b");
    turns();
    BOOST_TEST(seen == Texts{"a"});
}

BOOST_AUTO_TEST_CASE(a_subscriber_may_unsubscribe_itself_and_others_when_it_is_called) {
    pubsub::Subscription own;
    pubsub::Subscription other;
    Texts later;
    own = broker.subscribe("news", [&, guard = std::string(100, 'x')](const auto& message) {
        own.unsubscribe();
        other.unsubscribe();
        seen.push_back(message.payload() + guard.substr(0, 1));
    });
    other = broker.subscribe("news", keep(later));
    const auto third = broker.subscribe("news", keep(later));
    broker.publish("news", "a");
    broker.publish("news", "b");
    turns();
    BOOST_TEST(seen == Texts{"ax"});
    BOOST_TEST(later == (Texts{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(a_subscriber_may_subscribe_and_publish_when_it_is_called) {
    std::optional<pubsub::Subscription> inner;
    const auto outer = broker.subscribe("news", [&](const pubsub::Message& message) {
        if (!inner) {
            inner = broker.subscribe("news", keep(seen));
            broker.publish("news", "answer");
        }
        seen.push_back("outer " + message.payload());
    });
    broker.publish("news", "question");
    turns();
    BOOST_TEST(seen == (Texts{"outer question", "outer answer", "answer"}));
}

BOOST_AUTO_TEST_CASE(what_a_subscriber_throws_is_logged_and_hinders_nobody) {
    const LogCapture log;
    const auto bad =
        broker.subscribe("news", [](const auto&) { throw std::runtime_error{"no, thanks"}; });
    const auto good = broker.subscribe("news", keep(seen));
    broker.publish("news", "a");
    broker.publish("news", "b");
    turns();
    BOOST_TEST(seen == (Texts{"a", "b"}));
    BOOST_TEST(log.count("no, thanks") == 2);
    BOOST_TEST(log.count("\"news\"") == 2);
}

BOOST_AUTO_TEST_CASE(who_comes_back_gets_what_it_has_missed_and_then_the_rest) {
    broker.publish("news", "a");
    const auto position = broker.position("news");
    broker.publish("news", "b");
    broker.publish("news", "c");
    const auto subscription = broker.subscribe("news", position, keep(seen));
    BOOST_TEST(!subscription.missed());
    broker.publish("news", "d");
    turns();
    BOOST_TEST(seen == (Texts{"b", "c", "d"}));
}

BOOST_AUTO_TEST_CASE(who_comes_back_too_late_is_told_so) {
    pubsub::Broker small{{.replay = {.max_messages = 2}}};
    small.publish("news", "a");
    const auto position = small.position("news");
    for (const auto* const text : {"b", "c", "d"}) {
        small.publish("news", text);
    }
    const auto subscription = small.subscribe("news", position, keep(seen));
    BOOST_TEST(subscription.missed());
    BOOST_TEST(!small.covers("news", position));
    turns();
    BOOST_TEST(seen == (Texts{"c", "d"}));
    const auto of_another = broker.subscribe("news", small.position("news"), keep(seen));
    BOOST_TEST(of_another.missed());
}

BOOST_AUTO_TEST_CASE(tells_the_latest_messages) {
    BOOST_TEST(broker.recent("news", 3).empty());
    for (const auto* const text : {"a", "b", "c"}) {
        broker.publish("news", text);
    }
    Texts texts;
    for (const auto& message : broker.recent("news", 2)) {
        texts.push_back(message.payload());
    }
    BOOST_TEST(texts == (Texts{"b", "c"}));
    BOOST_TEST(broker.recent("news", 100).size() == 3u);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_topic_and_what_is_too_large) {
    BOOST_CHECK_THROW(broker.publish("", "x"), std::invalid_argument);
    BOOST_CHECK_THROW(broker.publish(std::string(256, 'x'), "x"), std::invalid_argument);
    BOOST_CHECK_THROW(broker.publish("a\nb", "x"), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(broker.subscribe("", keep(seen))), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(broker.subscribe("a", nullptr)), std::invalid_argument);
    BOOST_CHECK_THROW(
        broker.publish("a", std::string(1024 * 1024 + 1, 'x')), std::invalid_argument
    );
    broker.publish(std::string(255, 'x'), std::string(1024 * 1024, 'x'));
}

BOOST_AUTO_TEST_CASE(forgets_the_topics_that_were_silent_for_longest) {
    pubsub::Broker small{{.max_topics = 2}};
    const auto subscription = small.subscribe("heard", keep(seen));
    small.publish("a", "1");
    small.publish("b", "1");
    small.publish("c", "1");
    BOOST_TEST(small.counters().topics == 3u);  // not counting the one that is heard
    BOOST_TEST(small.recent("a", 1).empty());
    BOOST_TEST(small.recent("c", 1).size() == 1u);
    BOOST_TEST(small.publish("a", "2").sequence() == 2u);  // never a number twice
    small.publish("heard", "x");
    turns();
    BOOST_TEST(seen == Texts{"x"});
}

BOOST_AUTO_TEST_CASE(a_forgotten_topic_goes_on_from_its_own_number) {
    pubsub::Broker small{{.max_topics = 1}};
    for (int i = 0; i < 100; ++i) {
        small.publish("orders", "x");
    }
    small.publish("alerts", "x");
    small.publish("sports", "x");
    BOOST_TEST(small.recent("alerts", 1).empty());
    BOOST_TEST(small.publish("alerts", "x").sequence() == 2u);
    BOOST_TEST(small.publish("orders", "x").sequence() == 101u);
}

BOOST_AUTO_TEST_CASE(silent_topics_are_kept_however_many_are_heard) {
    pubsub::Broker small{{.max_topics = 2}};
    std::vector<pubsub::Subscription> many;
    for (int i = 0; i < 10; ++i) {
        many.push_back(small.subscribe("heard " + std::to_string(i), keep(seen)));
    }
    small.publish("a", "x");
    small.publish("b", "x");
    BOOST_TEST(small.recent("a", 1).size() == 1u);
    BOOST_TEST(small.recent("b", 1).size() == 1u);
    many.clear();  // now they count
    small.publish("c", "x");
    BOOST_TEST(small.counters().topics == 2u);
}

BOOST_AUTO_TEST_CASE(keeps_a_limited_number_of_bytes_of_all_topics_together) {
    pubsub::Broker small{{.max_replay_bytes = 10'000}};
    for (int i = 0; i < 100; ++i) {
        small.publish("topic " + std::to_string(i), std::string(1'000, 'x'));
        BOOST_TEST(small.counters().replay_bytes <= 10'000u);
    }
    BOOST_TEST(small.recent("topic 99", 1).size() == 1u);
    BOOST_TEST(small.recent("topic 0", 1).empty());
}

BOOST_AUTO_TEST_CASE(drops_what_is_too_old_and_then_the_topic) {
    tornado::testing::VirtualTime time{loop, tornado::testing::VirtualTime::Mode::manual};
    pubsub::Broker small{{.replay = {.max_age = 10s}}};
    small.publish("news", "x");
    const auto position = small.position("news");
    const auto subscription = small.subscribe("heard", keep(seen));
    time.advance(10s);
    BOOST_TEST(small.recent("news", 1).size() == 1u);
    time.advance(10s);
    BOOST_TEST(small.recent("news", 1).empty());
    BOOST_TEST(small.counters().replay_bytes == 0u);
    BOOST_TEST(small.covers("news", position));  // nothing has come since
    time.advance(1h);
    BOOST_TEST(small.counters().topics == 1u);  // that which somebody listens to
    BOOST_TEST(small.publish("news", "y").sequence() == 2u);
    BOOST_TEST(small.publish("heard", "z").sequence() == 1u);
    turns();
    BOOST_TEST(seen == Texts{"z"});
}

BOOST_AUTO_TEST_CASE(a_subscription_may_outlive_its_broker) {
    pubsub::Subscription subscription;
    {
        pubsub::Broker short_lived;
        subscription = short_lived.subscribe("news", keep(seen));
        short_lived.publish("news", "x");
    }
    turns();
    BOOST_TEST(seen.empty());
    subscription.unsubscribe();
}

BOOST_AUTO_TEST_CASE(a_subscriber_may_end_its_broker) {
    std::optional<pubsub::Broker> mortal{std::in_place};
    const auto one = mortal->subscribe("news", [&](const auto&) { mortal.reset(); });
    const auto two = mortal->subscribe("news", keep(seen));
    mortal->publish("news", "a");
    mortal->publish("news", "b");
    turns();
    BOOST_TEST(!mortal);
    BOOST_TEST(seen.empty());
}

BOOST_AUTO_TEST_CASE(a_callback_goes_with_its_subscription_though_the_topic_is_silent) {
    std::vector<pubsub::Subscription> many;
    const auto state = std::make_shared<int>(1);
    for (int i = 0; i < 10; ++i) {
        many.push_back(broker.subscribe("news", [state](const auto&) {}));
    }
    many.pop_back();
    BOOST_TEST(state.use_count() == 10);
    many.clear();
    BOOST_TEST(state.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_may_own_other_subscriptions_to_its_topic) {
    std::vector<pubsub::Subscription> many;
    for (int i = 0; i < 10; ++i) {
        auto owned = std::make_shared<pubsub::Subscription>(broker.subscribe("news", keep(seen)));
        many.push_back(broker.subscribe("news", [owned](const auto&) {}));
    }
    const auto last = broker.subscribe("news", keep(seen));
    many.clear();
    broker.publish("news", "x");
    turns();
    BOOST_TEST(seen == Texts{"x"});
}

BOOST_AUTO_TEST_CASE(a_callback_that_ends_its_subscription_lives_until_it_returns) {
    pubsub::Subscription own;
    const auto state = std::make_shared<std::string>("still here, and too long for a short string");
    own = broker.subscribe("news", [&, state](const auto&) {
        own.unsubscribe();
        seen.push_back(*state);
    });
    broker.publish("news", "x");
    turns();
    BOOST_TEST(seen == Texts{*state});
    BOOST_TEST(state.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(many_leave_as_cheaply_as_few) {
    std::vector<pubsub::Subscription> many;
    int calls = 0;
    for (int i = 0; i < 20'000; ++i) {
        many.push_back(broker.subscribe("news", [&](const auto&) { ++calls; }));
    }
    while (many.size() > 10) {
        many.pop_back();
    }
    broker.publish("news", "x");
    turns();
    BOOST_TEST(calls == 10);
}

BOOST_AUTO_TEST_CASE(keeps_what_messages_were_made_into_only_while_it_delivers) {
    struct Form {
        explicit Form(std::string /*text*/) {}
        std::shared_ptr<int> alive = std::make_shared<int>();
    };
    std::weak_ptr<int> form;
    int made = 0;
    const auto make = [&made](const pubsub::Message& message) {
        ++made;
        return Form{message.payload()};
    };
    const auto hear = [&](const pubsub::Message& message) { form = message.as<Form>(make).alive; };
    const auto one = broker.subscribe("news", hear);
    const auto other = broker.subscribe("news", hear);
    const auto beginning = broker.position("news");
    broker.publish("news", "x");
    until([&] { return made == 1; });
    until([&] { return form.expired(); });
    BOOST_TEST(broker.recent("news", 1).size() == 1U);
    const auto late = broker.subscribe("news", beginning, hear);
    const auto later = broker.subscribe("news", beginning, hear);
    until([&] { return made == 2; });
    until([&] { return form.expired(); });
    BOOST_TEST(made == 2);
}

BOOST_AUTO_TEST_CASE(is_ready_at_once_when_there_are_no_others) {
    wait(broker.ready());
    broker.publish("news", "x");
    wait(broker.flush());
}

BOOST_AUTO_TEST_SUITE_END()
