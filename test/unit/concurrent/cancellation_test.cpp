#include <tornado/concurrent/coroutine.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "support.hpp"
#include "tornado/stack_context.hpp"
#include "tornado/util/scope_exit.hpp"

namespace {

using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::util::ScopeExit;

/// An operation that counts how often it was taken back.
struct Operation {
    Operation() {
        promise.on_cancel([this] { ++taken_back; });
    }
    Promise<int> promise;
    int taken_back = 0;
};

Future<int> wait_for(Future<int> future) {
    co_return co_await std::move(future);
}

BOOST_AUTO_TEST_SUITE(cancellation)

BOOST_AUTO_TEST_CASE(cancelled_error_is_no_std_exception) {
    BOOST_TEST((!std::is_base_of_v<std::exception, CancelledError>));
}

BOOST_AUTO_TEST_CASE(the_only_holder_of_an_operation_takes_it_back) {
    ManualScheduler scheduler;
    Operation operation;
    const auto future = wait_for(operation.promise.future());
    BOOST_TEST(future.cancel());
    BOOST_TEST(operation.taken_back == 1);
    BOOST_TEST(!future.done());  // it unwinds from the queue
    scheduler.run();
    BOOST_TEST(future.cancelled());
    BOOST_CHECK_THROW(future.result(), CancelledError);
    BOOST_TEST((future.exception() == nullptr));
}

BOOST_AUTO_TEST_CASE(one_of_several_holders_only_leaves) {
    ManualScheduler scheduler;
    Operation operation;
    const auto first = wait_for(operation.promise.future());
    const auto second = wait_for(operation.promise.future());
    first.cancel();
    scheduler.run();
    BOOST_TEST(first.cancelled());
    BOOST_TEST(operation.taken_back == 0);
    operation.promise.set_result(5);
    scheduler.run();
    BOOST_TEST(second.result() == 5);
}

Future<int> through(Promise<int>& promise) {
    co_return co_await promise.future();
}

BOOST_AUTO_TEST_CASE(several_that_one_expression_awaits_are_waited_for_one_after_the_other) {
    ManualScheduler scheduler;
    Promise<int> first;
    Promise<int> second;
    auto sum = [&]() -> Future<int> {
        co_return co_await through(first) + co_await through(second);
    };
    const auto future = sum();
    second.set_result(2);
    scheduler.run();
    BOOST_TEST(!future.done());
    first.set_result(1);
    scheduler.run();
    BOOST_TEST(future.result() == 3);
}

BOOST_AUTO_TEST_CASE(the_first_or_last_of_several_in_one_expression_may_be_cancelled) {
    for (const bool first_is_done : {false, true}) {
        ManualScheduler scheduler;
        Promise<int> first;
        Promise<int> second;
        auto sum = [&]() -> Future<int> {
            co_return co_await through(first) + co_await through(second);
        };
        const auto future = sum();
        if (first_is_done) {
            first.set_result(1);
            scheduler.run();
        }
        future.cancel();
        scheduler.run();
        BOOST_TEST(future.cancelled());
    }
}

/// A coroutine that has its value as it is cancelled, and cannot hear of it.
Future<int> too_late(Promise<int>& promise, int value) {
    auto future = through(promise);
    promise.set_result(value);
    return future;
}

Future<int> shared_or_through(const std::optional<Future<int>>& shared, Promise<int>& promise) {
    return shared ? *shared : through(promise);
}

/// The sum of two that `next` gives; and then it waits for `last`. Both operands call the same
/// function: compilers differ in which they await first.
template <typename Next>
Future<int> sum_of_two(Next& next, Order& events, Future<void> last) {
    int sum = 0;
    try {
        sum = co_await next() + co_await next();
        events.push_back("went on");
    } catch (const CancelledError&) {
        events.push_back("cancelled");
    }
    co_await std::move(last);
    co_return sum;
}

BOOST_AUTO_TEST_CASE(one_that_was_cancelled_too_late_leaves_it_to_what_the_same_expression_awaits) {
    for (const bool is_shared : {true, false}) {
        ManualScheduler scheduler;
        Promise<int> first;
        Operation second;
        Promise<void> third;
        std::optional<Future<int>> shared;
        if (is_shared) {
            shared = second.promise.future();
        }
        int calls = 0;
        auto next = [&] {
            return calls++ == 0 ? too_late(first, 1) : shared_or_through(shared, second.promise);
        };
        Order events;
        const auto future = sum_of_two(next, events, third.future());
        future.cancel();
        scheduler.run();
        BOOST_TEST((events == Order{"cancelled"}));
        BOOST_TEST(second.taken_back == (is_shared ? 0 : 1));
        BOOST_TEST(!future.done());  // it heard of it once
        third.set_result();
        scheduler.run();
        BOOST_TEST(future.done());
        BOOST_TEST(!future.cancelled());
    }
}

BOOST_AUTO_TEST_CASE(a_wait_that_was_withdrawn_gives_no_value_when_a_later_one_keeps_its_own) {
    ManualScheduler scheduler;
    Operation first;
    const auto shared = first.promise.future();
    Promise<int> second;
    Promise<void> third;
    int calls = 0;
    auto next = [&] { return calls++ == 0 ? shared : too_late(second, 2); };
    Order events;
    const auto future = sum_of_two(next, events, third.future());
    future.cancel();
    scheduler.run();
    BOOST_TEST((events == Order{"cancelled"}));
    third.set_result();
    scheduler.run();
    BOOST_TEST(future.result() == 0);
}

BOOST_AUTO_TEST_CASE(one_that_is_cancelled_again_as_its_operation_is_taken_back_hears_once) {
    ManualScheduler scheduler;
    Promise<void> start;
    Promise<void> operation;
    Promise<void> later;
    std::optional<Future<void>> self;
    operation.on_cancel([&] { self->cancel(); });
    Order events;
    auto coroutine = [&]() -> Future<void> {
        co_await start.future();
        self->cancel();
        try {
            co_await operation.future();
            events.push_back("went on");
        } catch (const CancelledError&) {
            events.push_back("cancelled");
        }
        co_await later.future();
    };
    self = coroutine();
    start.set_result();
    scheduler.run();
    BOOST_TEST((events == Order{"cancelled"}));
    later.set_result();
    scheduler.run();
    BOOST_TEST(self->done());
    BOOST_TEST(!self->cancelled());
}

BOOST_AUTO_TEST_CASE(a_future_that_has_a_name_is_held_by_it) {
    ManualScheduler scheduler;
    Operation operation;
    auto coroutine = [&]() -> Future<int> {
        const auto named = operation.promise.future();
        co_return co_await named;
    };
    const auto future = coroutine();
    future.cancel();
    scheduler.run();
    BOOST_TEST(future.cancelled());
    BOOST_TEST(operation.taken_back == 0);
}

BOOST_AUTO_TEST_CASE(the_last_of_several_holders_takes_the_operation_back) {
    ManualScheduler scheduler;
    Operation operation;
    const auto first = wait_for(operation.promise.future());
    const auto second = wait_for(operation.promise.future());
    first.cancel();
    scheduler.run();
    second.cancel();
    BOOST_TEST(operation.taken_back == 1);
    scheduler.run();
    BOOST_TEST(second.cancelled());
}

BOOST_AUTO_TEST_CASE(nested_coroutines_unwind_inside_out) {
    ManualScheduler scheduler;
    Operation operation;
    Order events;
    auto inner = [&]() -> Future<int> {
        const ScopeExit gone([&] { events.push_back("inner"); });
        co_return co_await operation.promise.future();
    };
    auto middle = [&]() -> Future<int> {
        const ScopeExit gone([&] { events.push_back("middle"); });
        co_return co_await inner();
    };
    auto outer = [&]() -> Future<int> {
        const ScopeExit gone([&] { events.push_back("outer"); });
        co_return co_await middle();
    };
    const auto future = outer();
    future.cancel();
    BOOST_TEST(operation.taken_back == 1);
    scheduler.run();
    BOOST_TEST((events == Order{"inner", "middle", "outer"}));
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(cancelling_all_that_is_suspended_unwinds_inside_out_too) {
    ManualScheduler scheduler;
    Operation operation;
    Order events;
    auto inner = [&](const std::string& callers) -> Future<int> {
        const ScopeExit gone([&] { events.push_back("inner of " + callers); });
        co_return co_await operation.promise.future();
    };
    auto outer = [&]() -> Future<int> {
        const std::string local = "a caller whose name is too long to be kept inside";
        const ScopeExit gone([&] { events.push_back("outer"); });
        co_return co_await inner(local);
    };
    const auto future = outer();
    scheduler.cancel_suspended_coroutines();
    scheduler.run();
    BOOST_TEST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0].starts_with("inner of a caller"));
    BOOST_TEST(events[1] == "outer");
    BOOST_TEST(operation.taken_back == 1);
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_swallow_it_and_go_on) {
    ManualScheduler scheduler;
    Operation first;
    Operation second;
    auto coroutine = [&]() -> Future<int> {
        try {
            co_await first.promise.future();
        } catch (const CancelledError&) {
        }
        co_return co_await second.promise.future();
    };
    const auto future = coroutine();
    future.cancel();
    scheduler.run();
    BOOST_TEST(first.taken_back == 1);
    BOOST_TEST(!future.done());
    second.promise.set_result(6);
    scheduler.run();
    BOOST_TEST(future.result() == 6);
    BOOST_TEST(second.taken_back == 0);
}

BOOST_AUTO_TEST_CASE(the_caller_of_one_that_swallowed_it_is_cancelled_all_the_same) {
    ManualScheduler scheduler;
    Operation operation;
    auto inner = [&]() -> Future<int> {
        try {
            co_await operation.promise.future();
        } catch (const CancelledError&) {
        }
        co_return 1;
    };
    const auto future = wait_for(inner());
    future.cancel();
    scheduler.run();
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(a_second_cancel_reaches_what_still_unwinds) {
    ManualScheduler scheduler;
    Operation work;
    Operation clean_up;
    auto inner = [&]() -> Future<int> {
        try {
            co_await work.promise.future();
        } catch (const CancelledError&) {
        }
        co_return co_await clean_up.promise.future();
    };
    const auto future = wait_for(inner());
    future.cancel();
    scheduler.run();
    BOOST_TEST(!future.done());
    BOOST_TEST(clean_up.taken_back == 0);
    BOOST_TEST(future.cancel());
    BOOST_TEST(clean_up.taken_back == 1);
    scheduler.run();
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(a_running_coroutine_gets_it_at_its_next_suspension_once) {
    ManualScheduler scheduler;
    Promise<void> start;
    Operation operation;
    std::optional<Future<int>> self;
    Order events;
    auto coroutine = [&]() -> Future<int> {
        co_await start.future();
        BOOST_TEST(self->cancel());
        co_await Future<>::ready();  // does not suspend
        events.push_back("goes on");
        try {
            co_await operation.promise.future();
        } catch (const CancelledError&) {
            events.push_back("cancelled");
        }
        Promise<int> later;
        later.set_result(7);
        co_await start.future();
        co_return co_await later.future();
    };
    self = coroutine();
    start.set_result();
    scheduler.run();
    BOOST_TEST((events == Order{"goes on", "cancelled"}));
    BOOST_TEST(operation.taken_back == 1);
    BOOST_TEST(self->result() == 7);
}

BOOST_AUTO_TEST_CASE(a_ready_coroutine_keeps_its_result_and_gets_it_at_its_next_suspension) {
    ManualScheduler scheduler;
    Operation first;
    Operation second;
    int seen = 0;
    auto coroutine = [&]() -> Future<int> {
        seen = co_await first.promise.future();
        co_return co_await second.promise.future();
    };
    const auto future = coroutine();
    first.promise.set_result(3);
    BOOST_TEST(future.cancel());
    scheduler.run();
    BOOST_TEST(seen == 3);
    BOOST_TEST(second.taken_back == 1);
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(the_callers_of_a_ready_coroutine_keep_its_result_too) {
    ManualScheduler scheduler;
    Promise<std::unique_ptr<int>> first;
    Operation second;
    int seen = 0;
    auto inner = [&]() -> Future<std::unique_ptr<int>> { co_return co_await first.future(); };
    auto middle = [&]() -> Future<std::unique_ptr<int>> { co_return co_await inner(); };
    auto outer = [&]() -> Future<int> {
        const auto value = co_await middle();
        seen = *value;
        co_return co_await second.promise.future();
    };
    const auto future = outer();
    first.set_result(std::make_unique<int>(3));
    BOOST_TEST(future.cancel());
    scheduler.run();
    BOOST_TEST(seen == 3);
    BOOST_TEST(second.taken_back == 1);
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(the_callers_of_a_ready_coroutine_that_fails_are_cancelled) {
    ManualScheduler scheduler;
    LogCapture log;
    Promise<int> first;
    auto inner = [&]() -> Future<int> {
        co_await first.future();
        throw std::runtime_error{"too late for anybody"};
    };
    auto outer = [&]() -> Future<int> { co_return co_await inner(); };
    const auto future = outer();
    first.set_result(3);
    future.cancel();
    scheduler.run();
    BOOST_TEST(future.cancelled());
    BOOST_TEST(log.count("too late for anybody") == 1);
}

BOOST_AUTO_TEST_CASE(a_running_coroutine_waits_for_what_unwinds_below_it) {
    ManualScheduler scheduler;
    Promise<void> start;
    Operation operation;
    Order events;
    auto inner = [&]() -> Future<int> {
        const ScopeExit gone([&] { events.push_back("inner"); });
        co_return co_await operation.promise.future();
    };
    std::optional<Future<int>> self;
    auto outer = [&]() -> Future<int> {
        const ScopeExit gone([&] { events.push_back("outer"); });
        co_await start.future();
        self->cancel();
        co_return co_await inner();
    };
    self = outer();
    start.set_result();
    scheduler.run();
    BOOST_TEST((events == Order{"inner", "outer"}));
    BOOST_TEST(self->cancelled());
}

BOOST_AUTO_TEST_CASE(cancelling_what_is_settled_does_nothing) {
    ManualScheduler scheduler;
    BOOST_TEST(!Future<int>::ready(1).cancel());
    BOOST_TEST(!Future<>::ready().cancel());
    Operation operation;
    operation.promise.set_result(1);
    BOOST_TEST(!operation.promise.future().cancel());
    const auto future = wait_for(operation.promise.future());
    BOOST_TEST(!future.cancel());
    BOOST_TEST(future.result() == 1);
}

BOOST_AUTO_TEST_CASE(a_broad_catch_does_not_swallow_it) {
    ManualScheduler scheduler;
    Operation operation;
    auto coroutine = [&]() -> Future<int> {
        try {
            co_await operation.promise.future();
        } catch (const std::exception&) {
            co_return -1;
        }
        co_return 1;
    };
    const auto future = coroutine();
    future.cancel();
    scheduler.run();
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(cancelled_futures_are_not_logged) {
    ManualScheduler scheduler;
    LogCapture log;
    Operation operation;
    wait_for(operation.promise.future()).cancel();
    scheduler.run();
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(one_who_leaves_a_shared_future_has_not_looked_at_its_failure) {
    ManualScheduler scheduler;
    LogCapture log;
    {
        Promise<int> promise;
        const auto shared = promise.future();
        wait_for(shared).cancel();
        scheduler.run();
        promise.set_exception(std::runtime_error{"unseen"});
    }
    BOOST_TEST(log.count("unseen") == 1);
}

BOOST_AUTO_TEST_CASE(an_abandoned_coroutine_never_goes_on_and_its_frame_goes_with_its_last_future) {
    const auto token = std::make_shared<int>(0);
    Promise<int> promise;
    auto coroutine = [](Future<int> future, std::shared_ptr<int> held) -> Future<int> {
        const auto value = co_await std::move(future);
        *held = value;
        co_return value;
    };
    std::optional<Future<int>> future;
    {
        ManualScheduler scheduler;
        future = coroutine(promise.future(), token);
        future->add_done_callback([token] { *token = -1; });
    }
    BOOST_TEST(future->cancelled());
    {
        ManualScheduler scheduler;
        promise.set_result(1);
        BOOST_TEST(scheduler.run() == 0);
    }
    BOOST_TEST(*token == 0);
    future.reset();
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(abandoned_coroutines_that_wake_each_other_are_all_destroyed) {
    const auto token = std::make_shared<int>(0);
    {
        ManualScheduler scheduler;
        auto promise = std::make_shared<Promise<int>>();
        const auto holds = [](Future<int> future, auto held) -> Future<int> {
            co_await std::move(future);
            co_return static_cast<int>(held.use_count());
        };
        Promise<int> never;
        holds(promise->future(), token);
        holds(never.future(), std::pair{token, promise}.second);
        holds(never.future(), token);
        holds(promise->future(), token);
        promise.reset();
    }
    BOOST_TEST(token.use_count() == 1);
}

/// A value that cancels a coroutine when the last context that carries it goes.
struct CancelsAtItsEnd {
    explicit CancelsAtItsEnd(std::optional<Future<int>>* whom) : target{whom} {}
    CancelsAtItsEnd(const CancelsAtItsEnd&) = default;
    CancelsAtItsEnd& operator=(const CancelsAtItsEnd&) = delete;
    ~CancelsAtItsEnd() {
        if (target->has_value()) {
            (*target)->cancel();
        }
    }
    std::optional<Future<int>>* target;
};
constexpr tornado::stack_context::Key<CancelsAtItsEnd> cancels_at_its_end;

BOOST_AUTO_TEST_CASE(a_coroutine_that_the_end_of_a_context_cancels_is_resumed_once) {
    ManualScheduler scheduler;
    Promise<void> start;
    Operation operation;
    std::optional<Future<int>> target;
    int resumed = 0;
    auto inner = [&]() -> Future<void> { co_await start.future(); };
    auto outer = [&]() -> Future<int> {
        std::optional<Future<void>> awaited;
        {
            const tornado::stack_context::StackContext context{cancels_at_its_end, &target};
            awaited = inner();
        }
        co_await std::move(*awaited);
        ++resumed;
        co_return co_await operation.promise.future();
    };
    target = outer();
    start.set_result();
    scheduler.run();  // the inner one's context ends as the outer one goes on
    BOOST_TEST(resumed == 1);
    BOOST_TEST(operation.taken_back == 1);
    BOOST_TEST(target->cancelled());
}

BOOST_AUTO_TEST_CASE(what_takes_an_operation_back_may_throw_and_is_logged) {
    ManualScheduler scheduler;
    LogCapture log;
    Promise<int> promise;
    promise.on_cancel([] { throw std::runtime_error{"cannot be taken back"}; });
    const auto future = wait_for(promise.future());
    BOOST_TEST(future.cancel());
    scheduler.run();
    BOOST_TEST(future.cancelled());
    BOOST_TEST(log.count("taken back: std::runtime_error: cannot be taken back") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
