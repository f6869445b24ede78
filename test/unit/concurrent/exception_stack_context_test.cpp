#include <tornado/concurrent/exception_stack_context.hpp>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>

#include "support.hpp"

namespace {

namespace stack_context = tornado::stack_context;
using stack_context::ExceptionStackContext;
using stack_context::NullContext;
using stack_context::StackContext;
using tornado::concurrent::Context;

constexpr stack_context::Key<std::string> name;

std::exception_ptr error_of(const char* what) {
    return std::make_exception_ptr(std::runtime_error{what});
}

std::string what_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& exception) {
        return exception.what();
    }
}

struct Fixture {
    ~Fixture() { BOOST_TEST(Context::current_values() == nullptr); }

    /// A hook that notes its name and passes on, or does not.
    auto hook(std::string called, bool handles) {
        return [this, called = std::move(called), handles](const std::exception_ptr& error) {
            order.push_back(called + ": " + what_of(error));
            return handles;
        };
    }
    Order order;
};

BOOST_FIXTURE_TEST_SUITE(exception_stack_context, Fixture)

BOOST_AUTO_TEST_CASE(without_hooks_an_exception_is_left_as_it_is) {
    const auto error = error_of("x");
    BOOST_TEST((stack_context::handle_exception(error) == error));
    const StackContext context{name, "values are no hooks"};
    BOOST_TEST((stack_context::handle_exception(error) == error));
}

BOOST_AUTO_TEST_CASE(the_innermost_hook_is_asked_first_and_may_stop_it) {
    const ExceptionStackContext outer{hook("outer", true)};
    const StackContext between{name, "between"};
    {
        const ExceptionStackContext inner{hook("inner", true)};
        BOOST_TEST((stack_context::handle_exception(error_of("x")) == nullptr));
    }
    BOOST_TEST((stack_context::handle_exception(error_of("y")) == nullptr));
    BOOST_TEST((order == Order{"inner: x", "outer: y"}));
}

BOOST_AUTO_TEST_CASE(what_a_hook_does_not_handle_goes_outwards) {
    const ExceptionStackContext outer{hook("outer", false)};
    const ExceptionStackContext middle{[&](std::exception_ptr) { order.push_back("middle"); }};
    const ExceptionStackContext inner{hook("inner", false)};
    const auto error = error_of("x");
    BOOST_TEST((stack_context::handle_exception(error) == error));
    BOOST_TEST((order == Order{"inner: x", "middle", "outer: x"}));
}

BOOST_AUTO_TEST_CASE(what_a_hook_throws_replaces_the_exception) {
    {
        const ExceptionStackContext outer{hook("outer", true)};
        const ExceptionStackContext inner{
            [](std::exception_ptr) -> bool { throw std::out_of_range{"replaced"}; }};
        BOOST_TEST((stack_context::handle_exception(error_of("x")) == nullptr));
    }
    BOOST_TEST((order == Order{"outer: replaced"}));
    const ExceptionStackContext alone{
        [](std::exception_ptr) -> bool { throw std::out_of_range{"replaced"}; }};
    BOOST_TEST(what_of(stack_context::handle_exception(error_of("x"))) == "replaced");
}

BOOST_AUTO_TEST_CASE(a_cancellation_is_none_of_a_hooks_business) {
    const ExceptionStackContext context{[&](const std::exception_ptr&) {
        order.push_back("called");
        return true;
    }};
    const auto cancellation = std::make_exception_ptr(tornado::CancelledError{});
    BOOST_TEST((stack_context::handle_exception(cancellation) == cancellation));
    BOOST_TEST(order.empty());
}

BOOST_AUTO_TEST_CASE(a_hook_sees_the_values_of_what_failed) {
    std::string seen;
    const ExceptionStackContext context{[&](const std::exception_ptr&) {
        seen = *stack_context::get(name);
        return true;
    }};
    const StackContext inner{name, "inner"};
    static_cast<void>(stack_context::handle_exception(error_of("x")));
    BOOST_TEST(seen == "inner");
}

BOOST_AUTO_TEST_CASE(hooks_are_switched_off_in_any_order_wherever_they_stand) {
    const auto hooks_left = [&](std::vector<std::size_t> off) {
        const ExceptionStackContext c0{hook("c0", false)};
        const ExceptionStackContext c1{hook("c1", false)};
        const ExceptionStackContext c2{hook("c2", false)};
        const ExceptionStackContext::Deactivation deactivate[] = {
            c0.deactivation(), c1.deactivation(), c2.deactivation()};
        for (const auto each : off) {
            deactivate[each]();
        }
        order.clear();
        static_cast<void>(stack_context::handle_exception(error_of("x")));
        return order;
    };
    BOOST_TEST((hooks_left({}) == Order{"c2: x", "c1: x", "c0: x"}));
    BOOST_TEST((hooks_left({0}) == Order{"c2: x", "c1: x"}));
    BOOST_TEST((hooks_left({1}) == Order{"c2: x", "c0: x"}));
    BOOST_TEST((hooks_left({2}) == Order{"c1: x", "c0: x"}));
    BOOST_TEST((hooks_left({2, 0, 1}) == Order{}));
}

BOOST_AUTO_TEST_CASE(a_hook_may_be_switched_off_when_its_scope_is_over) {
    const ExceptionStackContext outer{hook("outer", true)};
    Context kept;
    std::optional<ExceptionStackContext::Deactivation> deactivate;
    {
        const ExceptionStackContext inner{hook("inner", true)};
        deactivate = inner.deactivation();
        kept = Context::capture();
    }
    (*deactivate)();
    const NullContext restored_at_the_end;
    Context::enter(kept);
    static_cast<void>(stack_context::handle_exception(error_of("x")));
    BOOST_TEST((order == Order{"outer: x"}));
    Context::enter({});
}

BOOST_AUTO_TEST_CASE(hooks_stay_when_a_value_below_them_is_replaced) {
    const StackContext first{name, "first"};
    const ExceptionStackContext context{hook("hook", true)};
    const StackContext second{name, "second"};
    BOOST_TEST(*stack_context::get(name) == "second");
    BOOST_TEST((stack_context::handle_exception(error_of("x")) == nullptr));
    BOOST_TEST((order == Order{"hook: x"}));
}

BOOST_AUTO_TEST_CASE(hooks_do_not_go_to_other_threads) {
    const ExceptionStackContext context{hook("hook", true)};
    const auto copy = stack_context::copy_for_another_thread();
    BOOST_TEST(copy.values() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_long_chain_of_hooks_ends_without_a_deep_recursion) {
    const NullContext restored_at_the_end;
    for (int i = 0; i < 200'000; ++i) {
        Context inner;
        {
            const ExceptionStackContext context{[](const std::exception_ptr&) { return true; }};
            inner = Context::capture();
        }
        Context::enter(std::move(inner));
    }
    Context::enter({});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
