#include <tornado/concurrent/promise.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"

namespace {

using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::concurrent::BrokenPromise;
using tornado::concurrent::InvalidStateError;

BOOST_AUTO_TEST_SUITE(promise)

BOOST_AUTO_TEST_CASE(settling_runs_nothing_by_itself) {
    ManualScheduler scheduler;
    Promise<int> promise;
    int seen = 0;
    auto coroutine = [&]() -> Future<void> { seen = co_await promise.future(); };
    coroutine();
    promise.set_result(4);
    BOOST_TEST(promise.done());
    BOOST_TEST(promise.future().result() == 4);
    BOOST_TEST(seen == 0);
    scheduler.run();
    BOOST_TEST(seen == 4);
}

BOOST_AUTO_TEST_CASE(settling_twice_throws) {
    ManualScheduler scheduler;
    Promise<int> promise;
    promise.set_result(1);
    BOOST_CHECK_THROW(promise.set_result(2), InvalidStateError);
    BOOST_CHECK_THROW(promise.set_exception(std::runtime_error{"late"}), InvalidStateError);
    BOOST_TEST(promise.future().result() == 1);
}

BOOST_AUTO_TEST_CASE(a_failure_is_given_as_an_exception_or_as_a_pointer_to_one) {
    ManualScheduler scheduler;
    Promise<int> first;
    first.set_exception(std::out_of_range{"first"});
    BOOST_CHECK_THROW(first.future().result(), std::out_of_range);
    Promise<int> second;
    second.set_exception(std::make_exception_ptr(std::domain_error{"second"}));
    BOOST_CHECK_THROW(second.future().result(), std::domain_error);
}

BOOST_AUTO_TEST_CASE(a_promise_that_dies_unsettled_breaks_its_future) {
    ManualScheduler scheduler;
    auto promise = std::make_unique<Promise<int>>();
    const auto future = promise->future();
    promise.reset();
    BOOST_TEST(future.done());
    BOOST_CHECK_THROW(future.result(), BrokenPromise);
}

BOOST_AUTO_TEST_CASE(a_promise_without_futures_breaks_in_silence) {
    ManualScheduler scheduler;
    LogCapture log;
    { const Promise<int> unused; }
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(moving_a_promise_hands_over_its_future) {
    ManualScheduler scheduler;
    Promise<int> promise;
    const auto future = promise.future();
    auto moved = std::move(promise);
    moved.set_result(3);
    BOOST_TEST(future.result() == 3);
}

BOOST_AUTO_TEST_CASE(assigning_to_a_promise_breaks_the_former_future) {
    ManualScheduler scheduler;
    Promise<int> promise;
    const auto former = promise.future();
    promise = Promise<int>{};
    BOOST_CHECK_THROW(former.result(), BrokenPromise);
    BOOST_TEST(!promise.done());
}

BOOST_AUTO_TEST_CASE(settling_after_the_consumer_cancelled_is_ignored) {
    ManualScheduler scheduler;
    Promise<int> promise;
    const auto future = promise.future();
    BOOST_TEST(future.cancel());
    BOOST_TEST(promise.done());
    promise.set_result(1);
    promise.set_exception(std::runtime_error{"late"});
    BOOST_TEST(future.cancelled());
    BOOST_CHECK_THROW(future.result(), CancelledError);
}

BOOST_AUTO_TEST_CASE(cancelling_takes_the_operation_back_once) {
    ManualScheduler scheduler;
    Promise<int> promise;
    const auto future = promise.future();
    int taken_back = 0;
    promise.on_cancel([&] {
        BOOST_TEST(future.cancelled());
        ++taken_back;
    });
    BOOST_TEST(future.cancel());
    BOOST_TEST(!future.cancel());
    BOOST_TEST(taken_back == 1);
}

BOOST_AUTO_TEST_CASE(a_settled_promise_drops_its_on_cancel_unused) {
    ManualScheduler scheduler;
    Promise<int> promise;
    const auto token = std::make_shared<int>(0);
    promise.on_cancel([token] { ++*token; });
    promise.set_result(1);
    BOOST_TEST(token.use_count() == 1);
    BOOST_TEST(!promise.future().cancel());
    BOOST_TEST(*token == 0);
}

BOOST_AUTO_TEST_CASE(on_cancel_may_own_the_promise) {
    ManualScheduler scheduler;
    const auto owned = [] {
        auto promise = std::make_shared<Promise<int>>();
        promise->on_cancel([promise] {});
        return promise;
    };
    Future<int> future = Future<int>::ready(0);
    Promise<int>* promise = nullptr;
    {
        const auto owner = owned();
        future = owner->future();
        promise = owner.get();
    }
    promise->set_result(8);  // destroys the promise at its end
    BOOST_TEST(future.result() == 8);

    future = owned()->future();
    BOOST_TEST(future.cancel());
    BOOST_TEST(future.cancelled());
}

BOOST_AUTO_TEST_CASE(a_value_that_cannot_be_made_leaves_the_promise_unsettled) {
    ManualScheduler scheduler;
    struct Picky {
        explicit Picky(bool good) {
            if (!good) {
                throw std::invalid_argument{"bad"};
            }
        }
    };
    Promise<Picky> promise;
    BOOST_CHECK_THROW(promise.set_result(false), std::invalid_argument);
    BOOST_TEST(!promise.done());
    promise.set_result(true);
    BOOST_TEST(promise.done());
}

BOOST_AUTO_TEST_CASE(a_promise_that_was_moved_from_says_so) {
    ManualScheduler scheduler;
    Promise<int> promise;
    const auto moved = std::move(promise);
    BOOST_TEST(promise.done());
    BOOST_CHECK_THROW(promise.set_result(1), InvalidStateError);
    BOOST_CHECK_THROW(promise.set_exception(std::runtime_error{"x"}), InvalidStateError);
    BOOST_CHECK_THROW(promise.set_cancelled(), InvalidStateError);
    BOOST_CHECK_THROW(promise.on_cancel([] {}), InvalidStateError);
    BOOST_CHECK_THROW(static_cast<void>(promise.future()), InvalidStateError);
    BOOST_TEST(!moved.done());
}

BOOST_AUTO_TEST_CASE(a_failure_without_an_exception_is_refused) {
    ManualScheduler scheduler;
    Promise<int> promise;
    BOOST_CHECK_THROW(promise.set_exception(std::exception_ptr{}), std::invalid_argument);
    BOOST_TEST(!promise.done());
    promise.set_result(1);
}

BOOST_AUTO_TEST_CASE(a_producer_may_cancel_too_which_calls_no_on_cancel) {
    ManualScheduler scheduler;
    LogCapture log;
    {
        Promise<int> promise;
        bool taken_back = false;
        promise.on_cancel([&] { taken_back = true; });
        promise.set_cancelled();
        BOOST_TEST(promise.future().cancelled());
        BOOST_TEST(!taken_back);
        promise.set_result(1);  // as after any cancellation
        BOOST_TEST(promise.future().cancelled());
    }
    Promise<int> settled;
    settled.set_result(1);
    BOOST_CHECK_THROW(settled.set_cancelled(), InvalidStateError);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(failing_with_a_cancellation_is_being_cancelled) {
    ManualScheduler scheduler;
    LogCapture log;
    Promise<int> promise;
    promise.set_exception(CancelledError{});
    BOOST_TEST(promise.future().cancelled());
    BOOST_TEST(Future<int>::failed(std::make_exception_ptr(CancelledError{})).cancelled());
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(settles_like_another_future) {
    ManualScheduler scheduler;
    Promise<std::unique_ptr<int>> value;
    value.settle_like(Future<std::unique_ptr<int>>::ready(std::make_unique<int>(5)));
    BOOST_TEST(*value.future().result() == 5);

    Promise<std::string> copied;
    const auto kept = Future<std::string>::ready("kept");
    copied.settle_like(kept);
    BOOST_TEST(copied.future().result() == "kept");
    BOOST_TEST(kept.result() == "kept");

    Promise<void> nothing;
    nothing.settle_like(Future<void>::ready());
    BOOST_TEST(nothing.future().done());

    Promise<int> error;
    error.settle_like(Future<int>::failed(std::make_exception_ptr(std::out_of_range{"far"})));
    BOOST_CHECK_THROW(error.future().result(), std::out_of_range);

    Promise<int> is_cancelled;
    const auto cancelled = is_cancelled.future();
    cancelled.cancel();
    Promise<int> follows;
    follows.settle_like(cancelled);
    BOOST_TEST(follows.future().cancelled());

    Promise<int> pending;
    Promise<int> too_early;
    BOOST_CHECK_THROW(too_early.settle_like(pending.future()), InvalidStateError);
    BOOST_TEST(!too_early.done());
    too_early.set_result(1);
    BOOST_CHECK_THROW(too_early.settle_like(Future<int>::ready(2)), InvalidStateError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
