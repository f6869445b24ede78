#include <tornado/ioloop/gen/wait_iterator.hpp>

#include <boost/test/unit_test.hpp>
#include <map>
#include <stdexcept>
#include <unordered_map>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/queues.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::IOLoop;

struct Fixture {
    std::vector<Future<int>> futures() const {
        std::vector<Future<int>> all;
        for (const auto& promise : promises) {
            all.push_back(promise.future());
        }
        return all;
    }
    IOLoop loop;
    std::vector<Promise<int>> promises{4};
};

BOOST_FIXTURE_TEST_SUITE(wait_iterator, Fixture)

BOOST_AUTO_TEST_CASE(an_empty_one_is_done) {
    gen::WaitIterator empty{std::vector<Future<int>>{}};
    BOOST_TEST(empty.done());
    BOOST_TEST(!empty.current_index().has_value());
    BOOST_CHECK_THROW(static_cast<void>(empty.next()), std::logic_error);
}

BOOST_AUTO_TEST_CASE(futures_that_are_done_come_in_their_order_and_at_once) {
    gen::WaitIterator iterator{
        Future<int>::ready(24), Future<int>::ready(42), Future<int>::ready(84)};
    BOOST_TEST(!iterator.current_index().has_value());
    std::vector<std::pair<std::size_t, int>> seen;
    while (!iterator.done()) {
        const auto next = iterator.next();
        BOOST_TEST(next.done());
        seen.emplace_back(*iterator.current_index(), next.result());
    }
    BOOST_TEST((seen == std::vector<std::pair<std::size_t, int>>{{0, 24}, {1, 42}, {2, 84}}));
    BOOST_TEST(!iterator.current_index().has_value());
}

BOOST_AUTO_TEST_CASE(outcomes_come_in_the_order_in_which_they_are_reached) {
    Order seen;
    loop.run_sync([&]() -> Future<void> {
        auto finish = [&]() -> Future<void> {
            co_await gen::moment();
            promises[2].set_result(24);
            co_await gen::moment();
            promises[0].set_exception(std::out_of_range{"failed"});
            co_await gen::moment();
            promises[1].set_result(42);
            promises[3].set_result(84);
        };
        const auto finished = finish();
        gen::WaitIterator iterator{futures()};
        while (!iterator.done()) {
            try {
                const auto result = co_await iterator.next();
                seen.push_back(
                    std::to_string(*iterator.current_index()) + ": " + std::to_string(result)
                );
            } catch (const std::out_of_range& error) {
                seen.push_back(std::to_string(*iterator.current_index()) + ": " + error.what());
            }
        }
    });
    BOOST_TEST((seen == Order{"2: 24", "0: failed", "1: 42", "3: 84"}));
}

BOOST_AUTO_TEST_CASE(keys_are_indices_for_maps) {
    std::map<std::string, Future<int>> children;
    children.emplace("f1", promises[0].future());
    children.emplace("f2", promises[1].future());
    promises[1].set_result(42);
    promises[0].set_result(24);
    gen::WaitIterator iterator{std::move(children)};
    std::map<std::string, int> seen;
    while (!iterator.done()) {
        const auto next = iterator.next();
        seen.emplace(*iterator.current_index(), next.result());
    }
    BOOST_TEST((seen == std::map<std::string, int>{{"f1", 24}, {"f2", 42}}));

    gen::WaitIterator unordered{
        std::unordered_map<char, Future<int>>{{'x', Future<int>::ready(1)}}};
    BOOST_TEST(unordered.next().result() == 1);
    BOOST_TEST(*unordered.current_index() == 'x');
}

BOOST_AUTO_TEST_CASE(a_next_may_outlive_its_iterator) {
    const auto next = [&] { return gen::WaitIterator{gen::sleep(0ms)}.next(); };
    loop.run_sync([&] { return gen::with_timeout(1h, next()); });
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be_copied_are_moved) {
    Promise<std::unique_ptr<int>> late;
    gen::WaitIterator iterator{
        Future<std::unique_ptr<int>>::ready(std::make_unique<int>(1)), late.future()};
    loop.run_sync([&]() -> Future<void> {
        const auto first = co_await iterator.next();
        BOOST_TEST(*first == 1);
        auto next = iterator.next();
        late.set_result(std::make_unique<int>(2));
        const auto second = co_await std::move(next);
        BOOST_TEST(*second == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_pending_next_is_given_again) {
    gen::WaitIterator iterator{futures()};
    const auto first = iterator.next();
    const auto again = iterator.next();
    promises[3].set_result(3);
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(first.result() == 3);
    BOOST_TEST(again.result() == 3);
    BOOST_TEST(!iterator.next().done());
}

BOOST_AUTO_TEST_CASE(a_cancelled_next_loses_no_outcome) {
    gen::WaitIterator iterator{futures()};
    const auto impatient = iterator.next();
    BOOST_TEST(impatient.cancel());
    promises[1].set_result(11);
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(!iterator.current_index().has_value());
    BOOST_TEST(iterator.next().result() == 11);
    BOOST_TEST(*iterator.current_index() == 1U);
    BOOST_TEST(!promises[0].done());
}

BOOST_AUTO_TEST_CASE(a_next_that_is_dropped_before_it_is_done_loses_no_outcome) {
    gen::WaitIterator iterator{futures()};
    static_cast<void>(iterator.next());
    promises[1].set_result(11);
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(iterator.next().result() == 11);
    BOOST_TEST(*iterator.current_index() == 1U);
}

BOOST_AUTO_TEST_CASE(an_item_that_is_dropped_unseen_goes_back_to_its_queue) {
    tornado::queues::Queue<int> queue;
    {
        gen::WaitIterator iterator{queue.get(), queue.get(), queue.get()};
        const auto unseen = iterator.next();
        for (const int item : {1, 2}) {
            queue.put_nowait(item);
        }
        loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
        BOOST_TEST(unseen.done());
        BOOST_TEST(queue.empty());
    }
    // The last one still waits, and gets the first that comes back; then that is gone, too.
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(queue.qsize() == 2U);
    queue.put_nowait(3);
    std::vector<int> items;
    while (!queue.empty()) {
        items.push_back(queue.get_nowait());
    }
    BOOST_TEST((items == std::vector{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(what_nobody_else_holds_is_moved_to_whoever_awaits_it) {
    Promise<std::shared_ptr<int>> late;
    gen::WaitIterator iterator{late.future()};
    const auto token = std::make_shared<int>(0);
    loop.run_sync([&]() -> Future<void> {
        auto next = iterator.next();
        auto promise = std::move(late);
        promise.set_result(token);
        { const auto gone = std::move(promise); }
        const auto value = co_await std::move(next);
        BOOST_TEST(value.use_count() == 2);
    });
}

BOOST_AUTO_TEST_CASE(the_current_future_is_the_one_that_the_caller_still_holds) {
    const auto held = futures();
    gen::WaitIterator iterator{held};
    BOOST_TEST(!iterator.current_future().has_value());
    const auto next = iterator.next();
    promises[2].set_result(22);
    promises[0].set_result(0);
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(next.result() == 22);
    BOOST_TEST((iterator.current_future() == held[2]));
    BOOST_TEST(iterator.next().result() == 0);
    BOOST_TEST((iterator.current_future() == held[0]));

    gen::WaitIterator others{Future<int>::ready(1)};
    BOOST_TEST(others.next().result() == 1);
    BOOST_TEST(!others.current_future().has_value());  // nobody else holds it
    BOOST_TEST(others.current_index().has_value());
    BOOST_TEST(others.done());
}

BOOST_AUTO_TEST_CASE(a_cancelled_future_is_an_outcome_like_others) {
    gen::WaitIterator iterator{futures()};
    const auto next = iterator.next();
    promises[2].future().cancel();
    loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    BOOST_TEST(next.cancelled());
    BOOST_TEST(*iterator.current_index() == 2U);
}

BOOST_AUTO_TEST_CASE(a_failure_that_nobody_asks_for_is_logged) {
    LogCapture log;
    {
        std::vector<Promise<int>> forgotten{1};
        const gen::WaitIterator iterator{forgotten[0].future()};
        forgotten[0].set_exception(std::runtime_error{"forgotten"});
        loop.run_sync([]() -> Future<void> { co_await gen::moment(); });
    }
    BOOST_TEST(log.count("forgotten") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
