#include <tornado/gen.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::IOLoop;

template <typename T>
std::vector<Future<T>> futures(std::vector<Promise<T>>& promises) {
    std::vector<Future<T>> all;
    for (auto& promise : promises) {
        all.push_back(promise.future());
    }
    return all;
}

Future<int> number_after_a_turn(int number) {
    co_await gen::moment();
    co_return number;
}

BOOST_AUTO_TEST_SUITE(gen_suite)

BOOST_AUTO_TEST_CASE(sleep_is_done_no_earlier_than_asked) {
    IOLoop loop;
    const auto begin = loop.time();
    loop.run_sync([] { return gen::sleep(5ms); });
    BOOST_TEST((loop.time() - begin >= 5ms));
}

BOOST_AUTO_TEST_CASE(sleeps_end_in_the_order_of_their_time) {
    IOLoop loop;
    Order order;
    auto sleeper = [&](gen::Duration duration, std::string name) -> Future<void> {
        co_await gen::sleep(duration);
        order.push_back(std::move(name));
    };
    loop.run_sync([&]() -> Future<void> {
        auto late = sleeper(2ms, "late");
        auto early = sleeper(1ms, "early");
        co_await late;
        co_await early;
    });
    BOOST_TEST((order == Order{"early", "late"}));
}

BOOST_AUTO_TEST_CASE(a_cancelled_sleep_ends_at_once) {
    IOLoop loop;
    loop.run_sync([]() -> Future<void> {
        const auto sleeping = gen::sleep(1h);
        sleeping.cancel();
        BOOST_TEST(sleeping.cancelled());
        co_return;
    });
}

BOOST_AUTO_TEST_CASE(moment_lets_what_is_ready_go_first) {
    IOLoop loop;
    Order order;
    loop.run_sync([&]() -> Future<void> {
        loop.add_callback([&] { order.push_back("callback"); });
        co_await gen::moment();
        order.push_back("after");
    });
    BOOST_TEST((order == Order{"callback", "after"}));
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_only_takes_turns_can_be_cancelled) {
    IOLoop loop;
    int turns = 0;
    loop.run_sync([&]() -> Future<void> {
        auto endless = [&]() -> Future<void> {
            while (true) {
                ++turns;
                co_await gen::moment();
            }
        };
        const auto future = endless();
        co_await gen::moment();
        future.cancel();
        co_await gen::moment();
        BOOST_TEST(future.cancelled());
    });
    BOOST_TEST(turns == 2);
}

BOOST_AUTO_TEST_CASE(a_running_coroutine_gets_its_cancellation_at_a_moment_too) {
    IOLoop loop;
    std::optional<Future<void>> self;
    bool cancelled = false;
    loop.run_sync([&]() -> Future<void> {
        auto coroutine = [&]() -> Future<void> {
            co_await gen::moment();
            self->cancel();
            try {
                co_await gen::moment();
            } catch (const CancelledError&) {
                cancelled = true;
            }
            co_await gen::moment();
        };
        self = coroutine();
        co_await *self;
    });
    BOOST_TEST(cancelled);
}

BOOST_AUTO_TEST_CASE(with_timeout_passes_on_what_comes_in_time) {
    IOLoop loop;
    const auto seven = loop.run_sync([] { return gen::with_timeout(1h, number_after_a_turn(7)); });
    BOOST_TEST(seven == 7);
    loop.run_sync([] { return gen::with_timeout(1h, gen::sleep(0ms)); });
    auto failing = []() -> Future<int> {
        co_await gen::moment();
        throw std::out_of_range{"in time"};
    };
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return gen::with_timeout(1h, failing()); }), std::out_of_range
    );
}

BOOST_AUTO_TEST_CASE(with_timeout_gives_back_a_future_that_is_done_whatever_the_deadline) {
    IOLoop loop;
    BOOST_TEST(gen::with_timeout(-1h, Future<int>::ready(1)).result() == 1);
}

BOOST_AUTO_TEST_CASE(with_timeout_takes_its_timer_back_and_moves_the_value) {
    IOLoop loop;
    const auto token = std::make_shared<int>(0);
    auto inner = [&]() -> Future<std::unique_ptr<int>> {
        co_await gen::moment();
        co_return std::make_unique<int>(3);
    };
    BOOST_TEST(*loop.run_sync([&] { return gen::with_timeout(1h, inner()); }) == 3);
}

BOOST_AUTO_TEST_CASE(after_the_timeout_the_inner_future_lives_on) {
    IOLoop loop;
    Promise<int> inner;
    bool taken_back = false;
    inner.on_cancel([&] { taken_back = true; });
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return gen::with_timeout(0ms, inner.future()); }), gen::TimeoutError
    );
    BOOST_TEST(!taken_back);
    BOOST_TEST(!inner.done());
    inner.set_result(1);
    BOOST_TEST(inner.future().result() == 1);
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
}

BOOST_AUTO_TEST_CASE(a_failure_after_the_timeout_is_logged_but_no_cancellation) {
    LogCapture log;
    IOLoop loop;
    Promise<int> fails;
    Promise<int> is_cancelled;
    for (auto* promise : {&fails, &is_cancelled}) {
        BOOST_CHECK_THROW(
            loop.run_sync([&] { return gen::with_timeout(0ms, promise->future()); }),
            gen::TimeoutError
        );
    }
    BOOST_TEST(log.size() == 0U);
    fails.set_exception(std::runtime_error{"too late"});
    is_cancelled.future().cancel();
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(log.count("too late") == 1);
    BOOST_TEST(log.size() == 1U);
}

BOOST_AUTO_TEST_CASE(cancelling_with_timeout_leaves_the_inner_future_alone) {
    IOLoop loop;
    Promise<int> inner;
    loop.run_sync([&]() -> Future<void> {
        const auto limited = gen::with_timeout(1h, inner.future());
        BOOST_TEST(limited.cancel());
        BOOST_TEST(limited.cancelled());
        co_return;
    });
    BOOST_TEST(!inner.done());
}

BOOST_AUTO_TEST_CASE(with_timeout_of_a_cancelled_future_is_cancelled) {
    IOLoop loop;
    Promise<int> inner;
    loop.run_sync([&]() -> Future<void> {
        const auto limited = gen::with_timeout(1h, inner.future());
        inner.future().cancel();
        co_await gen::moment();
        BOOST_TEST(limited.cancelled());
    });
}

BOOST_AUTO_TEST_CASE(the_inner_future_may_outlive_the_loop) {
    Promise<int> inner;
    {
        IOLoop loop;
        gen::with_timeout(1h, inner.future()).ignore();
    }
    inner.set_result(1);
    IOLoop next;
    next.run_sync([]() -> Future<void> { co_await gen::moment(); });
}

BOOST_AUTO_TEST_CASE(multi_keeps_the_order_of_the_children) {
    IOLoop loop;
    std::vector<Promise<int>> promises(3);
    auto all = gen::multi(futures(promises));
    for (const std::size_t i : {2U, 0U, 1U}) {
        BOOST_TEST(!all.done());
        promises[i].set_result(static_cast<int>(i) * 10);
        loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    }
    BOOST_TEST((loop.run_sync([&] { return all; }) == std::vector{0, 10, 20}));
}

BOOST_AUTO_TEST_CASE(multi_of_nothing_is_done_at_once) {
    IOLoop loop;
    BOOST_TEST(gen::multi(std::vector<Future<int>>{}).result().empty());
    BOOST_TEST(gen::multi(std::vector<Future<void>>{}).done());
}

BOOST_AUTO_TEST_CASE(multi_takes_futures_of_nothing_and_of_different_types) {
    IOLoop loop;
    std::vector<Promise<void>> promises(2);
    auto both = gen::multi(futures(promises));
    promises[0].set_result();
    promises[1].set_result();
    loop.run_sync([&] { return both; });

    const auto [number, text] = loop.run_sync([] {
        return gen::multi(number_after_a_turn(4), Future<std::string>::ready("text"));
    });
    BOOST_TEST(number == 4);
    BOOST_TEST(text == "text");
}

BOOST_AUTO_TEST_CASE(multi_moves_values_that_cannot_be_copied) {
    IOLoop loop;
    std::vector<Future<std::unique_ptr<int>>> children;
    children.push_back(Future<std::unique_ptr<int>>::ready(std::make_unique<int>(1)));
    const auto all = gen::multi(std::move(children));
    BOOST_TEST(*all.result().at(0) == 1);
}

BOOST_AUTO_TEST_CASE(multi_waits_for_all_and_throws_the_first_error_in_the_childrens_order) {
    LogCapture log;
    IOLoop loop;
    std::vector<Promise<int>> promises(3);
    auto all = gen::multi(futures(promises));
    promises[2].set_exception(std::runtime_error{"came first"});
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    promises[1].set_exception(std::out_of_range{"stands first"});
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(!all.done());
    promises[0].set_result(1);
    BOOST_CHECK_THROW(loop.run_sync([&] { return all; }), std::out_of_range);
    BOOST_TEST(log.count("came first") == 1);
    BOOST_TEST(log.size() == 1U);
}

BOOST_AUTO_TEST_CASE(multi_may_be_given_one_future_twice) {
    LogCapture log;
    IOLoop loop;
    const auto future = Future<std::string>::ready("same");
    const auto both = gen::multi(std::vector{future, future});
    BOOST_TEST((both.result() == std::vector<std::string>{"same", "same"}));
    BOOST_TEST(future.result() == "same");

    const auto failed = Future<int>::failed(std::make_exception_ptr(std::runtime_error{"twice"}));
    BOOST_CHECK_THROW(gen::multi(std::vector{failed, failed}).result(), std::runtime_error);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(cancelling_multi_does_not_cancel_the_children) {
    IOLoop loop;
    std::vector<Promise<int>> promises(2);
    int taken_back = 0;
    for (auto& promise : promises) {
        promise.on_cancel([&] { ++taken_back; });
    }
    const auto all = gen::multi(futures(promises));
    all.cancel();
    BOOST_CHECK_THROW(loop.run_sync([&] { return all; }), CancelledError);
    BOOST_TEST(taken_back == 0);
    BOOST_TEST(!promises[0].done());
}

BOOST_AUTO_TEST_CASE(cancelling_multi_counts_also_when_a_child_ends_in_the_same_turn) {
    IOLoop loop;
    std::vector<Promise<int>> promises(2);
    const auto all = gen::multi(futures(promises));
    all.cancel();
    promises[0].set_result(1);
    loop.run_sync([]() -> Future<void> {
        co_await gen::moment();
        co_await gen::moment();
    });
    BOOST_TEST(all.cancelled());
}

BOOST_AUTO_TEST_CASE(a_cancelled_child_makes_multi_cancelled_when_all_are_done) {
    IOLoop loop;
    std::vector<Promise<int>> promises(2);
    const auto all = gen::multi(futures(promises));
    promises[0].future().cancel();
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(!all.done());
    promises[1].set_result(1);
    BOOST_CHECK_THROW(loop.run_sync([&] { return all; }), CancelledError);
    BOOST_TEST(all.cancelled());
}

BOOST_AUTO_TEST_CASE(maybe_future_makes_futures_of_values_and_leaves_futures_alone) {
    BOOST_TEST(gen::maybe_future(3).result() == 3);
    const auto future = Future<int>::ready(4);
    BOOST_TEST(gen::maybe_future(future).state().get() == future.state().get());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
