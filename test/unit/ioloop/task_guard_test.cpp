#include <tornado/ioloop/queues/task_guard.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/queues.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::queues::LifoQueue;
using tornado::queues::PriorityQueue;
using tornado::queues::Queue;
using tornado::queues::TaskGuard;
using tornado::queues::TimeoutError;

BOOST_AUTO_TEST_SUITE(queue_join)

/// Runs `claim` with a queue of each kind.
template <typename F>
void with_each_queue(F&& claim) {
    Queue<int> fifo;
    claim(fifo);
    PriorityQueue<int> priority;
    claim(priority);
    LifoQueue<int> lifo;
    claim(lifo);
}

BOOST_AUTO_TEST_CASE(task_done_for_more_than_was_put_is_a_misuse) {
    with_each_queue([](Queue<int>& queue) {
        BOOST_CHECK_THROW(queue.task_done(), std::logic_error);
        queue.put(1);
        queue.task_done();
        BOOST_CHECK_THROW(queue.task_done(), std::logic_error);
    });
}

BOOST_AUTO_TEST_CASE(join_waits_for_several_workers) {
    with_each_queue([](Queue<int>& queue) {
        int sum = 0;
        for (int i = 0; i < 100; ++i) {
            queue.put_nowait(i);
        }
        auto worker = [&]() -> Future<void> {
            while (true) {
                sum += co_await queue.get();
                const TaskGuard task{queue};
                co_await gen::moment();
            }
        };
        IOLoop loop;
        loop.run_sync([&]() -> Future<void> {
            worker();
            worker();
            co_await queue.join();
        });
        BOOST_TEST(sum == 99 * 100 / 2);
    });
}

BOOST_AUTO_TEST_CASE(it_is_task_done_that_ends_a_join) {
    with_each_queue([](Queue<int>& queue) {
        ManualScheduler scheduler;
        queue.put_nowait(0);
        const auto join = queue.join();
        BOOST_TEST(!join.done());
        queue.get_nowait();
        scheduler.run();
        BOOST_TEST(!join.done());
        BOOST_TEST(queue.unfinished_tasks() == 1U);
        queue.task_done();
        BOOST_TEST(join.done());
    });
}

BOOST_AUTO_TEST_CASE(a_join_of_an_empty_queue_is_done_at_once) {
    with_each_queue([](Queue<int>& queue) {
        BOOST_TEST(queue.join().done());
        BOOST_TEST(queue.join().done());
    });
}

BOOST_AUTO_TEST_CASE(a_join_that_takes_too_long_fails) {
    with_each_queue([](Queue<int>& queue) {
        IOLoop loop;
        queue.put(0);
        BOOST_CHECK_THROW(loop.run_sync([&] { return queue.join(1ms); }), TimeoutError);
        BOOST_CHECK_THROW(loop.run_sync([&] { return queue.join(loop.time()); }), TimeoutError);
    });
}

BOOST_AUTO_TEST_CASE(an_item_that_comes_back_is_not_done) {
    ManualScheduler scheduler;
    Queue<int> queue;
    queue.put(1);
    const auto join = queue.join();
    { const auto unseen = queue.get(); }
    BOOST_TEST(!join.done());
    const TaskGuard task{queue};
    queue.get_nowait();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(task_guard)

BOOST_AUTO_TEST_CASE(is_done_at_the_end_of_its_scope_or_earlier_but_once) {
    Queue<int> queue;
    for (int i = 0; i < 3; ++i) {
        queue.put(i);
    }
    {
        const TaskGuard at_the_end{queue};
        TaskGuard earlier{queue};
        earlier.done();
        BOOST_TEST(queue.unfinished_tasks() == 2U);
        earlier.done();
        auto moved = std::move(earlier);
        BOOST_TEST(queue.unfinished_tasks() == 2U);
    }
    BOOST_TEST(queue.unfinished_tasks() == 1U);
    TaskGuard overwritten{queue};
    queue.put(4);
    overwritten = TaskGuard{queue};
    BOOST_TEST(queue.unfinished_tasks() == 1U);
    overwritten.done();
}

BOOST_AUTO_TEST_CASE(is_done_when_an_exception_ends_its_scope) {
    Queue<int> queue;
    queue.put(1);
    const auto work = [&] {
        const TaskGuard task{queue};
        throw std::out_of_range{"in the scope"};
    };
    BOOST_CHECK_THROW(work(), std::out_of_range);
    BOOST_TEST(queue.unfinished_tasks() == 0U);
}

BOOST_AUTO_TEST_CASE(may_outlive_the_queue) {
    auto queue = std::make_unique<Queue<int>>();
    queue->put(1);
    const TaskGuard task{*queue};
    queue.reset();
}

BOOST_AUTO_TEST_CASE(one_too_many_says_so) {
    LogCapture log;
    Queue<int> queue;
    { const TaskGuard task{queue}; }
    BOOST_TEST(log.count("task_done() was called more often") == 1);
    TaskGuard another{queue};
    BOOST_CHECK_THROW(another.done(), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
