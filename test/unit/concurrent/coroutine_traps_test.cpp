// What g++ 12 compiles wrongly or lets dangle in coroutines, and how the interface keeps clear of
// it.

#include <tornado/concurrent/future.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <type_traits>

#include "support.hpp"

namespace {

using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::concurrent::FutureAwaiter;

/// Knows how many objects of its kind there are: a copy destroyed twice shows.
struct Tracked {
    explicit Tracked(int number) : value{number} { ++alive; }
    Tracked(const Tracked& other) : value{other.value} { ++alive; }
    Tracked(Tracked&& other) noexcept : value{other.value} { ++alive; }
    Tracked& operator=(const Tracked&) = default;
    Tracked& operator=(Tracked&&) = default;
    ~Tracked() { --alive; }
    int value;
    static inline int alive = 0;
};

/// An options class as calls that return a Future take it: constructor and setters, no aggregate.
class Request {
public:
    explicit Request(std::string url) : url_{std::move(url)} {}
    Request& header(std::string name, int number) {
        headers_.emplace_back(std::move(name), Tracked{number});
        return *this;
    }
    [[nodiscard]] int sum() const {
        int total = static_cast<int>(url_.size());
        for (const auto& [name, tracked] : headers_) {
            total += tracked.value + static_cast<int>(name.size());
        }
        return total;
    }

private:
    std::string url_;
    std::vector<std::pair<std::string, Tracked>> headers_;
};

BOOST_AUTO_TEST_SUITE(coroutine_traps)

BOOST_AUTO_TEST_CASE(the_awaiters_are_no_aggregates) {
    // An aggregate temporary with a non-trivial member in a co_await expression dies twice.
    BOOST_TEST((!std::is_aggregate_v<FutureAwaiter<std::string, true>>));
    BOOST_TEST((!std::is_aggregate_v<FutureAwaiter<std::string, false>>));
    BOOST_TEST((!std::is_aggregate_v<Future<std::string>>));
    BOOST_TEST((!std::is_aggregate_v<Promise<std::string>>));
    BOOST_TEST((!std::is_copy_constructible_v<FutureAwaiter<std::string, true>>));
}

BOOST_AUTO_TEST_CASE(a_choice_made_before_the_co_await_expression_dies_once) {
    // In one, the temporaries of both branches die.
    ManualScheduler scheduler;
    {
        auto take = [](Tracked tracked) -> Future<int> { co_return tracked.value; };
        auto caller = [&](bool first, Tracked other) -> Future<int> {
            const auto chosen = first ? Tracked(1) : other;
            co_return co_await take(chosen);
        };
        BOOST_TEST(caller(true, Tracked{2}).result() == 1);
        BOOST_TEST(caller(false, Tracked{2}).result() == 2);
    }
    BOOST_TEST(Tracked::alive == 0);
}

BOOST_AUTO_TEST_CASE(chained_setters_in_a_co_await_expression_die_once) {
    ManualScheduler scheduler;
    Promise<void> promise;
    {
        auto fetch = [&](Request request) -> Future<int> {
            co_await promise.future();
            co_return request.sum();
        };
        auto caller = [&]() -> Future<int> {
            co_return co_await fetch(Request("/a url that needs memory of its own").header("one", 1)
            );
        };
        const auto future = caller();
        promise.set_result();
        scheduler.run();
        BOOST_TEST(future.result() == 35 + 3 + 1);
    }
    BOOST_TEST(Tracked::alive == 0);
}

BOOST_AUTO_TEST_CASE(temporaries_of_a_co_await_expression_live_until_it_ends_and_die_once) {
    ManualScheduler scheduler;
    Promise<int> promise;
    {
        auto borrow = [&](const Tracked& tracked) -> Future<int> {
            const auto number = co_await promise.future();
            co_return tracked.value + number;
        };
        auto caller = [&]() -> Future<int> { co_return co_await borrow(Tracked(40)); };
        const auto future = caller();
        BOOST_TEST(Tracked::alive == 1);
        promise.set_result(2);
        scheduler.run();
        BOOST_TEST(future.result() == 42);
    }
    BOOST_TEST(Tracked::alive == 0);
}

BOOST_AUTO_TEST_CASE(values_on_their_way_through_several_awaits_die_once) {
    ManualScheduler scheduler;
    Promise<Tracked> promise;
    {
        auto inner = [&]() -> Future<Tracked> { co_return co_await promise.future(); };
        auto outer = [&]() -> Future<Tracked> { co_return co_await inner(); };
        auto both = [&]() -> Future<int> {
            co_return (co_await outer()).value + (co_await inner()).value;
        };
        const auto future = both();
        promise.set_result(21);
        scheduler.run();
        BOOST_TEST(future.result() == 42);
        BOOST_TEST(Tracked::alive == 1);  // the promise's
        promise = {};
    }
    BOOST_TEST(Tracked::alive == 0);
}

BOOST_AUTO_TEST_CASE(arguments_taken_by_value_outlive_the_call) {
    ManualScheduler scheduler;
    Promise<void> promise;
    auto coroutine = [](Future<void> gate, Tracked tracked, std::string text
                     ) -> Future<std::string> {
        co_await std::move(gate);
        co_return text + std::to_string(tracked.value);
    };
    {
        auto future = [&] {
            const std::string local = "a local that is gone when the coroutine goes on ";
            return coroutine(promise.future(), Tracked{1}, local);
        }();
        promise.set_result();
        scheduler.run();
        BOOST_TEST(future.result() == "a local that is gone when the coroutine goes on 1");
    }
    BOOST_TEST(Tracked::alive == 0);
}

BOOST_AUTO_TEST_CASE(a_callback_with_captures_outlives_the_coroutine_that_it_starts) {
    ManualScheduler scheduler;
    Promise<void> gate;
    int seen = 0;
    Future<>::ready().add_done_callback([&, tracked = Tracked{7}]() -> Future<void> {
        co_await gate.future();
        seen = tracked.value;
    });
    scheduler.run();
    BOOST_TEST(Tracked::alive == 1);
    gate.set_result();
    scheduler.run();
    BOOST_TEST(seen == 7);
    BOOST_TEST(Tracked::alive == 0);
}

BOOST_AUTO_TEST_CASE(what_is_caught_is_noted_and_acted_on_after_the_catch_block) {
    ManualScheduler scheduler;
    Promise<void> clean_up;
    auto coroutine = [&]() -> Future<int> {
        bool failed = false;
        try {
            co_await Future<>::failed(std::make_exception_ptr(std::runtime_error("no")));
        } catch (const std::runtime_error&) {
            failed = true;  // no co_await is allowed here
        }
        if (failed) {
            co_await clean_up.future();
        }
        co_return failed ? 1 : 0;
    };
    const auto future = coroutine();
    BOOST_TEST(!future.done());
    clean_up.set_result();
    scheduler.run();
    BOOST_TEST(future.result() == 1);
}

BOOST_AUTO_TEST_CASE(a_frame_may_die_inside_its_own_end) {
    // The last reference to a coroutine is often its own: what it returns to must not be kept in
    // it.
    ManualScheduler scheduler;
    Promise<void> promise;
    {
        auto inner = [&](Tracked tracked) -> Future<int> {
            co_await promise.future();
            co_return tracked.value;
        };
        inner(Tracked{1});  // nobody holds it
        auto outer = [&]() -> Future<int> { co_return co_await inner(Tracked(2)); };
        outer();
        promise.set_result();
        scheduler.run();
    }
    BOOST_TEST(Tracked::alive == 0);
}

BOOST_AUTO_TEST_CASE(a_cancelled_await_destroys_its_temporaries_once) {
    ManualScheduler scheduler;
    Promise<int> promise;
    {
        auto borrow = [&](const Tracked& tracked) -> Future<int> {
            co_return tracked.value + co_await promise.future();
        };
        auto caller = [&]() -> Future<int> { co_return co_await borrow(Tracked(1)); };
        const auto future = caller();
        future.cancel();
        scheduler.run();
        BOOST_CHECK_THROW(future.result(), CancelledError);
    }
    BOOST_TEST(Tracked::alive == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
