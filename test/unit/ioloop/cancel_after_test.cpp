#include <tornado/ioloop/gen/cancel_after.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::IOLoop;

BOOST_AUTO_TEST_SUITE(cancel_after)

BOOST_AUTO_TEST_CASE(passes_on_what_comes_in_time) {
    IOLoop loop;
    auto seven = []() -> Future<std::unique_ptr<int>> {
        co_await gen::moment();
        co_return std::make_unique<int>(7);
    };
    auto failing = []() -> Future<int> {
        co_await gen::moment();
        throw std::out_of_range{"in time"};
    };
    BOOST_TEST(*loop.run_sync([&] { return gen::cancel_after(1h, seven()); }) == 7);
    loop.run_sync([] { return gen::cancel_after(1h, gen::sleep(0ms)); });
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return gen::cancel_after(1h, failing()); }), std::out_of_range
    );
}

BOOST_AUTO_TEST_CASE(gives_back_a_future_that_is_done_whatever_the_deadline) {
    IOLoop loop;
    BOOST_TEST(gen::cancel_after(-1h, Future<int>::ready(1)).result() == 1);
}

BOOST_AUTO_TEST_CASE(takes_the_operation_back_at_the_deadline) {
    IOLoop loop;
    Promise<int> inner;
    int taken_back = 0;
    inner.on_cancel([&] { ++taken_back; });
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return gen::cancel_after(0ms, inner.future()); }), gen::TimeoutError
    );
    BOOST_TEST(taken_back == 1);
    BOOST_TEST(inner.future().cancelled());
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return gen::cancel_after(loop.time(), gen::sleep(1h)); }),
        gen::TimeoutError
    );
}

BOOST_AUTO_TEST_CASE(the_timeout_comes_out_when_the_work_has_unwound) {
    IOLoop loop;
    Order order;
    auto work = [&]() -> Future<int> {
        bool cancelled = false;
        try {
            co_await gen::sleep(1h);
        } catch (const CancelledError&) {
            cancelled = true;
        }
        co_await gen::moment();
        order.push_back("cleaned up");
        if (cancelled) {
            throw CancelledError{};
        }
        co_return 1;
    };
    loop.run_sync([&]() -> Future<void> {
        try {
            co_await gen::cancel_after(0ms, work());
        } catch (const gen::TimeoutError&) {
            order.push_back("timeout");
        }
    });
    BOOST_TEST((order == Order{"cleaned up", "timeout"}));
}

BOOST_AUTO_TEST_CASE(work_that_ends_all_the_same_keeps_its_outcome) {
    IOLoop loop;
    auto stubborn = [](bool fails) -> Future<int> {
        try {
            co_await gen::sleep(1h);
        } catch (const CancelledError&) {
            if (fails) {
                throw std::out_of_range{"while unwinding"};
            }
        }
        co_return 3;
    };
    BOOST_TEST(loop.run_sync([&] { return gen::cancel_after(0ms, stubborn(false)); }) == 3);
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return gen::cancel_after(0ms, stubborn(true)); }), std::out_of_range
    );
}

BOOST_AUTO_TEST_CASE(others_who_wait_for_the_operation_are_told) {
    IOLoop loop;
    Promise<int> inner;
    const auto other = inner.future();
    bool told = false;
    loop.run_sync([&]() -> Future<void> {
        const auto limited = gen::cancel_after(0ms, inner.future());
        try {
            co_await other;
        } catch (const CancelledError&) {
            told = true;
        }
        BOOST_CHECK_THROW(co_await limited, gen::TimeoutError);
    });
    BOOST_TEST(told);
}

BOOST_AUTO_TEST_CASE(cancelling_it_cancels_the_operation_unless_somebody_else_holds_it) {
    IOLoop loop;
    Promise<int> own;
    Promise<int> shared;
    const auto other = shared.future();
    loop.run_sync([&]() -> Future<void> {
        const auto first = gen::cancel_after(1h, own.future());
        const auto second = gen::cancel_after(1h, shared.future());
        BOOST_TEST(first.cancel());
        BOOST_TEST(second.cancel());
        co_await gen::moment();
        BOOST_TEST(first.cancelled());
        BOOST_TEST(second.cancelled());
    });
    BOOST_TEST(own.done());
    BOOST_TEST(!shared.done());
}

BOOST_AUTO_TEST_CASE(an_operation_that_others_cancel_is_no_timeout) {
    IOLoop loop;
    Promise<int> inner;
    loop.run_sync([&]() -> Future<void> {
        const auto limited = gen::cancel_after(1h, inner.future());
        inner.future().cancel();
        co_await gen::moment();
        BOOST_TEST(limited.cancelled());
    });
}

BOOST_AUTO_TEST_CASE(its_future_may_outlive_the_loop) {
    Promise<int> inner;
    std::optional<Future<int>> limited;
    {
        IOLoop loop;
        limited = gen::cancel_after(1h, inner.future());
    }
    BOOST_TEST(limited->cancelled());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
