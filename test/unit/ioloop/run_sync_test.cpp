#include <tornado/ioloop/ioloop.hpp>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::concurrent::Context;
using tornado::ioloop::IOLoop;
using tornado::ioloop::TimeoutError;

/// Runs the loop for one turn: what was ready before has run.
void turn(IOLoop& loop) {
    loop.add_callback([&] { loop.stop(); });
    loop.start();
}

BOOST_AUTO_TEST_SUITE(run_sync)

BOOST_AUTO_TEST_CASE(gives_back_plain_values_and_those_of_futures) {
    IOLoop loop;
    BOOST_TEST(loop.run_sync([] { return 1; }) == 1);
    BOOST_TEST(loop.run_sync([] { return Future<int>::ready(2); }) == 2);
    BOOST_TEST(loop.run_sync([]() -> Future<int> {
        co_await gen::moment();
        co_return 3;
    }) == 3);
    bool ran = false;
    loop.run_sync([&] { ran = true; });
    BOOST_TEST(ran);
    BOOST_TEST(*loop.run_sync([] {
        return Future<std::unique_ptr<int>>::ready(std::make_unique<int>(4));
    }) == 4);
}

BOOST_AUTO_TEST_CASE(throws_what_the_function_threw) {
    IOLoop loop;
    const auto plain = []() -> int { throw std::out_of_range{"plain"}; };
    BOOST_CHECK_THROW(loop.run_sync(plain), std::out_of_range);
    const auto instead = []() -> Future<int> { throw std::domain_error{"instead of a future"}; };
    BOOST_CHECK_THROW(loop.run_sync([&]() -> Future<int> { return instead(); }), std::domain_error);
    const auto later = []() -> Future<int> {
        co_await gen::moment();
        throw std::range_error{"later"};
    };
    BOOST_CHECK_THROW(loop.run_sync(later), std::range_error);
}

BOOST_AUTO_TEST_CASE(a_timeout_cancels_the_work) {
    IOLoop loop;
    bool cancelled = false;
    const auto work = [&]() -> Future<void> {
        try {
            co_await gen::sleep(1h);
        } catch (const CancelledError&) {
            cancelled = true;
            throw;
        }
    };
    BOOST_CHECK_EXCEPTION(loop.run_sync(work, 1ms), TimeoutError, [](const auto& error) {
        return error.what() == std::string{"Operation timed out after 1 ms"};
    });
    BOOST_TEST(cancelled);
}

BOOST_AUTO_TEST_CASE(work_that_ends_well_in_spite_of_the_timeout_has_its_result) {
    IOLoop loop;
    const auto work = []() -> Future<int> {
        try {
            co_await gen::sleep(1h);
        } catch (const CancelledError&) {
        }
        co_return 5;
    };
    BOOST_TEST(loop.run_sync(work, 1ms) == 5);
}

BOOST_AUTO_TEST_CASE(a_timeout_that_is_not_met_leaves_nothing_behind) {
    IOLoop loop;
    const auto token = std::make_shared<int>(0);
    loop.run_sync([token] { ++*token; }, 1h);
    BOOST_TEST(*token == 1);
    turn(loop);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(throws_when_the_loop_is_stopped_before_the_end) {
    IOLoop loop;
    Promise<void> gate;
    const auto token = std::make_shared<int>(0);
    const auto stopped = [&] {
        loop.run_sync([&loop, &gate, token]() -> Future<void> {
            loop.stop();
            co_await gate.future();
            ++*token;  // the closure is still there
        });
    };
    BOOST_CHECK_THROW(stopped(), std::runtime_error);
    BOOST_TEST(token.use_count() == 2);
    // What ends later does not stop those who run the loop then.
    const auto one = loop.run_sync([&]() -> Future<int> {
        gate.set_result();
        for (int i = 0; i < 3; ++i) {
            co_await gen::moment();
        }
        co_return *token;
    });
    BOOST_TEST(one == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_function_that_never_began_is_never_called) {
    IOLoop loop;
    bool called = false;
    loop.stop();
    BOOST_CHECK_THROW(loop.run_sync([&] { called = true; }), std::runtime_error);
    turn(loop);
    BOOST_TEST(!called);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(current)

BOOST_AUTO_TEST_CASE(a_new_loop_is_the_threads_and_its_end_restores_the_former) {
    BOOST_TEST((IOLoop::current_or_null() == nullptr));
    {
        IOLoop outer;
        BOOST_TEST(&IOLoop::current() == &outer);
        BOOST_TEST(&IOLoop::instance() == &outer);
        {
            const IOLoop inner;
            BOOST_TEST(IOLoop::current_or_null() == &inner);
        }
        BOOST_TEST(&IOLoop::current() == &outer);
        IOLoop other;
        outer.make_current();
        BOOST_TEST(&IOLoop::current() == &outer);
        turn(other);
        BOOST_TEST(&IOLoop::current() == &outer);
    }
    BOOST_TEST((IOLoop::current_or_null() == nullptr));
}

BOOST_AUTO_TEST_CASE(a_loop_is_current_while_it_runs) {
    IOLoop first;
    IOLoop second;
    for (int run = 0; run < 3; ++run) {
        IOLoop* seen = nullptr;
        first.run_sync([&] { seen = &IOLoop::current(); });
        BOOST_TEST(seen == &first);
        BOOST_TEST(&IOLoop::current() == &second);
    }
}

BOOST_AUTO_TEST_CASE(loops_nest_on_one_thread) {
    IOLoop outer;
    const std::string label = "outer";
    Promise<int> promise;
    const auto sum = outer.run_sync([&]() -> Future<int> {
        auto waits = [&]() -> Future<int> { co_return co_await promise.future(); };
        auto waiting = waits();
        Context::set_current_label(&label);
        int inner_result = 0;
        {
            IOLoop inner;
            inner_result = inner.run_sync([&]() -> Future<int> {
                co_await gen::sleep(0ms);
                promise.set_result(1);  // what waits in the outer loop goes on there
                BOOST_TEST(!waiting.done());
                co_return 2;
            });
        }
        BOOST_TEST(Context::current_label() == &label);
        co_await gen::sleep(0ms);
        co_return inner_result + co_await waiting;
    });
    BOOST_TEST(sum == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
