#include <tornado/gen.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"
#include "tornado/testing/virtual_time.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::ioloop::IOLoop;

BOOST_AUTO_TEST_SUITE(gen_suite)

BOOST_AUTO_TEST_CASE(sleep_is_done_when_it_was_asked_to_be) {
    IOLoop loop;
    const tornado::testing::VirtualTime time{loop};
    loop.run_sync([] { return gen::sleep(5min); });
    BOOST_CHECK(time.elapsed() == 5min);
}

BOOST_AUTO_TEST_CASE(sleeps_end_in_the_order_of_their_time) {
    IOLoop loop;
    const tornado::testing::VirtualTime time{loop};
    Order order;
    auto sleeper = [&](gen::Duration duration, std::string name) -> Future<void> {
        co_await gen::sleep(duration);
        order.push_back(std::move(name));
    };
    loop.run_sync([&]() -> Future<void> {
        auto late = sleeper(2h, "late");
        auto early = sleeper(1h, "early");
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

BOOST_AUTO_TEST_CASE(maybe_future_makes_futures_of_values_and_leaves_futures_alone) {
    BOOST_TEST(gen::maybe_future(3).result() == 3);
    const auto future = Future<int>::ready(4);
    BOOST_TEST(gen::maybe_future(future).state().get() == future.state().get());
}

BOOST_AUTO_TEST_CASE(coroutines_take_turns_with_moment_and_none_without) {
    IOLoop loop;
    std::string calls;
    auto with_turns = [&](char name) -> Future<void> {
        for (int i = 0; i < 5; ++i) {
            calls += name;
            co_await gen::moment();
        }
    };
    auto without = [&](char name) -> Future<void> {
        for (int i = 0; i < 5; ++i) {
            calls += name;
            co_await Future<void>::ready();
        }
    };
    loop.run_sync([&] { return gen::multi(std::vector{without('a'), without('b')}); });
    BOOST_TEST(calls == "aaaaabbbbb");
    calls.clear();
    loop.run_sync([&] { return gen::multi(std::vector{with_turns('a'), with_turns('b')}); });
    BOOST_TEST(calls == "ababababab");
    calls.clear();
    loop.run_sync([&] { return gen::multi(std::vector{with_turns('a'), without('b')}); });
    BOOST_TEST(calls == "abbbbbaaaa");
}

BOOST_AUTO_TEST_CASE(a_coroutine_function_may_be_called_again) {
    IOLoop loop;
    int turns = 0;
    auto coroutine = [&]() -> Future<void> {
        co_await gen::moment();
        ++turns;
    };
    loop.run_sync(coroutine);
    loop.run_sync(coroutine);
    BOOST_TEST(turns == 2);
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_replace_an_exception_or_swallow_it) {
    IOLoop loop;
    auto failing = []() -> Future<int> {
        co_await gen::moment();
        throw std::out_of_range{"first"};
    };
    auto replacing = [&]() -> Future<int> {
        try {
            co_return co_await failing();
        } catch (const std::out_of_range&) {
            throw std::domain_error{"second"};
        }
    };
    auto swallowing = [&]() -> Future<int> {
        try {
            co_return co_await failing();
        } catch (const std::out_of_range&) {
            co_return 42;
        }
    };
    BOOST_CHECK_THROW(loop.run_sync(replacing), std::domain_error);
    BOOST_TEST(loop.run_sync(swallowing) == 42);
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_return_before_its_first_await) {
    auto early = [](bool leave) -> Future<int> {
        if (leave) {
            co_return 42;
        }
        co_await gen::moment();
        co_return 1;
    };
    BOOST_TEST(early(true).result() == 42);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
