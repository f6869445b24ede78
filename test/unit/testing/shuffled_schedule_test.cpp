#include <tornado/testing/shuffled_schedule.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tornado/gen.hpp>
#include <tornado/ioloop.hpp>
#include <tornado/testing.hpp>
#include <vector>

namespace {

namespace gen = tornado::gen;
namespace testing = tornado::testing;
using namespace std::chrono_literals;
using testing::ShuffledSchedule;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::IOLoop;

using Orders = std::set<std::string>;
constexpr unsigned seeds = 200;

/// The orders that `what(loop, order)` has under many seeds.
template <typename F>
Orders orders_of(F what) {
    Orders orders;
    for (unsigned seed = 0; seed < seeds; ++seed) {
        IOLoop loop;
        const testing::VirtualTime time{loop};
        const ShuffledSchedule shuffle{loop, seed};
        std::string order;
        loop.run_sync([&] { return what(loop, order); });
        orders.insert(order);
    }
    return orders;
}

Future<void> note(Future<void> after, std::string& order, char name) {
    co_await after;
    order += name;
}

/// While it lives, the environment asks for a seed.
struct AskedSeed {
    explicit AskedSeed(const char* seed) { ::setenv("ASYNC_TEST_SEED", seed, 1); }
    ~AskedSeed() { ::unsetenv("ASYNC_TEST_SEED"); }
};

BOOST_AUTO_TEST_SUITE(shuffled_schedule)

// What is shuffled

BOOST_AUTO_TEST_CASE(coroutines_that_wait_for_different_futures_go_on_in_any_order) {
    const auto orders = orders_of([](IOLoop&, std::string& order) -> Future<void> {
        std::vector<Promise<void>> promises(3);
        std::vector<Future<void>> notes;
        for (std::size_t i = 0; i < 3; ++i) {
            notes.push_back(note(promises[i].future(), order, "abc"[i]));
        }
        for (auto& promise : promises) {
            promise.set_result();
        }
        co_await gen::multi(notes);
    });
    BOOST_CHECK((orders == Orders{"abc", "acb", "bac", "bca", "cab", "cba"}));
}

BOOST_AUTO_TEST_CASE(who_lets_a_turn_pass_goes_on_in_any_order) {
    const auto pass = [](std::string& order, char name) -> Future<void> {
        co_await gen::moment();
        order += name;
    };
    const auto orders = orders_of([&](IOLoop&, std::string& order) -> Future<void> {
        const auto a = pass(order, 'a');
        const auto b = pass(order, 'b');
        co_await a;
        co_await b;
    });
    BOOST_CHECK((orders == Orders{"ab", "ba"}));
}

BOOST_AUTO_TEST_CASE(callbacks_are_mixed_with_what_waits) {
    const auto orders = orders_of([](IOLoop& loop, std::string& order) -> Future<void> {
        Promise<void> promise;
        const auto a = note(promise.future(), order, 'a');
        promise.set_result();
        loop.add_callback([&] { order += '1'; });
        loop.add_callback([&] { order += '2'; });
        co_await gen::sleep(0ms);
    });
    BOOST_CHECK((orders == Orders{"a12", "1a2", "12a"}));
}

BOOST_AUTO_TEST_CASE(descriptors_ready_at_the_same_time_come_in_any_order) {
    const auto orders = orders_of([](IOLoop& loop, std::string& order) -> Future<void> {
        std::vector<int> descriptors;
        for (const char name : {'a', 'b', 'c'}) {
            descriptors.push_back(::eventfd(1, EFD_CLOEXEC));
            loop.add_handler(
                descriptors.back(),
                [&loop, &order, name](int fd, auto) {
                    order += name;
                    loop.remove_handler(fd);
                },
                tornado::ioloop::Events::read
            );
        }
        while (order.size() < 3) {
            co_await gen::moment();
        }
        for (const int descriptor : descriptors) {
            ::close(descriptor);
        }
    });
    BOOST_TEST(orders.size() == 6U);
}

// What is not

BOOST_AUTO_TEST_CASE(callbacks_keep_their_order) {
    const auto orders = orders_of([](IOLoop& loop, std::string& order) -> Future<void> {
        for (const char name : {'a', 'b', 'c', 'd'}) {
            loop.add_callback([&order, name] { order += name; });
        }
        co_await gen::sleep(0ms);
    });
    BOOST_CHECK((orders == Orders{"abcd"}));
}

BOOST_AUTO_TEST_CASE(callbacks_of_another_thread_keep_their_order) {
    const auto orders = orders_of([](IOLoop& loop, std::string& order) -> Future<void> {
        Promise<void> all;
        std::thread other{[&] {
            for (const char name : {'a', 'b', 'c', 'd'}) {
                loop.add_callback([&order, name] { order += name; });
            }
            loop.add_callback([&] { all.set_result(); });
        }};
        co_await all.future();
        other.join();
    });
    BOOST_CHECK((orders == Orders{"abcd"}));
}

BOOST_AUTO_TEST_CASE(all_that_waits_for_one_future_keeps_its_order) {
    const auto orders = orders_of([](IOLoop&, std::string& order) -> Future<void> {
        Promise<void> promise;
        const auto future = promise.future();
        const auto a = note(future, order, 'a');
        future.add_done_callback([&] { order += 'b'; });
        const auto c = note(future, order, 'c');
        promise.set_result();
        future.add_done_callback([&] { order += 'd'; });
        future.add_done_callback([&] { order += 'e'; });
        co_await gen::sleep(0ms);
    });
    BOOST_CHECK((orders == Orders{"abcde"}));
}

BOOST_AUTO_TEST_CASE(timeouts_keep_their_order) {
    const auto orders = orders_of([](IOLoop& loop, std::string& order) -> Future<void> {
        const auto when = loop.time();
        for (const char name : {'a', 'b', 'c', 'd'}) {
            loop.call_at(when, [&order, name] { order += name; });
        }
        co_await gen::sleep(1ms);
    });
    BOOST_CHECK((orders == Orders{"abcd"}));
}

BOOST_AUTO_TEST_CASE(what_a_turn_adds_comes_in_a_later_one) {
    const auto orders = orders_of([](IOLoop& loop, std::string& order) -> Future<void> {
        const auto twice = [](std::string& noted, char name) -> Future<void> {
            co_await gen::moment();
            noted += name;
            co_await gen::moment();
            noted += '-';
        };
        const auto a = twice(order, 'a');
        const auto b = twice(order, 'b');
        co_await a;
        co_await b;
        static_cast<void>(loop);
    });
    BOOST_CHECK((orders == Orders{"ab--", "ba--"}));
}

// Seeds

std::string order_of(const ShuffledSchedule&, IOLoop& loop) {
    std::string order;
    loop.run_sync([&]() -> Future<void> {
        std::vector<Promise<void>> promises(20);
        std::vector<Future<void>> notes;
        for (std::size_t i = 0; i < promises.size(); ++i) {
            notes.push_back(note(promises[i].future(), order, static_cast<char>('a' + i)));
        }
        for (auto& promise : promises) {
            promise.set_result();
        }
        co_await gen::multi(notes);
    });
    return order;
}

std::string order_with(std::uint64_t seed) {
    IOLoop loop;
    const ShuffledSchedule shuffle{loop, seed};
    return order_of(shuffle, loop);
}

BOOST_AUTO_TEST_CASE(the_same_seed_makes_the_same_order) {
    BOOST_TEST(order_with(7) == order_with(7));
    BOOST_TEST(order_with(7) != order_with(8));
}

BOOST_AUTO_TEST_CASE(the_environment_may_say_the_seed) {
    const AskedSeed asked{"1234"};
    IOLoop loop;
    BOOST_TEST(ShuffledSchedule{loop}.seed() == 1234U);
    BOOST_TEST((ShuffledSchedule{loop, 5}.seed()) == 5U);
    const AskedSeed nonsense{"seven"};
    BOOST_TEST(!testing::get_async_test_seed());
}

BOOST_AUTO_TEST_CASE(without_one_it_is_new_each_time_and_is_told) {
    IOLoop loop;
    const ShuffledSchedule first{loop};
    const ShuffledSchedule second{loop};
    BOOST_TEST(first.seed() != second.seed());
    std::ostringstream said;
    said << first;
    BOOST_TEST(
        said.str().find("ASYNC_TEST_SEED=" + std::to_string(first.seed())) != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(an_exception_that_ends_its_scope_has_the_seed_logged) {
    const testing::ExpectLog log{"tornado.application", "ASYNC_TEST_SEED=77 "};
    IOLoop loop;
    { const ShuffledSchedule fine{loop, 77}; }
    BOOST_TEST(log.count() == 0U);
    try {
        const ShuffledSchedule shuffle{loop, 77};
        throw std::out_of_range{"the test fails"};
    } catch (const std::out_of_range&) {
    }
    BOOST_TEST(log.count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_test_case_is_shuffled_when_the_environment_says_a_seed) {
    const auto order = [] {
        testing::AsyncTestCase test;
        std::string noted;
        test.run([&]() -> Future<void> {
            std::vector<Future<void>> notes;
            for (const char name : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}) {
                notes.push_back(note(gen::sleep(0ms), noted, name));
            }
            co_await gen::multi(notes);
        });
        return noted;
    };
    BOOST_TEST(order() == "abcdefgh");
    const AskedSeed asked{"3"};
    const auto shuffled = order();
    BOOST_TEST(shuffled != "abcdefgh");
    BOOST_TEST(order() == shuffled);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
