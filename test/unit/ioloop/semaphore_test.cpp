#include <tornado/ioloop/locks/semaphore.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::locks::BoundedSemaphore;
using tornado::locks::Guard;
using tornado::locks::Semaphore;
using tornado::locks::TimeoutError;

static_assert(!std::is_copy_constructible_v<Guard> && std::is_nothrow_move_assignable_v<Guard>);

/// Takes a permit that nobody's guard holds.
Future<void> take(Semaphore& semaphore) {
    auto guard = co_await semaphore.acquire();
    guard.detach();
}

/// Whether there is a permit left; it is given back.
bool available(Semaphore& semaphore) {
    return semaphore.acquire().done();
}

BOOST_AUTO_TEST_SUITE(semaphore_suite)

BOOST_AUTO_TEST_CASE(a_negative_value_is_refused) {
    BOOST_CHECK_THROW(Semaphore{-1}, std::invalid_argument);
    BOOST_CHECK_THROW(BoundedSemaphore{-1}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(says_how_many_permits_are_left_and_how_many_wait) {
    ManualScheduler scheduler;
    Semaphore semaphore;
    BOOST_TEST(semaphore.value() == 1);
    const auto first = semaphore.acquire();
    BOOST_TEST(semaphore.value() == 0);
    BOOST_TEST(semaphore.waiters() == 0U);
    const auto second = semaphore.acquire();
    BOOST_TEST(semaphore.waiters() == 1U);
}

BOOST_AUTO_TEST_CASE(who_finds_no_permit_waits_for_a_release) {
    ManualScheduler scheduler;
    Semaphore semaphore;
    const auto first = take(semaphore);
    BOOST_TEST(first.done());
    const auto second = take(semaphore);
    const auto third = take(semaphore);
    BOOST_TEST(!second.done());
    semaphore.release();
    scheduler.run();
    BOOST_TEST(second.done());
    BOOST_TEST(!third.done());
    semaphore.release();
    scheduler.run();
    BOOST_TEST(third.done());
    semaphore.release();
    BOOST_TEST(take(semaphore).done());
    BOOST_TEST(semaphore.waiters() == 0U);
}

BOOST_AUTO_TEST_CASE(nobody_overtakes_those_who_wait) {
    ManualScheduler scheduler;
    Semaphore semaphore;
    Order order;
    auto worker = [&](std::string name) -> Future<void> {
        const auto guard = co_await semaphore.acquire();
        order.push_back(std::move(name));
    };
    auto held = std::optional{semaphore.acquire()};
    worker("first");
    worker("second");
    held.reset();  // handed to the first, who has not run yet
    worker("third");
    BOOST_TEST(order.empty());
    scheduler.run();
    BOOST_TEST((order == Order{"first", "second", "third"}));
}

BOOST_AUTO_TEST_CASE(an_acquire_that_takes_too_long_fails_and_takes_nothing) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Semaphore semaphore{2};
        auto first = co_await semaphore.acquire();
        auto second = co_await semaphore.acquire();
        const auto too_late = semaphore.acquire(1ms);
        BOOST_CHECK_THROW(static_cast<void>(co_await too_late), TimeoutError);
        first.release();
        BOOST_TEST(semaphore.value() == 1);
        const auto third = semaphore.acquire();
        const auto fourth = semaphore.acquire();
        BOOST_TEST(!fourth.done());
        second.release();
        BOOST_TEST(fourth.done());
    });
}

BOOST_AUTO_TEST_CASE(a_permit_in_time_takes_the_timeout_back) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Semaphore semaphore;
        auto first = co_await semaphore.acquire();
        auto acquire = semaphore.acquire(1ms);
        first.release();
        co_await gen::sleep(2ms);
        const auto second = co_await std::move(acquire);
        BOOST_TEST(static_cast<bool>(second));
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_of_zero_and_a_time_that_is_over_are_timeouts) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Semaphore semaphore{0};
        BOOST_CHECK_THROW(static_cast<void>(co_await semaphore.acquire(0ms)), TimeoutError);
        BOOST_CHECK_THROW(
            static_cast<void>(co_await semaphore.acquire(loop.time() - 1h)), TimeoutError
        );
        BOOST_TEST(semaphore.waiters() == 0U);
        semaphore.release();
        const auto guard = co_await semaphore.acquire(0ms);
        BOOST_TEST(static_cast<bool>(guard));
    });
}

BOOST_AUTO_TEST_CASE(more_may_be_released_than_were_acquired) {
    ManualScheduler scheduler;
    Semaphore semaphore;
    semaphore.release();
    semaphore.release();
    BOOST_TEST(semaphore.value() == 3);
    BOOST_TEST(take(semaphore).done());
    BOOST_TEST(take(semaphore).done());
    BOOST_TEST(take(semaphore).done());
    BOOST_TEST(!available(semaphore));
}

BOOST_AUTO_TEST_CASE(those_whose_time_is_over_leave_the_line_at_once) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Semaphore semaphore{0};
        std::vector<Future<Guard>> acquires;
        for (int i = 0; i < 101; ++i) {
            acquires.push_back(semaphore.acquire(0ms));
            acquires.back().ignore();
        }
        const auto stays = semaphore.acquire();
        BOOST_TEST(semaphore.waiters() == 102U);
        BOOST_CHECK_THROW(static_cast<void>(co_await acquires.back()), TimeoutError);
        BOOST_TEST(semaphore.waiters() == 1U);
        BOOST_TEST(!stays.done());
        semaphore.release();
        BOOST_TEST(stays.done());
    });
}

BOOST_AUTO_TEST_CASE(its_end_cancels_who_waits) {
    ManualScheduler scheduler;
    auto semaphore = std::make_unique<Semaphore>(0);
    const auto waiting = take(*semaphore);
    semaphore.reset();
    scheduler.run();
    BOOST_TEST(waiting.cancelled());
}

BOOST_AUTO_TEST_CASE(a_bounded_one_refuses_to_have_more_permits_than_it_began_with) {
    ManualScheduler scheduler;
    BoundedSemaphore semaphore;
    BOOST_CHECK_THROW(semaphore.release(), std::logic_error);
    BOOST_TEST(take(semaphore).done());
    const auto waiting = take(semaphore);
    BOOST_TEST(!waiting.done());
    semaphore.release();
    scheduler.run();
    BOOST_TEST(waiting.done());
    semaphore.release();
    BOOST_CHECK_THROW(semaphore.release(), std::logic_error);
    BOOST_TEST(semaphore.value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(guard_suite)

BOOST_AUTO_TEST_CASE(releases_at_the_end_of_its_scope) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Semaphore semaphore;
        {
            const auto guard = co_await semaphore.acquire();
            BOOST_TEST(static_cast<bool>(guard));
            BOOST_TEST(!available(semaphore));
        }
        BOOST_TEST(available(semaphore));
        { const auto guard = co_await semaphore.acquire(1h); }
        BOOST_TEST(available(semaphore));
    });
}

BOOST_AUTO_TEST_CASE(releases_when_an_exception_ends_its_scope) {
    ManualScheduler scheduler;
    Semaphore semaphore;
    auto failing = [&]() -> Future<void> {
        const auto guard = co_await semaphore.acquire();
        throw std::out_of_range{"in the scope"};
    };
    BOOST_CHECK_THROW(failing().result(), std::out_of_range);
    BOOST_TEST(available(semaphore));
}

BOOST_AUTO_TEST_CASE(releases_nothing_after_a_timeout) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Semaphore semaphore{0};
        bool timed_out = false;
        try {
            const auto guard = co_await semaphore.acquire(0ms);
        } catch (const TimeoutError&) {
            timed_out = true;
        }
        BOOST_TEST(timed_out);
        BOOST_TEST(!available(semaphore));
    });
}

BOOST_AUTO_TEST_CASE(keeps_others_out_while_its_holder_waits) {
    ManualScheduler scheduler;
    Semaphore semaphore;
    Order order;
    auto worker = [&](std::string name) -> Future<void> {
        const auto guard = co_await semaphore.acquire();
        order.push_back("acquired " + name);
        co_await gen::moment();
        co_await gen::moment();
        order.push_back("release " + name);
    };
    worker("0");
    worker("1");
    scheduler.run();
    BOOST_TEST((order == Order{"acquired 0", "release 0", "acquired 1", "release 1"}));
}

BOOST_AUTO_TEST_CASE(may_release_early_and_only_once) {
    ManualScheduler scheduler;
    Semaphore semaphore;
    auto coroutine = [&]() -> Future<void> {
        auto guard = co_await semaphore.acquire();
        guard.release();
        BOOST_TEST(!guard);
        BOOST_TEST(semaphore.value() == 1);
        guard.release();
        guard.detach();
    };
    coroutine().result();
    BOOST_TEST(semaphore.value() == 1);
}

BOOST_AUTO_TEST_CASE(a_moved_one_releases_once_and_an_overwritten_one_at_once) {
    ManualScheduler scheduler;
    Semaphore semaphore{2};
    auto coroutine = [&]() -> Future<void> {
        auto first = co_await semaphore.acquire();
        auto moved = std::move(first);
        BOOST_TEST(semaphore.value() == 1);
        auto second = co_await semaphore.acquire();
        moved = std::move(second);
        BOOST_TEST(semaphore.value() == 1);
    };
    coroutine().result();
    BOOST_TEST(semaphore.value() == 2);
}

BOOST_AUTO_TEST_CASE(may_outlive_the_semaphore) {
    ManualScheduler scheduler;
    auto semaphore = std::make_unique<Semaphore>();
    auto holder = [&]() -> Future<Guard> { co_return co_await semaphore->acquire(); };
    auto held = std::optional{holder()};
    semaphore.reset();
    held.reset();
}

BOOST_AUTO_TEST_CASE(one_whose_permit_was_released_by_hand_says_so) {
    ManualScheduler scheduler;
    LogCapture log;
    BoundedSemaphore semaphore;
    {
        const auto guard = semaphore.acquire();
        semaphore.release();
    }
    BOOST_TEST(log.count("detach() the guard") == 1);
    BOOST_TEST(semaphore.value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(semaphore_cancellation)

BOOST_AUTO_TEST_CASE(one_who_is_cancelled_while_it_waits_leaves) {
    ManualScheduler scheduler;
    Semaphore semaphore{0};
    const auto direct = semaphore.acquire();
    const auto coroutine = take(semaphore);
    const auto next = take(semaphore);
    direct.cancel();
    coroutine.cancel();
    BOOST_TEST(semaphore.waiters() == 1U);
    semaphore.release();
    scheduler.run();
    BOOST_TEST(direct.cancelled());
    BOOST_TEST(coroutine.cancelled());
    BOOST_TEST(next.done());
    BOOST_TEST(semaphore.value() == 0);
}

BOOST_AUTO_TEST_CASE(one_who_is_cancelled_after_the_hand_over_gives_the_permit_to_the_next) {
    ManualScheduler scheduler;
    Semaphore semaphore{0};
    auto worker = [&]() -> Future<void> {
        const auto guard = co_await semaphore.acquire();
        co_await gen::sleep(1h);
    };
    IOLoop loop;
    const auto cancelled = worker();
    const auto next = semaphore.acquire();
    semaphore.release();
    cancelled.cancel();
    loop.run_sync([]() -> Future<void> {
        co_await gen::moment();
        co_await gen::moment();
    });
    BOOST_TEST(cancelled.cancelled());
    BOOST_TEST(next.done());
}

BOOST_AUTO_TEST_CASE(the_callers_of_one_who_is_cancelled_after_the_hand_over_lose_nothing) {
    ManualScheduler scheduler;
    Semaphore semaphore{0};
    auto inner = [&]() -> Future<Guard> { co_return co_await semaphore.acquire(); };
    auto outer = [&]() -> Future<void> {
        const auto guard = co_await inner();
        co_await gen::moment();
        BOOST_ERROR("was not cancelled");
    };
    const auto future = outer();
    semaphore.release();
    future.cancel();
    scheduler.run();
    BOOST_TEST(future.cancelled());
    BOOST_TEST(semaphore.value() == 1);
}

BOOST_AUTO_TEST_CASE(a_future_that_is_dropped_gives_up_its_place_or_its_permit) {
    ManualScheduler scheduler;
    Semaphore semaphore{0};
    auto waiting = std::optional{semaphore.acquire()};
    auto served = std::optional{semaphore.acquire()};
    const auto next = semaphore.acquire();
    waiting.reset();
    BOOST_TEST(semaphore.waiters() == 2U);
    semaphore.release();
    BOOST_TEST(served->done());
    BOOST_TEST(!next.done());
    served.reset();
    BOOST_TEST(next.done());
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_dropped_ones_need_no_stack) {
    ManualScheduler scheduler;
    Semaphore semaphore{0};
    std::vector<Future<Guard>> acquires;
    for (int i = 0; i < 100'000; ++i) {
        acquires.push_back(semaphore.acquire());
    }
    semaphore.release();
    acquires.clear();
    BOOST_TEST(semaphore.value() == 1);
}

BOOST_AUTO_TEST_CASE(who_waits_when_the_loop_closes_harms_nobody) {
    Semaphore semaphore{0};
    std::vector<Future<Guard>> kept;
    {
        IOLoop loop;
        loop.run_sync([&]() -> Future<void> {
            take(semaphore);
            kept.push_back(semaphore.acquire(1h));
            semaphore.acquire().add_done_callback([] {});
            co_return;
        });
    }
    BOOST_TEST(!kept.front().done());
    kept.clear();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
