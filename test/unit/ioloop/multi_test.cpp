#include <tornado/ioloop/gen/multi.hpp>

#include <boost/test/unit_test.hpp>
#include <map>
#include <stdexcept>
#include <unordered_map>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/locks.hpp"
#include "tornado/queues.hpp"

namespace {

namespace gen = tornado::gen;
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

BOOST_AUTO_TEST_SUITE(multi)

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

BOOST_AUTO_TEST_CASE(items_that_multi_was_given_go_back_when_it_is_cancelled) {
    IOLoop loop;
    tornado::queues::Queue<int> first;
    tornado::queues::Queue<int> second;
    {
        const auto both = gen::multi(first.get(), second.get());
        first.put_nowait(42);
        loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
        both.cancel();
        BOOST_CHECK_THROW(loop.run_sync([&] { return both; }), CancelledError);
    }
    BOOST_TEST(first.get_nowait() == 42);
    BOOST_TEST(second.empty());
}

BOOST_AUTO_TEST_CASE(multi_of_locks_gives_their_guards) {
    IOLoop loop;
    tornado::locks::Lock lock;
    loop.run_sync([&]() -> Future<void> {
        std::vector<Future<tornado::locks::Guard>> acquired;
        acquired.push_back(lock.acquire());
        const auto guards = co_await gen::multi(std::move(acquired));
        BOOST_TEST(guards.size() == 1U);
        BOOST_TEST(lock.locked());
    });
    BOOST_TEST(!lock.locked());
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

BOOST_AUTO_TEST_CASE(multi_listens_once_to_a_pending_future_that_stands_there_twice) {
    LogCapture log;
    IOLoop loop;
    Promise<std::string> promise;
    const auto future = promise.future();
    const auto results = gen::multi(std::vector{
        Future<std::string>::ready("1"), future, Future<std::string>::ready("3"), future});
    promise.set_result("2");
    BOOST_TEST((loop.run_sync([&] { return results; }) == Order{"1", "2", "3", "2"}));

    Promise<int> failing;
    const auto failures = gen::multi(std::vector{failing.future(), failing.future()});
    failing.set_exception(std::out_of_range{"once"});
    BOOST_CHECK_THROW(loop.run_sync([&] { return failures; }), std::out_of_range);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(multi_of_a_map_gives_a_map) {
    IOLoop loop;
    std::map<std::string, Future<int>> ordered;
    ordered.emplace("foo", number_after_a_turn(1));
    ordered.emplace("bar", number_after_a_turn(2));
    const auto results = loop.run_sync([&] { return gen::multi(ordered); });
    BOOST_TEST((results == std::map<std::string, int>{{"foo", 1}, {"bar", 2}}));

    std::unordered_map<int, Future<std::unique_ptr<int>>> unordered;
    unordered.emplace(7, Future<std::unique_ptr<int>>::ready(std::make_unique<int>(70)));
    unordered.emplace(8, Future<std::unique_ptr<int>>::ready(std::make_unique<int>(80)));
    const auto pointers = gen::multi(std::move(unordered));
    static_assert(std::is_same_v<
                  decltype(pointers.result()),
                  const std::unordered_map<int, std::unique_ptr<int>>&>);
    BOOST_TEST(*pointers.result().at(7) == 70);
    BOOST_TEST(*pointers.result().at(8) == 80);
}

BOOST_AUTO_TEST_CASE(multi_of_a_map_keeps_its_order) {
    using Order = bool (*)(int, int);
    std::map<int, Future<int>, Order> children{[](int a, int b) { return a > b; }};
    for (const int key : {1, 3, 2}) {
        children.emplace(key, Future<int>::ready(key * 10));
    }
    const auto results = gen::multi(std::move(children));
    BOOST_TEST(results.result().begin()->first == 3);
    BOOST_TEST(results.result().size() == 3U);
}

BOOST_AUTO_TEST_CASE(multi_of_a_map_throws_the_first_error_in_the_order_of_its_keys) {
    LogCapture log;
    IOLoop loop;
    std::map<int, Promise<void>> promises;
    std::map<int, Future<void>> children;
    for (const int key : {1, 2, 3}) {
        children.emplace(key, promises[key].future());
    }
    const auto all = gen::multi(std::move(children));
    static_assert(std::is_same_v<decltype(all), const Future<void>>);
    promises[3].set_exception(std::runtime_error{"third"});
    promises[2].set_exception(std::out_of_range{"second"});
    promises[1].set_result();
    BOOST_CHECK_THROW(loop.run_sync([&] { return all; }), std::out_of_range);
    BOOST_TEST(log.count("third") == 1);
}

BOOST_AUTO_TEST_CASE(multi_of_an_empty_map_is_done_at_once) {
    BOOST_TEST(gen::multi(std::map<int, Future<int>>{}).result().empty());
    BOOST_TEST(gen::multi(std::unordered_map<int, Future<int>>{}).result().empty());
    BOOST_TEST(gen::multi(std::map<int, Future<void>>{}).done());
}

BOOST_AUTO_TEST_CASE(multi_puts_void_among_other_types) {
    IOLoop loop;
    auto nothing = []() -> Future<void> { co_await gen::moment(); };
    const auto [number, none, text] = loop.run_sync([&] {
        return gen::multi(number_after_a_turn(4), nothing(), Future<std::string>::ready("text"));
    });
    static_assert(std::is_same_v<decltype(none), const gen::Void>);
    BOOST_TEST(number == 4);
    BOOST_TEST(text == "text");
    static_assert(std::is_same_v<decltype(gen::multi(nothing(), nothing())), Future<void>>);
    loop.run_sync([&] { return gen::multi(nothing(), nothing()); });
}

BOOST_AUTO_TEST_CASE(multi_takes_a_tuple_of_futures) {
    IOLoop loop;
    auto futures = std::tuple{number_after_a_turn(1), Future<std::string>::ready("two")};
    const auto results = loop.run_sync([&] { return gen::multi(futures); });
    BOOST_TEST((results == std::tuple{1, std::string{"two"}}));
}

BOOST_AUTO_TEST_CASE(multi_logs_no_quiet_errors) {
    LogCapture log;
    IOLoop loop;
    const auto fail = [](const char* what) {
        return Future<int>::failed(std::make_exception_ptr(std::runtime_error{what}));
    };
    constexpr auto quiet = gen::quiet_exceptions<std::runtime_error>;
    const auto throws = [&](const auto& future) {
        BOOST_CHECK_THROW(loop.run_sync([&] { return future; }), std::runtime_error);
    };
    throws(gen::multi(std::vector{fail("1"), fail("2")}, quiet));
    throws(gen::multi(quiet, fail("1"), fail("2")));
    throws(gen::multi(std::tuple{fail("1"), fail("2")}, quiet));
    throws(gen::multi(std::map<int, Future<int>>{{1, fail("1")}, {2, fail("2")}}, quiet));
    throws(gen::multi(std::vector{fail("1"), number_after_a_turn(2)}));  // one alone is thrown
    BOOST_TEST(log.size() == 0U);
    throws(
        gen::
            multi(std::vector{fail("1"), fail("2"), fail("3")}, gen::quiet_exceptions<std::logic_error>)
    );
    BOOST_TEST(log.count("std::runtime_error: 2") == 1);
    BOOST_TEST(log.count("std::runtime_error: 3") == 1);
    BOOST_TEST(log.size() == 2U);
}

BOOST_AUTO_TEST_CASE(multi_of_many_is_no_worse_than_each) {
    IOLoop loop;
    std::vector<Future<int>> children;
    for (int i = 0; i < 2000; ++i) {
        children.push_back(number_after_a_turn(i));
    }
    int turns = 0;
    auto count = [&]() -> Future<void> {
        while (true) {
            ++turns;
            co_await gen::moment();
        }
    };
    const auto counting = count();
    const auto results = loop.run_sync([&] { return gen::multi(std::move(children)); });
    counting.cancel();
    BOOST_TEST(results.back() == 1999);
    BOOST_TEST(turns < 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
