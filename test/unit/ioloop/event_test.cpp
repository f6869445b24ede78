#include <tornado/ioloop/locks/event.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::locks::Event;
using tornado::locks::TimeoutError;

BOOST_AUTO_TEST_SUITE(event_suite)

BOOST_AUTO_TEST_CASE(wait_waits_until_the_event_is_set) {
    ManualScheduler scheduler;
    Event event;
    const auto before = event.wait();
    BOOST_TEST(!before.done());
    event.set();
    const auto while_set = event.wait();
    event.clear();
    const auto after_clear = event.wait();
    BOOST_TEST(before.done());
    BOOST_TEST(while_set.done());
    BOOST_TEST(!after_clear.done());
    BOOST_TEST(event.waiters() == 1U);
}

BOOST_AUTO_TEST_CASE(set_wakes_all_who_wait_even_if_it_is_cleared_at_once) {
    ManualScheduler scheduler;
    Event event;
    Order order;
    auto waiter = [&](std::string name) -> Future<void> {
        co_await event.wait();
        order.push_back(std::move(name));
    };
    waiter("first");
    event.clear();
    waiter("second");
    event.set();
    event.clear();
    waiter("third");
    BOOST_TEST(order.empty());
    scheduler.run();
    BOOST_TEST((order == Order{"first", "second"}));
}

BOOST_AUTO_TEST_CASE(is_set_until_it_is_cleared_however_often_it_was_set) {
    Event event;
    BOOST_TEST(!event.is_set());
    event.set();
    event.set();
    BOOST_TEST(event.is_set());
    event.clear();
    BOOST_TEST(!event.is_set());
}

BOOST_AUTO_TEST_CASE(a_wait_that_takes_too_long_fails_and_the_event_works_on) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Event event;
        BOOST_CHECK_THROW(co_await event.wait(1ms), TimeoutError);
        BOOST_TEST(event.waiters() == 0U);
        loop.call_later(1ms, [&] { event.set(); });
        co_await event.wait(1h);
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_of_zero_and_a_time_that_is_over_are_timeouts) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Event event;
        BOOST_CHECK_THROW(co_await event.wait(0ms), TimeoutError);
        BOOST_CHECK_THROW(co_await event.wait(loop.time() - 1h), TimeoutError);
        event.set();
        co_await event.wait(0ms);
        co_await event.wait(loop.time() - 1h);
    });
}

BOOST_AUTO_TEST_CASE(a_wait_that_is_cancelled_or_dropped_leaves) {
    ManualScheduler scheduler;
    Event event;
    const auto cancelled = event.wait();
    auto dropped = std::optional{event.wait()};
    auto coroutine = [&]() -> Future<void> { co_await event.wait(); };
    const auto in_coroutine = coroutine();
    const auto stays = event.wait();
    BOOST_TEST(event.waiters() == 4U);
    cancelled.cancel();
    dropped.reset();
    in_coroutine.cancel();
    BOOST_TEST(event.waiters() == 1U);
    event.set();
    scheduler.run();
    BOOST_TEST(cancelled.cancelled());
    BOOST_TEST(in_coroutine.cancelled());
    BOOST_TEST(stays.done());
}

BOOST_AUTO_TEST_CASE(its_end_cancels_who_waits) {
    ManualScheduler scheduler;
    auto event = std::make_unique<Event>();
    auto coroutine = [](Event& awaited) -> Future<void> { co_await awaited.wait(); };
    const auto waiting = coroutine(*event);
    event.reset();
    scheduler.run();
    BOOST_TEST(waiting.cancelled());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
