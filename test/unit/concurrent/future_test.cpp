#include <tornado/concurrent/future.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::Promise;
using tornado::concurrent::InvalidStateError;

Future<int> immediate(int value) {
    co_return value;
}

template <typename T>
Future<T> pass_on(Future<T> future) {
    co_return co_await std::move(future);
}

Future<void> record_after(Future<void> future, Order& events, std::string name) {
    co_await future;
    events.push_back(std::move(name));
}

/// A coroutine of another kind than ours.
struct Stranger {
    struct promise_type {
        Stranger get_return_object() {
            return Stranger{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    explicit Stranger(std::coroutine_handle<promise_type> frame) : handle{frame} {}
    std::coroutine_handle<promise_type> handle;
};

Stranger add_to(int& sum, Future<int> future, Future<int> named) {
    sum += co_await std::move(future);
    sum += co_await named;
}

/// Counts its copies and moves.
struct Counted {
    int* copies = nullptr;
    int value = 0;
    Counted(int* count, int number) : copies{count}, value{number} {}
    Counted(const Counted& other) : copies{other.copies}, value{other.value} { ++*copies; }
    Counted(Counted&& other) noexcept
        : copies{other.copies},
          value{std::exchange(other.value, -1)} {}
    Counted& operator=(const Counted&) = delete;
    Counted& operator=(Counted&&) = delete;
    ~Counted() = default;
};

BOOST_AUTO_TEST_SUITE(future)

BOOST_AUTO_TEST_CASE(a_coroutine_runs_until_its_first_suspension_when_it_is_called) {
    ManualScheduler scheduler;
    Promise<void> promise;
    Order events;
    auto coroutine = [&]() -> Future<void> {
        events.push_back("begun");
        co_await promise.future();
        events.push_back("ended");
    };
    auto future = coroutine();
    BOOST_TEST(events == Order{"begun"});
    BOOST_TEST(!future.done());
    promise.set_result();
    BOOST_TEST(scheduler.run() == 1);
    BOOST_TEST((events == Order{"begun", "ended"}));
    BOOST_TEST(future.done());
}

BOOST_AUTO_TEST_CASE(ready_futures_do_not_suspend) {
    ManualScheduler scheduler;
    auto coroutine = []() -> Future<int> {
        co_await Future<>::ready();
        const auto one = co_await Future<int>::ready(1);
        co_return one + co_await immediate(2);
    };
    const auto future = coroutine();
    BOOST_TEST(future.done());
    BOOST_TEST(future.result() == 3);
    BOOST_TEST(scheduler.idle());
}

BOOST_AUTO_TEST_CASE(several_coroutines_may_await_one_future_and_go_on_in_order) {
    ManualScheduler scheduler;
    Promise<void> promise;
    Order events;
    record_after(promise.future(), events, "first");
    record_after(promise.future(), events, "second");
    promise.future().add_done_callback([&] { events.push_back("callback"); });
    record_after(promise.future(), events, "third");
    promise.set_result();
    BOOST_TEST(events.empty());
    scheduler.run();
    BOOST_TEST((events == Order{"first", "second", "callback", "third"}));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_coroutine_resumes_its_first_awaiter_directly_and_queues_the_others
) {
    ManualScheduler scheduler;
    Promise<void> promise;
    Order events;
    auto inner = [&]() -> Future<void> {
        co_await promise.future();
        events.push_back("inner");
    };
    const auto shared = inner();
    record_after(shared, events, "first");
    shared.add_done_callback([&] { events.push_back("callback"); });
    record_after(shared, events, "second");
    promise.set_result();
    BOOST_TEST(scheduler.run_one());
    BOOST_TEST((events == Order{"inner", "first"}));
    scheduler.run();
    BOOST_TEST((events == Order{"inner", "first", "callback", "second"}));
}

BOOST_AUTO_TEST_CASE(when_a_callback_waits_first_all_waiters_go_through_the_queue) {
    ManualScheduler scheduler;
    Promise<void> promise;
    Order events;
    auto inner = [&]() -> Future<void> { co_await promise.future(); };
    const auto shared = inner();
    shared.add_done_callback([&] { events.push_back("callback"); });
    record_after(shared, events, "coroutine");
    promise.set_result();
    scheduler.run_one();
    BOOST_TEST(events.empty());
    scheduler.run();
    BOOST_TEST((events == Order{"callback", "coroutine"}));
}

BOOST_AUTO_TEST_CASE(awaiting_an_rvalue_moves_for_the_last_holder_and_copies_for_others) {
    ManualScheduler scheduler;
    int copies = 0;
    const auto take = [](Future<Counted> future) -> Future<int> {
        auto counted = co_await std::move(future);
        co_return counted.value;
    };
    BOOST_TEST(take(Future<Counted>::ready(&copies, 7)).result() == 7);
    BOOST_TEST(copies == 0);

    const auto cached = Future<Counted>::ready(&copies, 8);
    BOOST_TEST(take(cached).result() == 8);
    BOOST_TEST(copies == 1);
    BOOST_TEST(cached.result().value == 8);
}

BOOST_AUTO_TEST_CASE(the_value_of_a_coroutine_that_suspended_is_moved) {
    ManualScheduler scheduler;
    int copies = 0;
    Promise<void> promise;
    auto inner = [&]() -> Future<Counted> {
        co_await promise.future();
        co_return Counted(&copies, 9);
    };
    auto outer = [&]() -> Future<int> {
        const auto counted = co_await inner();
        co_return counted.value;
    };
    const auto future = outer();
    promise.set_result();
    scheduler.run();
    BOOST_TEST(future.result() == 9);
    BOOST_TEST(copies == 0);
}

BOOST_AUTO_TEST_CASE(a_future_that_was_moved_is_awaited_also_when_its_variable_gets_another) {
    ManualScheduler scheduler;
    Promise<std::string> promise;
    auto member = promise.future();
    auto user = [&]() -> Future<std::string> { co_return co_await std::move(member); };
    const auto used = user();
    member = Future<std::string>::ready("another");
    promise.set_result("the one");
    scheduler.run();
    BOOST_TEST(used.result() == "the one");
    BOOST_TEST(user().result() == "another");
}

BOOST_AUTO_TEST_CASE(coroutines_of_another_kind_wait_and_leave_when_they_are_destroyed) {
    ManualScheduler scheduler;
    Promise<int> promise;
    int sum = 0;
    const auto stays = add_to(sum, promise.future(), promise.future());
    const auto leaves = add_to(sum, promise.future(), promise.future());
    leaves.handle.destroy();
    promise.set_result(3);
    BOOST_TEST(scheduler.run() == 1);
    BOOST_TEST(sum == 6);
    BOOST_TEST(stays.handle.done());
    stays.handle.destroy();
}

BOOST_AUTO_TEST_CASE(a_promise_that_lives_on_keeps_its_value) {
    ManualScheduler scheduler;
    int copies = 0;
    Promise<Counted> promise;
    auto taken = pass_on(promise.future());
    promise.set_result(&copies, 5);
    scheduler.run();
    BOOST_TEST(taken.result().value == 5);
    BOOST_TEST(promise.future().result().value == 5);
    BOOST_TEST(copies == 1);
}

BOOST_AUTO_TEST_CASE(awaiting_an_lvalue_yields_a_reference_to_the_value_itself) {
    ManualScheduler scheduler;
    const auto future = Future<std::string>::ready("text");
    const std::string* seen = nullptr;
    auto coroutine = [&]() -> Future<void> {
        auto&& value = co_await future;
        static_assert(std::is_same_v<decltype(value), const std::string&>);
        seen = &value;
    };
    coroutine();
    BOOST_TEST(seen == &future.result());
}

BOOST_AUTO_TEST_CASE(values_need_not_be_copyable) {
    ManualScheduler scheduler;
    Promise<std::unique_ptr<int>> promise;
    auto future = pass_on(promise.future());
    promise.set_result(std::make_unique<int>(3));
    scheduler.run();
    BOOST_TEST(*future.result() == 3);
}

BOOST_AUTO_TEST_CASE(exceptions_travel_through_awaits) {
    ManualScheduler scheduler;
    Promise<void> promise;
    auto inner = [&]() -> Future<int> {
        co_await promise.future();
        throw std::out_of_range{"inner"};
    };
    const auto future = pass_on(inner());
    promise.set_result();
    scheduler.run();
    BOOST_CHECK_EXCEPTION(future.result(), std::out_of_range, [](const auto& error) {
        return error.what() == std::string{"inner"};
    });
    BOOST_TEST((future.exception() != nullptr));
}

BOOST_AUTO_TEST_CASE(what_is_thrown_before_the_first_suspension_comes_out_of_the_future) {
    ManualScheduler scheduler;
    auto coroutine = []() -> Future<int> {
        throw std::runtime_error{"at once"};
        co_return 1;
    };
    const auto future = coroutine();
    BOOST_TEST(future.done());
    BOOST_CHECK_THROW(future.result(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_failed_future_is_done_from_the_start) {
    const auto future = Future<int>::failed(std::make_exception_ptr(std::runtime_error{"no"}));
    BOOST_TEST(future.done());
    BOOST_TEST(!future.cancelled());
    BOOST_CHECK_THROW(future.result(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(the_result_of_a_pending_future_is_a_misuse) {
    ManualScheduler scheduler;
    Promise<int> promise;
    BOOST_CHECK_THROW(promise.future().result(), InvalidStateError);
    BOOST_TEST((promise.future().exception() == nullptr));
}

BOOST_AUTO_TEST_CASE(a_failure_that_nobody_looked_at_is_logged_once) {
    ManualScheduler scheduler;
    LogCapture log;
    {
        auto coroutine = []() -> Future<int> {
            throw std::runtime_error{"lost"};
            co_return 1;
        };
        const auto future = coroutine();
        const auto copy = future;
        BOOST_TEST(log.size() == 0U);
    }
    BOOST_TEST(log.count("never retrieved: std::runtime_error: lost") == 1);
    static_cast<void>(Future<>::failed(std::make_exception_ptr(std::runtime_error{"lost too"})));
    BOOST_TEST(log.count("lost too") == 1);
    BOOST_TEST(log.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_failure_that_was_looked_at_awaited_or_ignored_is_not_logged) {
    ManualScheduler scheduler;
    LogCapture log;
    const auto fail = [] {
        return Future<int>::failed(std::make_exception_ptr(std::runtime_error{"seen"}));
    };
    BOOST_CHECK_THROW(fail().result(), std::runtime_error);
    BOOST_TEST((fail().exception() != nullptr));
    fail().ignore();
    auto awaiting = [&]() -> Future<void> {
        try {
            co_await fail();
        } catch (const std::runtime_error&) {
        }
    };
    awaiting();
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(done_callbacks_run_from_the_queue_also_for_futures_that_are_done) {
    ManualScheduler scheduler;
    Promise<int> promise;
    Order events;
    promise.future().add_done_callback([&](const Future<int>& future) {
        events.push_back("pending " + std::to_string(future.result()));
    });
    Future<int>::ready(1).add_done_callback([&](Future<int> future) {
        events.push_back("done " + std::to_string(future.result()));
    });
    promise.set_result(2);
    BOOST_TEST(events.empty());
    scheduler.run();
    BOOST_TEST((events == Order{"done 1", "pending 2"}));
}

BOOST_AUTO_TEST_CASE(the_last_holder_of_a_value_may_be_a_callback) {
    ManualScheduler scheduler;
    int copies = 0;
    int seen = 0;
    {
        Promise<Counted> promise;
        promise.future().add_done_callback([&](const Future<Counted>& future) {
            seen = future.state()->take_value().value;
        });
        promise.set_result(&copies, 6);
    }
    scheduler.run();
    BOOST_TEST(seen == 6);
    BOOST_TEST(copies == 0);
}

BOOST_AUTO_TEST_CASE(a_value_is_seen_by_who_awaits_it_asks_for_it_or_wants_only_to_be_told) {
    ManualScheduler scheduler;
    auto awaits = [](Future<int> future) -> Future<void> { co_await future; };
    auto takes = [](Future<int> future) -> Future<void> { co_await std::move(future); };
    const auto seen_after = [&](auto&& look) {
        Promise<int> promise;
        look(promise.future());
        const auto state = promise.future().state();
        BOOST_TEST(!state->value_seen());
        promise.set_result(1);
        scheduler.run();
        return state->value_seen();
    };
    BOOST_TEST(seen_after(awaits));
    BOOST_TEST(seen_after(takes));
    BOOST_TEST(seen_after([](const Future<int>& f) { f.add_done_callback([] {}); }));
    BOOST_TEST(!seen_after([](const Future<int>& f) {
        f.add_done_callback([](const Future<int>& future) { BOOST_TEST(future.done()); });
    }));
    BOOST_TEST(seen_after([](const Future<int>& f) {
        f.add_done_callback([](const Future<int>& future) { BOOST_TEST(future.result() == 1); });
    }));
    BOOST_TEST(!seen_after([](const Future<int>& f) { f.ignore(); }));
}

BOOST_AUTO_TEST_CASE(a_callback_that_is_a_coroutine_keeps_its_closure_until_it_ends) {
    ManualScheduler scheduler;
    Promise<void> start;
    Promise<void> go_on;
    const auto token = std::make_shared<std::string>("captured");
    std::string seen;
    start.future().add_done_callback([token, &go_on, &seen]() -> Future<void> {
        co_await go_on.future();
        seen = *token;
    });
    start.set_result();
    scheduler.run();
    BOOST_TEST(token.use_count() == 2);
    go_on.set_result();
    scheduler.run();
    BOOST_TEST(seen == "captured");
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(dropping_a_future_neither_cancels_nor_waits) {
    ManualScheduler scheduler;
    Promise<void> promise;
    Order events;
    record_after(promise.future(), events, "ended");
    promise.set_result();
    scheduler.run();
    BOOST_TEST(events == Order{"ended"});
}

#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr int depth = 10'000;
constexpr int length = 1'000'000;
#else
constexpr int depth = 500;  // unoptimised, a transfer to the next coroutine is a call
constexpr int length = 100'000;
#endif

Future<int> nested(int levels, const Future<void>& leaf) {
    if (levels == 0) {
        co_await leaf;
        co_return 0;
    }
    co_return 1 + co_await nested(levels - 1, leaf);
}

BOOST_AUTO_TEST_CASE(deeply_nested_awaits_complete) {
    ManualScheduler scheduler;
    Promise<void> leaf;
    const auto future = nested(depth, leaf.future());
    leaf.set_result();
    BOOST_TEST(scheduler.run() == 1);
    BOOST_TEST(future.result() == depth);
}

BOOST_AUTO_TEST_CASE(long_runs_of_ready_awaits_need_no_stack) {
    ManualScheduler scheduler;
    auto coroutine = []() -> Future<int> {
        int sum = 0;
        for (int i = 0; i < length; ++i) {
            co_await Future<>::ready();
            sum += co_await immediate(1);
        }
        co_return sum;
    };
    BOOST_TEST(coroutine().result() == length);
}

BOOST_AUTO_TEST_CASE(failed_without_an_exception_is_refused) {
    BOOST_CHECK_THROW(Future<int>::failed(nullptr), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(containers_of_what_cannot_be_copied_are_moved) {
    using tornado::concurrent::is_copyable;
    using Pointer = std::unique_ptr<int>;
    BOOST_TEST((is_copyable<std::vector<std::string>>));
    BOOST_TEST((is_copyable<std::pair<int, std::vector<int>>>));
    BOOST_TEST((!is_copyable<std::vector<std::vector<Pointer>>>));
    BOOST_TEST((!is_copyable<std::tuple<int, std::vector<Pointer>>>));
    BOOST_TEST((!is_copyable<std::optional<std::vector<Pointer>>>));
    ManualScheduler scheduler;
    auto make = []() -> Future<std::vector<Pointer>> {
        std::vector<Pointer> all;
        all.push_back(std::make_unique<int>(4));
        co_return all;
    };
    auto use = [&]() -> Future<int> {
        const auto all = co_await make();
        co_return *all.at(0);
    };
    BOOST_TEST(use().result() == 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
