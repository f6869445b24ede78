#include <tornado/ioloop/queues/queue.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "queue_support.hpp"
#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::queues::Queue;
using tornado::queues::TimeoutError;

BOOST_AUTO_TEST_SUITE(queue_cancellation)

BOOST_AUTO_TEST_CASE(a_get_that_is_cancelled_or_dropped_while_it_waits_leaves) {
    ManualScheduler scheduler;
    Queue<int> queue;
    const auto cancelled = queue.get();
    auto dropped = std::optional{queue.get()};
    auto coroutine = [&]() -> Future<void> { co_await queue.get(); };
    const auto in_coroutine = coroutine();
    const auto stays = queue.get();
    cancelled.cancel();
    dropped.reset();
    in_coroutine.cancel();
    BOOST_TEST(queue.getters() == 1U);
    queue.put(7);
    BOOST_TEST(stays.result() == 7);
}

BOOST_AUTO_TEST_CASE(a_put_that_is_cancelled_puts_nothing_and_lets_go_of_its_item) {
    ManualScheduler scheduler;
    Queue<std::shared_ptr<int>> queue{1};
    const auto token = std::make_shared<int>(0);
    queue.put(nullptr);
    const auto cancelled = queue.put(token);
    auto coroutine = [&]() -> Future<void> { co_await queue.put(token); };
    const auto in_coroutine = coroutine();
    const auto stays = queue.put(nullptr);
    BOOST_TEST(token.use_count() == 3);
    cancelled.cancel();
    in_coroutine.cancel();
    BOOST_TEST(token.use_count() == 1);
    BOOST_TEST(queue.putters() == 1U);
    scheduler.run();
    BOOST_TEST(in_coroutine.cancelled());
    queue.get_nowait();
    BOOST_TEST(stays.done());
    BOOST_TEST(queue.unfinished_tasks() == 2U);
}

BOOST_AUTO_TEST_CASE(a_put_that_is_cancelled_after_it_got_in_is_in) {
    ManualScheduler scheduler;
    Queue<int> queue{1};
    bool went_on = false;
    queue.put(0);
    auto coroutine = [&]() -> Future<void> {
        co_await queue.put(1);
        went_on = true;
        co_await gen::moment();
        BOOST_ERROR("was not cancelled");
    };
    const auto future = coroutine();
    BOOST_TEST(queue.get_nowait() == 0);
    future.cancel();
    scheduler.run();
    BOOST_TEST(went_on);
    BOOST_TEST(future.cancelled());
    BOOST_TEST((drained(queue) == std::vector{1}));
}

BOOST_AUTO_TEST_CASE(one_who_is_cancelled_after_it_was_served_has_the_item) {
    ManualScheduler scheduler;
    Queue<int> queue;
    std::optional<int> item;
    auto coroutine = [&]() -> Future<void> {
        item = co_await queue.get();
        co_await gen::moment();
        BOOST_ERROR("was not cancelled");
    };
    const auto future = coroutine();
    queue.put(3);
    future.cancel();
    scheduler.run();
    BOOST_TEST(item.value() == 3);
    BOOST_TEST(future.cancelled());
    BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(the_callers_of_one_who_is_cancelled_after_it_was_served_have_the_item) {
    ManualScheduler scheduler;
    Queue<std::unique_ptr<int>> queue;
    int seen = 0;
    auto inner = [&]() -> Future<std::unique_ptr<int>> { co_return co_await queue.get(); };
    auto outer = [&]() -> Future<void> {
        const auto item = co_await inner();
        seen = *item;
        co_await gen::moment();
        BOOST_ERROR("was not cancelled");
    };
    const auto future = outer();
    queue.put(std::make_unique<int>(3));
    future.cancel();
    scheduler.run();
    BOOST_TEST(seen == 3);
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(an_item_that_was_dropped_unseen_goes_to_the_next_who_waits) {
    ManualScheduler scheduler;
    Queue<std::unique_ptr<int>> queue;
    auto first = std::optional{queue.get()};
    const auto second = queue.get();
    queue.put(std::make_unique<int>(3));
    BOOST_TEST(first->done());
    BOOST_TEST(!second.done());
    first.reset();
    BOOST_TEST_REQUIRE(second.done());
    BOOST_TEST(*second.result() == 3);
    BOOST_TEST(queue.unfinished_tasks() == 1U);
}

BOOST_AUTO_TEST_CASE(an_item_that_was_dropped_unseen_goes_back_to_its_place) {
    ManualScheduler scheduler;
    Queue<int> queue;
    for (int i = 0; i < 5; ++i) {
        queue.put(i);
    }
    auto zero = std::optional{queue.get()};
    auto one = std::optional{queue.get()};
    auto two = std::optional{queue.get()};
    zero.reset();
    two.reset();
    one.reset();
    BOOST_TEST((drained(queue) == std::vector{0, 1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(a_queue_to_which_items_come_back_may_hold_more_than_its_maxsize) {
    ManualScheduler scheduler;
    Queue<int> queue{1};
    queue.put(0);
    const auto waiting = queue.put(1);
    {
        const auto unseen = queue.get();
        BOOST_TEST(waiting.done());
    }
    BOOST_TEST(queue.qsize() == 2U);
    BOOST_TEST(queue.full());
    const auto waits_for_both = queue.put(2);
    BOOST_TEST(queue.get_nowait() == 0);
    BOOST_TEST(!waits_for_both.done());
    BOOST_TEST(queue.get_nowait() == 1);
    BOOST_TEST(waits_for_both.done());
    BOOST_TEST((drained(queue) == std::vector{2}));
}

BOOST_AUTO_TEST_CASE(an_item_that_was_seen_does_not_come_back) {
    ManualScheduler scheduler;
    Queue<int> queue;
    for (int i = 0; i < 4; ++i) {
        queue.put(i);
    }
    queue.get().add_done_callback([] {});
    queue.get().add_done_callback([](const Future<int>& get) { BOOST_TEST(get.result() == 1); });
    BOOST_TEST(queue.get().result() == 2);
    auto coroutine = [&]() -> Future<void> {
        const auto get = queue.get();
        BOOST_TEST(co_await get == 3);
    };
    coroutine();
    scheduler.run();
    BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(a_named_future_keeps_its_item_when_one_who_awaits_it_is_cancelled) {
    ManualScheduler scheduler;
    Queue<int> queue;
    {
        const auto get = queue.get();
        auto coroutine = [](Future<int> future) -> Future<void> { co_await future; };
        const auto waiting = coroutine(get);
        waiting.cancel();
        queue.put(5);
        scheduler.run();
        BOOST_TEST(waiting.cancelled());
        BOOST_TEST(queue.empty());
    }
    BOOST_TEST((drained(queue) == std::vector{5}));
}

BOOST_AUTO_TEST_CASE(what_comes_after_gen_with_timeout_gave_up_is_not_lost) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue;
        BOOST_CHECK_THROW(co_await gen::with_timeout(0ms, queue.get()), TimeoutError);
        queue.put(5);
        co_await gen::moment();
        BOOST_TEST((drained(queue) == std::vector{5}));
    });
}

BOOST_AUTO_TEST_CASE(what_comes_to_gen_with_timeout_in_time_and_is_dropped_unseen_goes_back) {
    IOLoop loop;
    Queue<int> queue;
    loop.run_sync([&]() -> Future<void> {
        auto unseen = std::optional{gen::with_timeout(1h, gen::with_timeout(1h, queue.get()))};
        auto seen = gen::with_timeout(1h, queue.get());
        queue.put_nowait(1);
        queue.put_nowait(2);
        while (!unseen->done() || !seen.done()) {
            co_await gen::moment();
        }
        BOOST_TEST(queue.empty());
        unseen.reset();
        BOOST_TEST(queue.qsize() == 1U);
        BOOST_TEST(queue.get_nowait() == 1);
        BOOST_TEST(seen.result() == 2);
        seen = Future<int>::ready(0);
        BOOST_TEST(queue.empty());
    });
}

BOOST_AUTO_TEST_CASE(what_was_handed_on_and_dropped_unseen_dies_when_the_queue_is_gone) {
    IOLoop loop;
    auto queue = std::make_unique<Queue<std::shared_ptr<int>>>();
    const auto token = std::make_shared<int>(0);
    loop.run_sync([&]() -> Future<void> {
        auto unseen = std::optional{gen::with_timeout(1h, queue->get())};
        queue->put_nowait(token);
        while (!unseen->done()) {
            co_await gen::moment();
        }
        queue.reset();
        unseen.reset();
    });
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(an_unseen_item_dies_with_the_future_when_the_queue_is_gone) {
    ManualScheduler scheduler;
    const auto token = std::make_shared<int>(0);
    auto queue = std::make_unique<Queue<std::shared_ptr<int>>>();
    auto unseen = std::optional{queue->get()};
    queue->put(token);
    queue.reset();
    BOOST_TEST(token.use_count() == 2);
    unseen.reset();
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(who_waits_when_the_loop_closes_loses_no_item) {
    Queue<int> queue;
    std::vector<int> taken;
    std::vector<Future<int>> kept;
    auto getter = [&]() -> Future<void> {
        while (true) {
            taken.push_back(co_await queue.get());
        }
    };
    {
        IOLoop loop;
        loop.run_sync([&]() -> Future<void> {
            getter();
            getter();
            kept.push_back(queue.get(1h));
            queue.put(1);  // on its way to the first when the loop closes
            co_return;
        });
    }
    BOOST_TEST((taken == std::vector{1}));
    BOOST_TEST(queue.getters() == 1U);
    queue.put(2);
    kept.clear();
    BOOST_TEST((drained(queue) == std::vector{2}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
