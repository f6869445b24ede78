#include <tornado/concurrent/scheduler.hpp>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::Promise;
using tornado::concurrent::Scheduler;
using tornado::concurrent::Task;
using tornado::concurrent::TaskQueue;

BOOST_AUTO_TEST_SUITE(scheduler)

BOOST_AUTO_TEST_CASE(a_queue_is_first_in_first_out_and_can_take_another_over) {
    Task one;
    Task two;
    Task three;
    TaskQueue queue;
    TaskQueue other;
    queue.push(one);
    other.push(two);
    other.push(three);
    queue.splice(other);
    BOOST_TEST(other.empty());
    queue.splice(other);
    BOOST_TEST(queue.pop() == &one);
    BOOST_TEST(queue.pop() == &two);
    queue.push(one);
    BOOST_TEST(queue.pop() == &three);
    BOOST_TEST(queue.pop() == &one);
    BOOST_TEST((queue.pop() == nullptr));
}

BOOST_AUTO_TEST_CASE(without_a_loop_tasks_wait_for_the_next_one) {
    Promise<int> promise;
    int seen = 0;
    promise.future().add_done_callback([&](const Future<int>& future) { seen = future.result(); });
    promise.set_result(2);
    ManualScheduler first_loop;
    BOOST_TEST(seen == 0);
    first_loop.run();
    BOOST_TEST(seen == 2);
}

BOOST_AUTO_TEST_CASE(a_loop_takes_over_coroutines_that_were_suspended_before_it_was_made) {
    Promise<int> promise;
    const auto token = std::make_shared<int>(0);
    auto coroutine = [](Future<int> future, std::shared_ptr<int> held) -> Future<int> {
        co_return *held + co_await std::move(future);
    };
    coroutine(promise.future(), token);
    {
        const ManualScheduler loop;
        BOOST_TEST((loop.suspended_coroutines() != nullptr));
    }
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_coroutine_goes_on_in_the_loop_in_which_it_was_suspended) {
    ManualScheduler outer;
    Promise<int> promise;
    auto coroutine = [](Future<int> future) -> Future<int> {
        co_return co_await std::move(future);
    };
    const auto future = coroutine(promise.future());
    {
        ManualScheduler inner;
        promise.set_result(1);
        BOOST_TEST(inner.run() == 0);
    }
    BOOST_TEST(outer.run() == 1);
    BOOST_TEST(future.result() == 1);
}

BOOST_AUTO_TEST_CASE(ready_futures_work_while_a_thread_ends) {
    struct AtEnd {
        ~AtEnd() { done = Future<>::ready().done(); }
        bool& done;
    };
    bool done = false;
    std::thread{[&] {
        static thread_local const AtEnd at_end{done};
        static_cast<void>(at_end);
        static_cast<void>(Future<>::ready());
    }}.join();
    BOOST_TEST(done);
}

/// A state machine that waits for a coroutine, and takes another along when it goes on.
struct DirectWaiter final : tornado::concurrent::Waiter {
    DirectWaiter(const Future<void>& future, std::unique_ptr<DirectWaiter>& victim, int& runs)
        : victim_{victim},
          runs_{runs} {
        kind = Kind::direct;
        run = [](Task& task) {
            auto& self = static_cast<DirectWaiter&>(task);
            ++self.runs_;
            self.victim_.reset();
        };
        future.state()->attach(*this);
    }

private:
    std::unique_ptr<DirectWaiter>& victim_;
    int& runs_;
};

BOOST_AUTO_TEST_CASE(one_that_goes_on_directly_may_destroy_the_next) {
    ManualScheduler scheduler;
    Promise<void> promise;
    auto coroutine = [&]() -> Future<void> { co_await promise.future(); };
    const auto future = coroutine();
    int runs = 0;
    std::unique_ptr<DirectWaiter> none;
    std::unique_ptr<DirectWaiter> second;
    const DirectWaiter first{future, second, runs};
    second = std::make_unique<DirectWaiter>(future, none, runs);
    const DirectWaiter third{future, none, runs};
    promise.set_result();
    scheduler.run();
    BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
