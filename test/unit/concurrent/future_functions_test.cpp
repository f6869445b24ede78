#include <tornado/concurrent/future_functions.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "support.hpp"

namespace {

namespace concurrent = tornado::concurrent;
using tornado::Future;
using tornado::Promise;

BOOST_AUTO_TEST_SUITE(future_functions)

BOOST_AUTO_TEST_CASE(chain_future_passes_a_result_on_when_it_comes) {
    ManualScheduler scheduler;
    Promise<int> first;
    Promise<int> second;
    const auto outcome = second.future();
    concurrent::chain_future(first.future(), std::move(second));
    first.set_result(42);
    scheduler.run();
    BOOST_TEST(outcome.result() == 42);
}

BOOST_AUTO_TEST_CASE(chain_future_of_what_is_done_settles_at_once) {
    ManualScheduler scheduler;
    Promise<std::string> promise;
    const auto outcome = promise.future();
    concurrent::chain_future(Future<std::string>::ready("now"), std::move(promise));
    BOOST_TEST(outcome.result() == "now");
}

BOOST_AUTO_TEST_CASE(chain_future_passes_errors_and_cancellations_on) {
    ManualScheduler scheduler;
    Promise<void> failing;
    Promise<void> cancelled;
    Promise<void> after_failing;
    Promise<void> after_cancelled;
    const auto failure = after_failing.future();
    const auto cancellation = after_cancelled.future();
    concurrent::chain_future(failing.future(), std::move(after_failing));
    concurrent::chain_future(cancelled.future(), std::move(after_cancelled));
    failing.set_exception(std::out_of_range{"x"});
    cancelled.future().cancel();
    scheduler.run();
    BOOST_CHECK_THROW(failure.result(), std::out_of_range);
    BOOST_TEST(cancellation.cancelled());
}

BOOST_AUTO_TEST_CASE(chain_future_leaves_a_cancelled_end_alone_and_cancels_nothing) {
    ManualScheduler scheduler;
    Promise<int> first;
    Promise<int> second;
    const auto outcome = second.future();
    concurrent::chain_future(first.future(), std::move(second));
    outcome.cancel();
    BOOST_TEST(!first.done());
    first.set_result(1);
    scheduler.run();
    BOOST_TEST(outcome.cancelled());
    BOOST_TEST(first.future().result() == 1);
}

BOOST_AUTO_TEST_CASE(chain_future_that_a_closing_loop_drops_cancels_its_end) {
    const LogCapture log;
    std::optional<Future<int>> outcome;
    {
        ManualScheduler scheduler;
        Promise<int> first;
        Promise<int> second;
        outcome = second.future();
        concurrent::chain_future(first.future(), std::move(second));
        first.set_result(1);
    }
    BOOST_TEST(outcome->cancelled());
    outcome.reset();
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(chains_may_have_several_links) {
    ManualScheduler scheduler;
    Promise<int> first;
    Promise<int> second;
    Promise<int> third;
    const auto outcome = third.future();
    concurrent::chain_future(second.future(), std::move(third));
    concurrent::chain_future(first.future(), std::move(second));
    first.set_result(7);
    scheduler.run();
    BOOST_TEST(outcome.result() == 7);
}

BOOST_AUTO_TEST_CASE(a_result_is_set_unless_its_future_was_cancelled) {
    ManualScheduler scheduler;
    Promise<int> promise;
    concurrent::future_set_result_unless_cancelled(promise, 42);
    BOOST_TEST(promise.future().result() == 42);

    Promise<int> late;
    late.future().cancel();
    concurrent::future_set_result_unless_cancelled(late, 42);
    BOOST_TEST(late.future().cancelled());
}

BOOST_AUTO_TEST_CASE(an_error_is_set_or_logged_when_its_future_was_cancelled) {
    ManualScheduler scheduler;
    LogCapture log;
    const auto error = std::make_exception_ptr(std::out_of_range{"lost"});
    Promise<int> promise;
    concurrent::future_set_exception_unless_cancelled(promise, error);
    BOOST_CHECK_THROW(promise.future().result(), std::out_of_range);
    BOOST_TEST(log.size() == 0U);

    Promise<int> late;
    late.future().cancel();
    concurrent::future_set_exception_unless_cancelled(late, error);
    BOOST_TEST(late.future().cancelled());
    BOOST_TEST(log.count("after Future was cancelled: std::out_of_range: lost") == 1);
}

BOOST_AUTO_TEST_CASE(future_add_done_callback_calls_at_once_when_it_can) {
    ManualScheduler scheduler;
    int seen = 0;
    const auto see = [&](const Future<int>& future) { seen = future.result(); };
    concurrent::future_add_done_callback(Future<int>::ready(1), see);
    BOOST_TEST(seen == 1);
    Promise<int> promise;
    concurrent::future_add_done_callback(promise.future(), see);
    promise.set_result(2);
    BOOST_TEST(seen == 1);
    scheduler.run();
    BOOST_TEST(seen == 2);
}

BOOST_AUTO_TEST_CASE(a_callback_that_is_called_at_once_is_kept_until_its_coroutine_has_ended) {
    ManualScheduler scheduler;
    Promise<void> promise;
    std::string seen;
    {
        const std::string text(100, 't');
        concurrent::future_add_done_callback(
            Future<int>::ready(1),
            [&promise, &seen, text](const Future<int>&) -> Future<void> {
                co_await promise.future();
                seen = text;
            }
        );
    }
    promise.set_result();
    scheduler.run();
    BOOST_TEST(seen == std::string(100, 't'));
}

BOOST_AUTO_TEST_CASE(a_callback_that_is_called_at_once_need_not_take_the_future) {
    int called = 0;
    concurrent::future_add_done_callback(Future<int>::ready(1), [&] { ++called; });
    BOOST_TEST(called == 1);
}

BOOST_AUTO_TEST_CASE(what_a_callback_throws_at_once_goes_to_the_caller) {
    const auto fail = [](const Future<int>&) -> Future<void> {
        co_await Future<>::ready();
        throw std::out_of_range{"at once"};
    };
    BOOST_CHECK_THROW(
        concurrent::future_add_done_callback(Future<int>::ready(1), fail), std::out_of_range
    );
}

BOOST_AUTO_TEST_CASE(chain_future_moves_a_container_of_what_cannot_be_copied) {
    ManualScheduler scheduler;
    using Numbers = std::vector<std::unique_ptr<int>>;
    Promise<Numbers> first;
    Promise<Numbers> second;
    auto outcome = second.future();
    concurrent::chain_future(first.future(), std::move(second));
    Numbers numbers;
    numbers.push_back(std::make_unique<int>(7));
    first.set_result(std::move(numbers));
    scheduler.run();
    BOOST_TEST(*outcome.result().at(0) == 7);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
