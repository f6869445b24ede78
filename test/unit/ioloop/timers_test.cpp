#include <tornado/ioloop.hpp>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "support.hpp"

namespace {

using namespace std::chrono_literals;
using tornado::ioloop::IOLoop;
using tornado::ioloop::Timeout;

BOOST_AUTO_TEST_SUITE(timers)

BOOST_AUTO_TEST_CASE(timeouts_run_in_the_order_of_their_time) {
    IOLoop loop;
    Order order;
    const auto now = loop.time();
    loop.call_at(now + 3ms, [&] {
        order.push_back("third");
        loop.stop();
    });
    loop.call_at(now + 1ms, [&] { order.push_back("first"); });
    loop.call_at(now + 2ms, [&] { order.push_back("second"); });
    loop.start();
    BOOST_TEST((order == Order{"first", "second", "third"}));
    BOOST_TEST((loop.time() >= now + 3ms));
}

BOOST_AUTO_TEST_CASE(add_timeout_takes_a_delay_or_a_time) {
    IOLoop loop;
    Order order;
    loop.add_timeout(loop.time() + 2ms, [&] {
        order.push_back("at");
        loop.stop();
    });
    loop.add_timeout(0ms, [&] { order.push_back("later"); });
    loop.remove_timeout(loop.add_timeout(1ms, [&] { order.push_back("removed"); }));
    loop.start();
    BOOST_TEST((order == Order{"later", "at"}));
}

BOOST_AUTO_TEST_CASE(timeouts_of_the_same_time_run_in_the_order_they_came) {
    IOLoop loop;
    std::vector<int> order;
    const auto when = loop.time() + 1ms;
    for (int i = 0; i < 100; ++i) {
        loop.call_at(when, [&, i] { order.push_back(i); });
    }
    loop.call_at(when, [&] { loop.stop(); });
    loop.start();
    BOOST_TEST(order.size() == 100U);
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(a_time_that_is_over_runs_soon_but_never_at_once) {
    IOLoop loop;
    bool ran = false;
    loop.call_at(loop.time() - 1h, [&] {
        ran = true;
        loop.stop();
    });
    BOOST_TEST(!ran);
    loop.start();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(timeouts_that_are_due_as_soon_as_they_are_added_starve_nobody) {
    IOLoop loop;
    bool due = false;
    int turns = 0;
    std::function<void()> again = [&] {
        ++turns;
        loop.call_at(loop.time() - 1h, again);
    };
    loop.call_later(-1h, again);
    loop.call_later(1ms, [&] { due = true; });
    std::function<void()> look = [&] {
        if (due && turns > 2) {
            loop.stop();
        } else {
            loop.add_callback(look);
        }
    };
    loop.add_callback(look);
    loop.start();
    BOOST_TEST(due);
}

BOOST_AUTO_TEST_CASE(a_removed_timeout_does_not_run_and_the_others_do) {
    IOLoop loop;
    Order order;
    const auto token = std::make_shared<int>(0);
    const auto now = loop.time();
    loop.call_at(now, [&] { order.push_back("before"); });
    const auto removed = loop.call_at(now, [token] { ++*token; });
    loop.call_at(now, [&] {
        order.push_back("after");
        loop.stop();
    });
    loop.remove_timeout(removed);
    BOOST_TEST(token.use_count() == 1);
    loop.start();
    BOOST_TEST((order == Order{"before", "after"}));
    BOOST_TEST(*token == 0);
}

BOOST_AUTO_TEST_CASE(a_timeout_may_remove_one_that_is_due_in_the_same_turn_and_itself) {
    IOLoop loop;
    Order order;
    Timeout self;
    Timeout next;
    const auto now = loop.time();
    self = loop.call_at(now, [&] {
        order.push_back("first");
        loop.remove_timeout(next);
        loop.remove_timeout(self);
    });
    next = loop.call_at(now, [&] { order.push_back("removed"); });
    loop.call_at(now, [&] { loop.stop(); });
    loop.start();
    BOOST_TEST(order == Order{"first"});
}

BOOST_AUTO_TEST_CASE(removing_one_that_has_run_harms_no_later_one) {
    IOLoop loop;
    const auto old = loop.call_later(0ms, [&] { loop.stop(); });
    loop.start();
    bool ran = false;
    loop.call_later(0ms, [&] {
        ran = true;
        loop.stop();
    });
    loop.remove_timeout(old);
    loop.remove_timeout(Timeout{});
    loop.start();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(another_loops_timeout_means_nothing_to_this_one) {
    IOLoop other;
    const auto foreign = other.call_later(1h, [] {});
    IOLoop loop;
    bool ran = false;
    loop.call_later(0ms, [&] {
        ran = true;
        loop.stop();
    });
    loop.remove_timeout(foreign);
    loop.start();
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(an_earlier_timeout_may_come_later_and_an_armed_one_go) {
    IOLoop loop;
    const auto never = loop.call_later(1h, [] {});
    const auto sooner = loop.call_later(0ms, [] {});
    loop.call_later(1ms, [&] { loop.stop(); });
    loop.remove_timeout(sooner);
    loop.start();
    loop.remove_timeout(never);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_may_be_pending) {
    IOLoop loop;
    constexpr int count = 100'000;
    int ran = 0;
    std::vector<Timeout> timeouts;
    timeouts.reserve(count);
    const auto past = loop.time() - 1h;
    for (int i = 0; i < count; ++i) {
        const auto when = past + std::chrono::microseconds{(i * 7919) % count};
        timeouts.push_back(loop.call_at(when, [&] { ++ran; }));
    }
    for (std::size_t i = 0; i < timeouts.size(); i += 2) {
        loop.remove_timeout(timeouts[i]);
    }
    loop.call_later(0ms, [&] { loop.stop(); });
    loop.start();
    BOOST_TEST(ran == count / 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
