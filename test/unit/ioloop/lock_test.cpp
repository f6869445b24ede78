#include <tornado/ioloop/locks/lock.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::locks::Guard;
using tornado::locks::Lock;
using tornado::locks::TimeoutError;

BOOST_AUTO_TEST_SUITE(lock_suite)

BOOST_AUTO_TEST_CASE(has_one_holder_at_a_time) {
    ManualScheduler scheduler;
    Lock lock;
    BOOST_TEST(!lock.locked());
    auto first = std::optional{lock.acquire()};
    BOOST_TEST(first->done());
    BOOST_TEST(lock.locked());
    const auto second = lock.acquire();
    BOOST_TEST(!second.done());
    BOOST_TEST(lock.waiters() == 1U);
    first.reset();
    BOOST_TEST(second.done());
    BOOST_TEST(lock.locked());
}

BOOST_AUTO_TEST_CASE(those_who_wait_get_it_in_the_order_they_came) {
    ManualScheduler scheduler;
    Lock lock;
    std::vector<int> order;
    auto worker = [&](int number) -> Future<void> {
        const auto guard = co_await lock.acquire();
        order.push_back(number);
        co_await gen::moment();
    };
    auto held = std::optional{lock.acquire()};
    std::vector<Future<void>> workers;
    for (int i = 0; i < 5; ++i) {
        workers.push_back(worker(i));
    }
    held.reset();
    scheduler.run();
    BOOST_TEST((order == std::vector{0, 1, 2, 3, 4}));
    BOOST_TEST(!lock.locked());
}

BOOST_AUTO_TEST_CASE(an_acquire_that_takes_too_long_fails_and_the_lock_stays_locked) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Lock lock;
        const auto guard = co_await lock.acquire();
        BOOST_CHECK_THROW(static_cast<void>(co_await lock.acquire(1ms)), TimeoutError);
        BOOST_CHECK_THROW(static_cast<void>(co_await lock.acquire(0ms)), TimeoutError);
        BOOST_CHECK_THROW(static_cast<void>(co_await lock.acquire(loop.time())), TimeoutError);
        BOOST_TEST(lock.locked());
        BOOST_TEST(!lock.acquire().done());
    });
}

BOOST_AUTO_TEST_CASE(releasing_an_unlocked_one_is_a_misuse) {
    ManualScheduler scheduler;
    Lock lock;
    BOOST_CHECK_THROW(lock.release(), std::logic_error);
    auto lock_by_hand = [&]() -> Future<void> {
        auto guard = co_await lock.acquire();
        guard.detach();
    };
    lock_by_hand().result();
    BOOST_TEST(lock.locked());
    lock.release();
    BOOST_TEST(!lock.locked());
    BOOST_CHECK_THROW(lock.release(), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_waiter_that_is_cancelled_before_the_hand_over_leaves_the_line) {
    ManualScheduler scheduler;
    Lock lock;
    auto held = std::optional{lock.acquire()};
    const auto first = lock.acquire();
    const auto second = lock.acquire();
    BOOST_TEST(first.cancel());
    BOOST_TEST(lock.waiters() == 1U);
    held.reset();
    BOOST_TEST(first.cancelled());
    BOOST_TEST(second.done());
    BOOST_TEST(lock.locked());
}

BOOST_AUTO_TEST_CASE(a_waiter_that_is_cancelled_after_the_hand_over_does_not_keep_the_lock) {
    ManualScheduler scheduler;
    Lock lock;
    Order order;
    auto worker = [&](std::string name) -> Future<void> {
        const auto guard = co_await lock.acquire();
        order.push_back(name + " has it");
        co_await gen::moment();
        order.push_back(name + " goes on");
    };
    auto held = std::optional{lock.acquire()};
    const auto first = worker("first");
    const auto second = worker("second");
    held.reset();  // handed to the first, who has not run yet
    BOOST_TEST(first.cancel());
    scheduler.run();
    BOOST_TEST(first.cancelled());
    BOOST_TEST(!second.cancelled());
    BOOST_TEST((order == Order{"first has it", "second has it", "second goes on"}));
    BOOST_TEST(!lock.locked());
}

BOOST_AUTO_TEST_CASE(a_lock_that_was_handed_over_and_dropped_unseen_goes_to_the_next) {
    ManualScheduler scheduler;
    Lock lock;
    auto held = std::optional{lock.acquire()};
    auto dropped = std::optional{lock.acquire()};
    const auto next = lock.acquire();
    held.reset();
    BOOST_TEST(dropped->done());
    dropped.reset();
    BOOST_TEST(next.done());
    BOOST_TEST(lock.locked());
}

BOOST_AUTO_TEST_CASE(is_not_reentrant) {
    ManualScheduler scheduler;
    Lock lock;
    auto coroutine = [&]() -> Future<void> {
        const auto outer = co_await lock.acquire();
        const auto inner = co_await lock.acquire();
    };
    const auto stuck = coroutine();
    scheduler.run();
    BOOST_TEST(!stuck.done());
    stuck.cancel();
    scheduler.run();
    BOOST_TEST(!lock.locked());
}

BOOST_AUTO_TEST_CASE(its_end_cancels_who_waits_and_the_holder_goes_on) {
    ManualScheduler scheduler;
    auto lock = std::make_unique<Lock>();
    auto worker = [](Lock& shared) -> Future<void> {
        const auto guard = co_await shared.acquire();
        co_await gen::moment();
    };
    const auto holder = worker(*lock);
    const auto waiting = worker(*lock);
    lock.reset();
    scheduler.run();
    BOOST_TEST(!holder.cancelled());
    BOOST_TEST(holder.done());
    BOOST_TEST(waiting.cancelled());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
