#include <tornado/ioloop/locks/condition.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::locks::Condition;

/// Notes in `order` how a wait ends.
void record(const Future<bool>& wait, Order& order, std::string name) {
    wait.add_done_callback([&order, name = std::move(name)](const Future<bool>& done) {
        order.push_back(done.result() ? name : "timeout");
    });
}

BOOST_AUTO_TEST_SUITE(condition_suite)

BOOST_AUTO_TEST_CASE(a_notification_ends_a_wait) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Condition condition;
        loop.call_later(1ms, [&] { condition.notify(); });
        BOOST_TEST(co_await condition.wait());
    });
}

BOOST_AUTO_TEST_CASE(notify_wakes_one_after_the_other) {
    ManualScheduler scheduler;
    Condition condition;
    Order order;
    record(condition.wait(), order, "first");
    record(condition.wait(), order, "second");
    condition.notify();
    scheduler.run();
    order.push_back("notified");
    condition.notify(1);
    scheduler.run();
    BOOST_TEST((order == Order{"first", "notified", "second"}));
}

BOOST_AUTO_TEST_CASE(notify_wakes_as_many_as_asked_in_the_order_they_came) {
    ManualScheduler scheduler;
    Condition condition;
    Order order;
    for (const auto* name : {"a", "b", "c", "d", "e", "f"}) {
        record(condition.wait(), order, name);
    }
    condition.notify(3);
    scheduler.run();
    BOOST_TEST((order == Order{"a", "b", "c"}));
    condition.notify(0);
    condition.notify(1);
    scheduler.run();
    BOOST_TEST((order == Order{"a", "b", "c", "d"}));
    BOOST_TEST(condition.waiters() == 2U);
    condition.notify(20);
    scheduler.run();
    BOOST_TEST((order == Order{"a", "b", "c", "d", "e", "f"}));
}

BOOST_AUTO_TEST_CASE(notify_all_wakes_all_who_wait_by_then) {
    ManualScheduler scheduler;
    Condition condition;
    Order order;
    for (const auto* name : {"a", "b", "c"}) {
        record(condition.wait(), order, name);
    }
    condition.notify_all();
    record(condition.wait(), order, "too late");
    scheduler.run();
    BOOST_TEST((order == Order{"a", "b", "c"}));
    BOOST_TEST(condition.waiters() == 1U);
}

BOOST_AUTO_TEST_CASE(who_waits_goes_on_in_a_later_turn) {
    ManualScheduler scheduler;
    Condition condition;
    Order order;
    auto waiter = [&]() -> Future<void> {
        co_await condition.wait();
        order.push_back("waiter");
    };
    waiter();
    condition.notify();
    order.push_back("notifier");
    scheduler.run();
    BOOST_TEST((order == Order{"notifier", "waiter"}));
}

BOOST_AUTO_TEST_CASE(a_wait_that_takes_too_long_is_false) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Condition condition;
        const auto wait = condition.wait(1ms);
        BOOST_TEST(!co_await wait);
        condition.notify();  // too late
        BOOST_TEST(!wait.result());
    });
}

BOOST_AUTO_TEST_CASE(a_notification_in_time_takes_the_timeout_back) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Condition condition;
        const auto wait = condition.wait(1ms);
        condition.notify();
        co_await gen::sleep(2ms);
        BOOST_TEST(co_await wait);
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_of_zero_and_a_time_that_is_over_are_timeouts) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Condition condition;
        BOOST_TEST(!co_await condition.wait(0ms));
        BOOST_TEST(!co_await condition.wait(loop.time() - 1h));
        BOOST_TEST(!co_await condition.wait(tornado::ioloop::TimePoint()));
    });
}

BOOST_AUTO_TEST_CASE(one_whose_time_is_over_takes_no_notification) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Condition condition;
        Order order;
        record(condition.wait(), order, "a");
        const auto times_out = condition.wait(1ms);
        record(times_out, order, "b");
        record(condition.wait(), order, "c");
        record(condition.wait(), order, "d");
        co_await times_out;
        co_await gen::moment();
        BOOST_TEST(order == Order{"timeout"});
        condition.notify(2);
        co_await gen::moment();
        BOOST_TEST((order == Order{"timeout", "a", "c"}));
        condition.notify();
        co_await gen::moment();
        BOOST_TEST((order == Order{"timeout", "a", "c", "d"}));
    });
}

BOOST_AUTO_TEST_CASE(notify_all_after_a_timeout_wakes_the_others) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Condition condition;
        Order order;
        record(condition.wait(), order, "a");
        const auto times_out = condition.wait(1ms);
        record(condition.wait(), order, "c");
        co_await times_out;
        condition.notify_all();
        co_await gen::moment();
        BOOST_TEST((order == Order{"a", "c"}));
    });
}

BOOST_AUTO_TEST_CASE(who_is_notified_may_notify) {
    ManualScheduler scheduler;
    Condition condition;
    const std::array waits{condition.wait(), condition.wait(), condition.wait()};
    waits[1].add_done_callback([&] { condition.notify(); });
    condition.notify(2);
    scheduler.run();
    BOOST_TEST(std::ranges::all_of(waits, [](const auto& wait) { return wait.done(); }));
}

BOOST_AUTO_TEST_CASE(those_whose_time_is_over_leave_the_line_at_once) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Condition condition;
        std::vector<Future<bool>> waits;
        for (int i = 0; i < 101; ++i) {
            waits.push_back(condition.wait(0ms));
        }
        const auto stays = condition.wait();
        BOOST_TEST(condition.waiters() == 102U);
        co_await waits.back();
        BOOST_TEST(condition.waiters() == 1U);
        BOOST_TEST(!stays.done());
        condition.notify();
        BOOST_TEST(stays.done());
    });
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_cancelled_or_dropped_takes_no_notification) {
    ManualScheduler scheduler;
    Condition condition;
    const auto cancelled = condition.wait();
    auto dropped = std::optional{condition.wait()};
    auto coroutine = [&]() -> Future<void> { co_await condition.wait(); };
    const auto in_coroutine = coroutine();
    const auto stays = condition.wait();
    cancelled.cancel();
    dropped.reset();
    in_coroutine.cancel();
    BOOST_TEST(condition.waiters() == 1U);
    condition.notify();
    BOOST_TEST(stays.result());
}

BOOST_AUTO_TEST_CASE(a_notification_that_was_dropped_unseen_goes_to_the_next) {
    ManualScheduler scheduler;
    Condition condition;
    auto first = std::optional{condition.wait()};
    const auto second = condition.wait();
    condition.notify();
    BOOST_TEST(!second.done());
    first.reset();
    BOOST_TEST(second.done());
}

BOOST_AUTO_TEST_CASE(so_does_one_that_was_dropped_within_gen_with_timeout) {
    IOLoop loop;
    Condition condition;
    loop.run_sync([&]() -> Future<void> {
        auto first = std::optional{gen::with_timeout(1h, condition.wait())};
        const auto second = condition.wait();
        condition.notify();
        while (!first->done()) {
            co_await gen::moment();
        }
        BOOST_TEST(!second.done());
        first.reset();
        BOOST_TEST(second.done());
    });
}

BOOST_AUTO_TEST_CASE(a_notification_that_was_seen_goes_to_nobody_else) {
    ManualScheduler scheduler;
    Condition condition;
    auto asked = std::optional{condition.wait()};
    condition.wait().add_done_callback([] {});
    auto coroutine = [&]() -> Future<void> { co_await condition.wait(); };
    const auto awaited = coroutine();
    const auto next = condition.wait();
    condition.notify(3);
    BOOST_TEST(asked->result());
    asked.reset();
    scheduler.run();
    BOOST_TEST(awaited.done());
    BOOST_TEST(!next.done());
}

BOOST_AUTO_TEST_CASE(what_notify_all_said_is_not_passed_on) {
    ManualScheduler scheduler;
    Condition condition;
    auto first = std::optional{condition.wait()};
    condition.notify_all();
    const auto later = condition.wait();
    first.reset();
    BOOST_TEST(!later.done());
}

BOOST_AUTO_TEST_CASE(one_who_is_cancelled_after_the_notification_has_had_it) {
    ManualScheduler scheduler;
    Condition condition;
    Order order;
    auto coroutine = [&]() -> Future<void> {
        BOOST_TEST(co_await condition.wait());
        order.push_back("notified");
        co_await gen::moment();
        order.push_back("not cancelled");
    };
    const auto future = coroutine();
    condition.notify();
    future.cancel();
    scheduler.run();
    BOOST_TEST(order == Order{"notified"});
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(its_end_cancels_who_waits_and_harms_nobody_else) {
    ManualScheduler scheduler;
    auto condition = std::make_unique<Condition>();
    const auto notified = condition->wait();
    auto unseen = std::optional{condition->wait()};
    const auto waiting = condition->wait();
    condition->notify(2);
    condition.reset();
    unseen.reset();
    BOOST_TEST(notified.result());
    BOOST_TEST(waiting.cancelled());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
