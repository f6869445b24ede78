#include <tornado/ioloop/queues/queue.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "queue_support.hpp"
#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::queues::Queue;
using tornado::queues::QueueEmpty;
using tornado::queues::QueueFull;
using tornado::queues::TimeoutError;

BOOST_AUTO_TEST_SUITE(queue_suite)

BOOST_AUTO_TEST_CASE(gives_out_what_was_put_first) {
    Queue<int> queue;
    for (const int item : {1, 3, 2}) {
        queue.put_nowait(item);
    }
    BOOST_TEST(queue.qsize() == 3U);
    BOOST_TEST((drained(queue) == std::vector{1, 3, 2}));
}

BOOST_AUTO_TEST_CASE(a_negative_maxsize_is_refused_and_0_is_no_limit) {
    BOOST_CHECK_THROW(Queue<int>{-1}, std::invalid_argument);
    Queue<int> queue;
    BOOST_TEST(queue.maxsize() == 0U);
    for (int i = 0; i < 1000; ++i) {
        queue.put_nowait(i);
    }
    BOOST_TEST(!queue.full());
}

BOOST_AUTO_TEST_CASE(says_how_many_wait_and_how_much_is_not_done) {
    ManualScheduler scheduler;
    Queue<int> queue{1};
    {
        const auto get = queue.get();
        BOOST_TEST(queue.getters() == 1U);
        BOOST_TEST(queue.putters() == 0U);
        queue.put(0);
        queue.put(1);
        queue.put(2);
        BOOST_TEST(queue.getters() == 0U);
        BOOST_TEST(queue.putters() == 1U);
        BOOST_TEST(queue.unfinished_tasks() == 2U);
        BOOST_TEST(get.result() == 0);
    }
}

BOOST_AUTO_TEST_CASE(holds_no_more_than_its_maxsize) {
    ManualScheduler scheduler;
    Queue<int> queue{2};
    BOOST_TEST(queue.empty());
    BOOST_TEST(!queue.full());
    BOOST_TEST(queue.maxsize() == 2U);
    BOOST_TEST(queue.put(0).done());
    BOOST_TEST(queue.put(1).done());
    BOOST_TEST(!queue.empty());
    BOOST_TEST(queue.full());
    const auto waiting = queue.put(2);
    BOOST_TEST(!waiting.done());
    BOOST_TEST(queue.get().result() == 0);
    BOOST_TEST(waiting.done());
    BOOST_TEST(queue.full());
    BOOST_TEST((drained(queue) == std::vector{1, 2}));
}

BOOST_AUTO_TEST_CASE(get_waits_for_an_item) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue;
        queue.put(0);
        loop.call_later(1ms, [&] { queue.put_nowait(1); });
        BOOST_TEST(co_await queue.get(1h) == 0);
        BOOST_TEST(co_await queue.get(1h) == 1);
    });
}

BOOST_AUTO_TEST_CASE(put_waits_for_room) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue{1};
        queue.put_nowait(0);
        std::vector<int> taken;
        for (int i = 0; i < 2; ++i) {
            loop.call_later(1ms, [&] { taken.push_back(queue.get_nowait()); });
        }
        const auto first = queue.put(1);
        const auto second = queue.put(2);
        BOOST_TEST(!first.done());
        co_await second;
        BOOST_TEST(first.done());
        BOOST_TEST((taken == std::vector{0, 1}));
    });
}

BOOST_AUTO_TEST_CASE(what_is_put_without_waiting_gets_in_all_the_same) {
    ManualScheduler scheduler;
    Queue<int> queue{1};
    queue.put(0);
    queue.put(1);
    queue.put(2);
    BOOST_TEST(queue.putters() == 2U);
    BOOST_TEST((drained(queue) == std::vector{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(without_waiting_there_is_an_item_or_an_error) {
    Queue<std::string> queue{1};
    BOOST_CHECK_THROW(queue.get_nowait(), QueueEmpty);
    queue.put_nowait("first");
    std::string second = "second";
    BOOST_CHECK_THROW(queue.put_nowait(std::move(second)), QueueFull);
    BOOST_TEST(second == "second");  // still the caller's
    BOOST_TEST(queue.get_nowait() == "first");
    queue.put_nowait(second);
    BOOST_TEST(second == "second");
    BOOST_TEST(queue.get_nowait() == "second");
}

BOOST_AUTO_TEST_CASE(those_who_wait_are_served_in_the_order_they_came_and_in_a_later_turn) {
    ManualScheduler scheduler;
    Queue<int> queue;
    Order order;
    auto getter = [&](std::string name) -> Future<void> {
        const int item = co_await queue.get();
        order.push_back(name + std::to_string(item));
    };
    getter("a");
    getter("b");
    queue.put_nowait(0);
    queue.put(1);
    queue.put(2);
    BOOST_TEST(order.empty());
    scheduler.run();
    BOOST_TEST((order == Order{"a0", "b1"}));
    BOOST_TEST((drained(queue) == std::vector{2}));
}

BOOST_AUTO_TEST_CASE(a_get_that_takes_too_long_fails_and_takes_nothing) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue;
        const auto too_long = queue.get(1ms);
        auto get = queue.get();
        BOOST_CHECK_THROW(co_await too_long, TimeoutError);
        queue.put_nowait(0);
        BOOST_TEST(co_await std::move(get) == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_put_that_takes_too_long_fails_and_puts_nothing) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue{1};
        queue.put_nowait(0);
        const auto too_long = queue.put(1, 1ms);
        const auto put = queue.put(2);
        BOOST_CHECK_THROW(co_await too_long, TimeoutError);
        BOOST_TEST(queue.get_nowait() == 0);
        BOOST_TEST(co_await queue.get() == 2);
        co_await put;
        BOOST_TEST(queue.unfinished_tasks() == 2U);
    });
}

BOOST_AUTO_TEST_CASE(what_comes_in_time_takes_the_timeout_back) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue{1};
        const auto get = queue.get(1ms);
        queue.put(0);
        queue.put(1);
        const auto put = queue.put(2, 1ms);
        queue.get_nowait();
        co_await gen::sleep(2ms);
        BOOST_TEST(co_await get == 0);
        co_await put;
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_of_zero_and_a_time_that_is_over_are_timeouts) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue{1};
        BOOST_CHECK_THROW(co_await queue.get(0ms), TimeoutError);
        BOOST_CHECK_THROW(co_await queue.get(loop.time() - 1h), TimeoutError);
        co_await queue.put(0, 0ms);
        BOOST_CHECK_THROW(co_await queue.put(1, 0ms), TimeoutError);
        BOOST_CHECK_THROW(co_await queue.put(1, loop.time() - 1h), TimeoutError);
        BOOST_CHECK_THROW(co_await queue.join(0ms), TimeoutError);
        BOOST_TEST(co_await queue.get(0ms) == 0);
    });
}

BOOST_AUTO_TEST_CASE(those_whose_time_is_over_leave_their_line_at_once) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue{1};
        std::vector<Future<int>> gets;
        for (int i = 0; i < 10; ++i) {
            gets.push_back(queue.get(0ms));
            gets.back().ignore();
        }
        auto get = queue.get();
        BOOST_TEST(queue.getters() == 11U);
        BOOST_CHECK_THROW(co_await gets.back(), TimeoutError);
        BOOST_TEST(queue.getters() == 1U);
        BOOST_TEST(!get.done());
        queue.put_nowait(0);
        BOOST_TEST(co_await std::move(get) == 0);

        std::vector<Future<void>> puts;
        for (int i = 0; i < 10; ++i) {
            puts.push_back(queue.put(i, 0ms));
            puts.back().ignore();
        }
        const auto put = queue.put(10);
        BOOST_TEST(queue.putters() == 10U);
        BOOST_CHECK_THROW(co_await puts.back(), TimeoutError);
        BOOST_TEST(queue.putters() == 1U);
        BOOST_TEST((drained(queue) == std::vector{0, 10}));
    });
}

BOOST_AUTO_TEST_CASE(a_consumer_is_a_loop) {
    IOLoop loop;
    Queue<int> queue;
    std::vector<int> seen;
    for (int i = 0; i < 5; ++i) {
        queue.put(i);
    }
    loop.run_sync([&]() -> Future<void> {
        while (seen.size() < 5) {
            seen.push_back(co_await queue.get());
        }
    });
    BOOST_TEST((seen == std::vector{0, 1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(a_producer_waits_for_its_consumer) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<int> queue{3};
        std::vector<int> history;
        auto consumer = [&]() -> Future<void> {
            while (true) {
                history.push_back(co_await queue.get());
                queue.task_done();
            }
        };
        const auto consuming = consumer();
        for (int i = 0; i < 10; ++i) {
            co_await queue.put(i);
        }
        co_await queue.join();
        consuming.cancel();
        BOOST_TEST((history == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
        co_await gen::moment();
    });
}

/// An item with a reference cannot be assigned, and an aggregate is one of g++ 12's traps.
struct Job {
    std::string text;
    const int& number;
};

BOOST_AUTO_TEST_CASE(items_need_only_move) {
    IOLoop loop;
    loop.run_sync([&]() -> Future<void> {
        Queue<std::unique_ptr<int>> pointers{1};
        co_await pointers.put(std::make_unique<int>(1));
        auto second = pointers.put(std::make_unique<int>(2));
        BOOST_TEST(*co_await pointers.get() == 1);
        BOOST_TEST(*pointers.get_nowait() == 2);

        const int number = 5;
        const Job job{"a text that is too long to be kept inside of a string", number};
        Queue<Job> jobs;
        for (int i = 0; i < 3; ++i) {
            co_await jobs.put(job);
        }
        Job moved = co_await jobs.get();
        co_await jobs.put(std::move(moved));
        { const auto comes_back = jobs.get(); }
        for (int i = 0; i < 3; ++i) {
            const auto taken = co_await jobs.get();
            BOOST_TEST(taken.text == job.text);
            BOOST_TEST(&taken.number == &number);
        }
    });
}

BOOST_AUTO_TEST_CASE(its_end_cancels_all_who_wait_and_lets_go_of_the_items) {
    ManualScheduler scheduler;
    const auto token = std::make_shared<int>(0);
    {
        auto getting = std::make_unique<Queue<int>>();
        auto putting = std::make_unique<Queue<std::shared_ptr<int>>>(1);
        auto get = [](Queue<int>& queue) -> Future<void> { co_await queue.get(); };
        auto join = [](auto& queue) -> Future<void> { co_await queue.join(); };
        const auto getter = get(*getting);
        putting->put(token);
        putting->put(token);
        const auto putter = putting->put(token);
        const auto joiner = join(*putting);
        BOOST_TEST(token.use_count() == 4);
        getting.reset();
        putting.reset();
        BOOST_TEST(token.use_count() == 1);
        scheduler.run();
        BOOST_TEST(getter.cancelled());
        BOOST_TEST(putter.cancelled());
        BOOST_TEST(joiner.cancelled());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
