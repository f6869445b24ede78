#include <tornado/asio.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/queues.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using boost::system::system_error;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::asio::to_awaitable;
using tornado::asio::to_future;
using tornado::ioloop::IOLoop;

struct Number {
    explicit Number(int number) : value{std::make_unique<int>(number)} {}
    std::unique_ptr<int> value;
};

/// Waits on a timer of its own context.
asio::awaitable<void> wait(std::chrono::steady_clock::duration duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

/// Notes how waiting ends, and passes errors on.
template <typename T>
asio::awaitable<void> note(asio::awaitable<T> waited, Order& order) {
    try {
        co_await std::move(waited);
        order.push_back("done");
    } catch (const system_error& error) {
        order.push_back(error.code() == asio::error::operation_aborted ? "aborted" : "failed");
        throw;
    }
}

/// Waits for ever, and then for one more turn to clean up.
Future<void> stubborn(Order& order) {
    bool cancelled = false;
    try {
        co_await tornado::gen::sleep(1h);
    } catch (const CancelledError&) {
        cancelled = true;
    }
    if (cancelled) {
        order.push_back("cleaning up");
        co_await tornado::gen::moment();
        order.push_back("clean");
        throw CancelledError{};
    }
}

BOOST_AUTO_TEST_SUITE(to_future_of_awaitable)

BOOST_AUTO_TEST_CASE(has_the_coroutines_result) {
    IOLoop loop;
    auto number = []() -> asio::awaitable<int> {
        co_await wait(0ms);
        co_return 5;
    };
    BOOST_TEST(loop.run_sync([&] { return to_future(number()); }) == 5);
    loop.run_sync([] { return to_future(wait(0ms)); });
}

BOOST_AUTO_TEST_CASE(results_may_be_move_only_and_without_a_default) {
    IOLoop loop;
    auto number = []() -> asio::awaitable<Number> { co_return Number{6}; };
    const auto got = loop.run_sync([&] { return to_future(number()); });
    BOOST_TEST(*got.value == 6);
    auto fails = []() -> asio::awaitable<Number> {
        throw std::domain_error{"none"};
        co_return Number{0};
    };
    BOOST_CHECK_THROW(loop.run_sync([&] { return to_future(fails()); }), std::domain_error);
}

BOOST_AUTO_TEST_CASE(throws_what_the_coroutine_throws) {
    IOLoop loop;
    auto fails = []() -> asio::awaitable<void> {
        throw std::domain_error{"no"};
        co_return;
    };
    BOOST_CHECK_THROW(loop.run_sync([&] { return to_future(fails()); }), std::domain_error);
}

BOOST_AUTO_TEST_CASE(the_coroutine_runs_on_the_loops_context) {
    IOLoop loop;
    auto same = [&]() -> asio::awaitable<bool> {
        const auto executor = co_await asio::this_coro::executor;
        co_return &asio::query(executor, asio::execution::context) == &tornado::asio::context(loop);
    };
    BOOST_TEST(loop.run_sync([&] { return to_future(same()); }));
}

BOOST_AUTO_TEST_CASE(coroutines_of_a_plainer_executor_are_welcome) {
    using Executor = asio::io_context::executor_type;
    IOLoop loop;
    auto number = []() -> asio::awaitable<int, Executor> {
        co_return co_await to_awaitable<Executor>(Future<int>::ready(7));
    };
    BOOST_TEST(loop.run_sync([&] { return to_future(number()); }) == 7);
}

BOOST_AUTO_TEST_CASE(cancelling_reaches_what_the_coroutine_waits_for) {
    Order order;
    IOLoop loop;
    auto outer = [&]() -> Future<void> {
        try {
            co_await to_future(note(wait(1h), order));
        } catch (const CancelledError&) {
            order.push_back("cancelled");
            throw;
        }
    };
    const auto future = outer();
    loop.run_sync([&]() -> Future<void> {
        co_await tornado::gen::moment();
        future.cancel();
        try {
            co_await future;
        } catch (const CancelledError&) {
        }
    });
    BOOST_TEST(future.cancelled());
    BOOST_TEST((order == Order{"aborted", "cancelled"}));
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_finish_although_it_was_cancelled) {
    IOLoop loop;
    auto stays = []() -> asio::awaitable<int> {
        try {
            co_await wait(1h);
        } catch (const system_error&) {
        }
        co_return 8;
    };
    const auto future = to_future(stays());
    loop.add_callback([&] { future.cancel(); });
    BOOST_TEST(loop.run_sync([&] { return future; }) == 8);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(to_awaitable_of_future)

BOOST_AUTO_TEST_CASE(has_the_futures_result) {
    IOLoop loop;
    auto coroutine = [](Future<int> slow) -> asio::awaitable<int> {
        co_await to_awaitable(Future<>::ready());
        co_await to_awaitable(tornado::gen::sleep(0ms));
        co_return co_await to_awaitable(std::move(slow)) +
            co_await to_awaitable(Future<int>::ready(2));
    };
    auto slow = []() -> Future<int> {
        co_await tornado::gen::sleep(1ms);
        co_return 40;
    };
    BOOST_TEST(loop.run_sync([&] { return to_future(coroutine(slow())); }) == 42);
}

BOOST_AUTO_TEST_CASE(moves_the_value_out_unless_others_hold_the_future) {
    IOLoop loop;
    Promise<std::shared_ptr<int>> promise;
    const auto held = promise.future();
    auto use_count = [](Future<std::shared_ptr<int>> future) -> asio::awaitable<long> {
        const auto value = co_await to_awaitable(std::move(future));
        co_return value.use_count();
    };
    loop.add_callback([&] { promise.set_result(std::make_shared<int>(1)); });
    BOOST_TEST(loop.run_sync([&] { return to_future(use_count(held)); }) == 2);
    auto number = [](Future<Number> future) -> asio::awaitable<int> {
        const auto got = co_await to_awaitable(std::move(future));
        co_return *got.value;
    };
    auto make = []() -> Future<Number> {
        co_await tornado::gen::moment();
        co_return Number{9};
    };
    BOOST_TEST(loop.run_sync([&] { return to_future(number(make())); }) == 9);
}

BOOST_AUTO_TEST_CASE(throws_what_the_future_failed_with) {
    IOLoop loop;
    auto fails = []() -> Future<void> {
        co_await tornado::gen::moment();
        throw std::domain_error{"no"};
    };
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return to_future(to_awaitable(fails())); }), std::domain_error
    );
}

BOOST_AUTO_TEST_CASE(a_cancelled_future_is_an_aborted_operation) {
    Order order;
    IOLoop loop;
    Promise<void> promise;
    const auto outer = to_future(note(to_awaitable(promise.future()), order));
    loop.add_callback([&] { promise.future().cancel(); });
    BOOST_CHECK_THROW(loop.run_sync([&] { return outer; }), system_error);
    BOOST_TEST((order == Order{"aborted"}));
}

BOOST_AUTO_TEST_CASE(asios_cancellation_takes_back_a_future_that_nobody_else_holds) {
    Order order;
    IOLoop loop;
    asio::cancellation_signal signal;
    asio::co_spawn(
        tornado::asio::context(loop),
        note(to_awaitable(stubborn(order)), order),
        asio::bind_cancellation_slot(
            signal.slot(),
            [&](std::exception_ptr error) {
                order.push_back(error ? "over" : "fine");
                loop.stop();
            }
        )
    );
    loop.add_callback([&] { signal.emit(asio::cancellation_type::terminal); });
    loop.start();
    BOOST_TEST((order == Order{"cleaning up", "clean", "aborted", "over"}));
}

BOOST_AUTO_TEST_CASE(asios_cancellation_only_ends_the_waiting_for_a_future_that_others_hold) {
    Order order;
    IOLoop loop;
    Promise<int> promise;
    const auto held = promise.future();
    const auto outer = to_future(note(to_awaitable(held), order));
    loop.add_callback([&] { outer.cancel(); });
    BOOST_CHECK_THROW(loop.run_sync([&] { return outer; }), CancelledError);
    BOOST_TEST((order == Order{"aborted"}));
    BOOST_TEST(!held.done());
    promise.set_result(1);
    BOOST_TEST(held.result() == 1);
}

BOOST_AUTO_TEST_CASE(cancelling_passes_through_both_directions) {
    Order order;
    IOLoop loop;
    auto outer = [&]() -> Future<void> {
        co_await to_future(note(to_awaitable(stubborn(order)), order));
    };
    const auto future = outer();
    loop.add_callback([&] { future.cancel(); });
    BOOST_CHECK_THROW(loop.run_sync([&] { return future; }), CancelledError);
    BOOST_TEST((order == Order{"cleaning up", "clean", "aborted"}));
}

BOOST_AUTO_TEST_CASE(a_result_that_is_on_its_way_is_not_lost_to_a_cancellation) {
    Order order;
    IOLoop loop;
    Promise<void> promise;
    auto coroutine = [](Future<void> future) -> asio::awaitable<int> {
        co_await to_awaitable(std::move(future));
        co_return 10;
    };
    const auto outer = to_future(coroutine(promise.future()));
    loop.add_callback([&] {
        promise.set_result();
        outer.cancel();
    });
    BOOST_TEST(loop.run_sync([&] { return outer; }) == 10);
}

BOOST_AUTO_TEST_CASE(an_item_that_came_in_spite_of_asios_cancellation_is_not_lost) {
    IOLoop loop;
    tornado::queues::Queue<int> queue;
    asio::cancellation_signal signal;
    int item = 0;
    auto get = [&]() -> Future<int> { co_return co_await queue.get(); };
    auto coroutine = [&]() -> asio::awaitable<void> {
        item = co_await to_awaitable(get());
        loop.stop();
    };
    asio::co_spawn(
        tornado::asio::context(loop),
        coroutine(),
        asio::bind_cancellation_slot(signal.slot(), asio::detached)
    );
    loop.add_callback([&] {
        loop.add_callback([&] {
            queue.put_nowait(42);
            signal.emit(asio::cancellation_type::terminal);
        });
    });
    loop.start();
    BOOST_TEST(item == 42);
    BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(is_refused_on_another_context) {
    IOLoop loop;
    asio::io_context other;
    std::exception_ptr failure;
    asio::co_spawn(other, to_awaitable(Future<>::ready()), [&](std::exception_ptr error) {
        failure = std::move(error);
    });
    other.run();
    BOOST_REQUIRE(failure);
    BOOST_CHECK_THROW(std::rethrow_exception(failure), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
