#include <tornado/concurrent/context.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace {

using tornado::Future;
using tornado::Promise;
using tornado::concurrent::Context;
using tornado::concurrent::ContextValues;

struct Values : ContextValues {
    explicit Values(int* count) : destroyed{count} {}
    ~Values() override { ++*destroyed; }
    int* destroyed;
};

struct Fixture {
    ~Fixture() { Context::enter({}); }
    ManualScheduler scheduler;
    const std::string a = "a";
    const std::string b = "b";
    int destroyed = 0;
    Promise<void> promise;
};

BOOST_FIXTURE_TEST_SUITE(context, Fixture)

BOOST_AUTO_TEST_CASE(values_live_as_long_as_somebody_runs_under_them) {
    {
        const Context outer{new Values{&destroyed}, &a};
        Context::enter(outer);
        BOOST_TEST(Context::capture().values() == outer.values());
        BOOST_TEST(Context::current_label() == &a);
    }
    BOOST_TEST(destroyed == 0);
    Context::enter({});
    BOOST_TEST(destroyed == 1);
    BOOST_TEST(Context::current_label() == nullptr);
}

BOOST_AUTO_TEST_CASE(values_that_go_find_the_next_context_in_place) {
    struct Nosy : ContextValues {
        explicit Nosy(const std::string** label) : seen{label} {}
        ~Nosy() override { *seen = Context::capture().label(); }
        const std::string** seen;
    };
    const std::string* seen = nullptr;
    Context::enter({new Nosy{&seen}, &a});
    Context::enter({nullptr, &b});
    BOOST_TEST(seen == &b);
}

BOOST_AUTO_TEST_CASE(a_coroutine_finds_its_own_again_after_a_suspension) {
    const std::string* seen = nullptr;
    ContextValues* values = nullptr;
    auto coroutine = [&]() -> Future<void> {
        co_await promise.future();
        seen = Context::current_label();
        values = Context::capture().values();
    };
    const Context mine{new Values{&destroyed}, &a};
    Context::enter(mine);
    coroutine();
    Context::enter({nullptr, &b});
    promise.set_result();
    scheduler.run();
    BOOST_TEST(seen == &a);
    BOOST_TEST(values == mine.values());
}

BOOST_AUTO_TEST_CASE(a_callback_runs_under_that_of_whoever_added_it) {
    const std::string* seen = nullptr;
    Context::set_current_label(&a);
    promise.future().add_done_callback([&] { seen = Context::current_label(); });
    Context::set_current_label(&b);
    promise.set_result();
    scheduler.run();
    BOOST_TEST(seen == &a);
}

BOOST_AUTO_TEST_CASE(the_caller_finds_its_own_again_when_an_eager_call_returns) {
    auto suspends = [&]() -> Future<void> {
        Context::set_current_label(&b);
        co_await promise.future();
    };
    auto ends = [&]() -> Future<void> {
        Context::set_current_label(&b);
        co_return;
    };
    Context::set_current_label(&a);
    suspends();
    BOOST_TEST(Context::current_label() == &a);
    ends();
    BOOST_TEST(Context::current_label() == &a);
}

BOOST_AUTO_TEST_CASE(what_a_coroutine_changes_after_its_first_suspension_stays_with_it) {
    Promise<void> second;
    const std::string* seen = nullptr;
    auto coroutine = [&]() -> Future<void> {
        co_await promise.future();
        Context::set_current_label(&b);
        co_await second.future();
        seen = Context::current_label();
    };
    Context::set_current_label(&a);
    coroutine();
    promise.set_result();
    scheduler.run();
    second.set_result();
    scheduler.run();
    BOOST_TEST(seen == &b);
}

BOOST_AUTO_TEST_CASE(a_coroutine_resumed_by_anothers_end_has_its_own) {
    const std::string* seen = nullptr;
    auto inner = [&]() -> Future<void> {
        co_await promise.future();
        Context::set_current_label(&b);
    };
    auto outer = [&]() -> Future<void> {
        Context::set_current_label(&a);
        co_await inner();
        seen = Context::current_label();
    };
    outer();
    promise.set_result();
    scheduler.run();
    BOOST_TEST(seen == &a);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
