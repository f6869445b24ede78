#include <tornado/ioloop/gen/with_timeout.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::IOLoop;

Future<int> number_after_a_turn(int number) {
    co_await gen::moment();
    co_return number;
}

BOOST_AUTO_TEST_SUITE(with_timeout)

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

BOOST_AUTO_TEST_CASE(a_quiet_failure_after_the_timeout_is_not_logged) {
    LogCapture log;
    IOLoop loop;
    const auto fail_late_with = [&](const std::exception_ptr& error) {
        Promise<int> promise;
        BOOST_CHECK_THROW(
            loop.run_sync([&] {
                return gen::
                    with_timeout(0ms, promise.future(), gen::quiet_exceptions<std::logic_error, gen::TimeoutError>);
            }),
            gen::TimeoutError
        );
        promise.set_exception(error);
        loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    };
    fail_late_with(std::make_exception_ptr(std::out_of_range{"a logic_error"}));
    fail_late_with(std::make_exception_ptr(gen::TimeoutError{"another"}));
    BOOST_TEST(log.size() == 0U);
    fail_late_with(std::make_exception_ptr(std::range_error{"a runtime_error"}));
    BOOST_TEST(log.count("a runtime_error") == 1);
}

BOOST_AUTO_TEST_CASE(a_deadline_that_is_past_or_a_timeout_of_zero_expires_in_the_next_turn) {
    IOLoop loop;
    Promise<int> never;
    for (const gen::Duration timeout : {gen::Duration{-1h}, gen::Duration{0}}) {
        BOOST_CHECK_THROW(
            loop.run_sync([&] { return gen::with_timeout(timeout, never.future()); }),
            gen::TimeoutError
        );
    }
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return gen::with_timeout(loop.time(), never.future()); }),
        gen::TimeoutError
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
