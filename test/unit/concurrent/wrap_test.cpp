#include <tornado/concurrent/wrap.hpp>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.hpp"

namespace {

namespace stack_context = tornado::stack_context;
using stack_context::ExceptionStackContext;
using stack_context::NullContext;
using stack_context::run_with_stack_context;
using stack_context::StackContext;
using stack_context::wrap;
using tornado::Future;
using tornado::Promise;
using tornado::concurrent::Context;
using Callback = tornado::util::UniqueFunction<void()>;

constexpr stack_context::Key<std::string> name;

std::string current_name() {
    const auto* const value = stack_context::get(name);
    return value != nullptr ? *value : "none";
}

struct Fixture {
    ~Fixture() { BOOST_TEST(Context::current_values() == nullptr); }
    Order order;
};

BOOST_FIXTURE_TEST_SUITE(wrap_suite, Fixture)

BOOST_AUTO_TEST_CASE(a_wrapped_function_runs_under_the_context_that_it_was_wrapped_in) {
    const auto wrapped_in = [](std::string which) {
        const StackContext context{name, std::move(which)};
        return wrap([](std::string greeting) { return greeting + current_name(); });
    };
    auto wrapped = wrapped_in("application");
    const StackContext library{name, "library"};
    BOOST_TEST(wrapped("hello ") == "hello application");
    BOOST_TEST(current_name() == "library");
}

BOOST_AUTO_TEST_CASE(one_that_was_wrapped_in_no_context_runs_in_none) {
    auto wrapped = wrap([] { return current_name(); });
    const StackContext context{name, "caller"};
    BOOST_TEST(wrapped() == "none");
}

BOOST_AUTO_TEST_CASE(what_is_wrapped_already_stays_as_it_is) {
    const auto once = [] {
        const StackContext context{name, "first"};
        return wrap([] { return current_name(); });
    }();
    const StackContext context{name, "second"};
    auto twice = wrap(once);
    BOOST_TEST(twice() == "first");
    static_assert(std::is_same_v<decltype(twice), std::decay_t<decltype(once)>>);
}

BOOST_AUTO_TEST_CASE(nothing_stays_nothing) {
    BOOST_TEST((wrap(nullptr) == nullptr));
    BOOST_TEST(!wrap(Callback{}));
    BOOST_TEST(!wrap(std::function<void()>{}));
    BOOST_TEST(!wrap(static_cast<void (*)()>(nullptr)));
    std::string seen;
    Callback callback = [&] { seen = current_name(); };
    {
        const StackContext context{name, "then"};
        callback = wrap(std::move(callback));
    }
    callback();
    BOOST_TEST(seen == "then");
}

BOOST_AUTO_TEST_CASE(its_exceptions_go_to_the_hooks_of_its_own_context_then_to_the_caller) {
    const auto wrapped_with = [&](bool handles) {
        const ExceptionStackContext context{[this, handles](const std::exception_ptr&) {
            order.push_back("hook");
            return handles;
        }};
        return wrap([] { throw std::out_of_range{"x"}; });
    };
    auto handled = wrapped_with(true);
    auto unhandled = wrapped_with(false);
    handled();
    BOOST_CHECK_THROW(unhandled(), std::out_of_range);
    BOOST_TEST((order == Order{"hook", "hook"}));
    BOOST_TEST(Context::current_values() == nullptr);
}

BOOST_AUTO_TEST_CASE(in_its_own_context_the_caller_gets_the_exception_at_once) {
    const ExceptionStackContext context{[&](const std::exception_ptr&) {
        order.push_back("hook");
        return true;
    }};
    auto wrapped = wrap([] { throw std::out_of_range{"x"}; });
    BOOST_CHECK_THROW(wrapped(), std::out_of_range);  // whoever runs callbacks asks the hook then
    BOOST_TEST(order.empty());
}

BOOST_AUTO_TEST_CASE(whoever_waits_for_its_result_gets_its_exception) {
    const auto wrapped_in_a_hook = [&] {
        const ExceptionStackContext context{[](const std::exception_ptr&) { return true; }};
        return wrap([]() -> int { throw std::out_of_range{"x"}; });
    };
    auto wrapped = wrapped_in_a_hook();
    BOOST_CHECK_THROW(wrapped(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(run_with_stack_context_nests_and_restores) {
    ManualScheduler scheduler;
    Promise<void> promise;
    auto f2 = [&]() -> Future<void> {
        order.push_back("f2 " + current_name());
        co_await promise.future();
        order.push_back("f2 " + current_name());
    };
    auto f1 = [&]() -> Future<void> {
        order.push_back("f1 " + current_name());
        co_await run_with_stack_context(StackContext(name, "c2"), f2);
        order.push_back("f1 " + current_name());
    };
    auto root = [&]() -> Future<void> {
        co_await run_with_stack_context(StackContext(name, "c1"), f1);
        order.push_back("root " + current_name());
    };
    root();
    BOOST_TEST(current_name() == "none");
    promise.set_result();
    scheduler.run();
    BOOST_TEST((order == Order{"f1 c1", "f2 c2", "f2 c2", "f1 c1", "root none"}));
}

BOOST_AUTO_TEST_CASE(run_with_stack_context_gives_results_and_exceptions_back) {
    BOOST_TEST(run_with_stack_context(StackContext{name, "x"}, current_name) == "x");
    BOOST_TEST(run_with_stack_context(NullContext{}, current_name) == "none");
    const auto fail = [] { throw std::out_of_range{"x"}; };
    BOOST_CHECK_THROW(run_with_stack_context(StackContext{name, "x"}, fail), std::out_of_range);
    BOOST_TEST(current_name() == "none");
}

BOOST_AUTO_TEST_CASE(run_with_stack_context_takes_what_the_function_throws_to_the_hook) {
    const auto fail = [] { throw std::out_of_range{"x"}; };
    const auto hook = [&](bool handles) {
        return ExceptionStackContext{[this, handles](const std::exception_ptr&) {
            order.push_back("hook");
            return handles;
        }};
    };
    run_with_stack_context(hook(true), fail);
    BOOST_CHECK_THROW(run_with_stack_context(hook(false), fail), std::out_of_range);
    BOOST_TEST((order == Order{"hook", "hook"}));
    BOOST_TEST(run_with_stack_context(hook(true), [] { return 3; }) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
