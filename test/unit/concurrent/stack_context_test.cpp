#include <tornado/concurrent/stack_context.hpp>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <optional>
#include <thread>

#include "support.hpp"

namespace {

namespace stack_context = tornado::stack_context;
using stack_context::NullContext;
using stack_context::StackContext;
using tornado::Future;
using tornado::Promise;
using tornado::concurrent::Context;

constexpr stack_context::Key<std::string> name;
constexpr stack_context::Key<int> number;

std::string name_or(const char* otherwise) {
    const auto* const value = stack_context::get(name);
    return value != nullptr ? *value : otherwise;
}
int number_or(int otherwise) {
    const auto* const value = stack_context::get(number);
    return value != nullptr ? *value : otherwise;
}

struct Fixture {
    ~Fixture() { BOOST_TEST(Context::current_values() == nullptr); }
    ManualScheduler scheduler;
    Promise<void> promise;
};

/// How many links the current context has.
int depth() {
    int count = 0;
    for (const auto* link = stack_context::Entry::current(); link != nullptr; ++count) {
        link = link->outer();
    }
    return count;
}

BOOST_FIXTURE_TEST_SUITE(stack_context_suite, Fixture)

BOOST_AUTO_TEST_CASE(a_value_is_there_in_its_scope_only) {
    BOOST_TEST(stack_context::get(name) == nullptr);
    {
        const StackContext context{name, "outer"};
        BOOST_TEST(name_or("none") == "outer");
        BOOST_TEST(stack_context::get(number) == nullptr);
        {
            const StackContext inner{name, "inner"};
            const StackContext other{number, 5};
            BOOST_TEST(name_or("none") == "inner");
            BOOST_TEST(number_or(0) == 5);
        }
        BOOST_TEST(name_or("none") == "outer");
        BOOST_TEST(number_or(0) == 0);
    }
    BOOST_TEST(name_or("none") == "none");
}

BOOST_AUTO_TEST_CASE(a_value_is_made_in_place_from_what_it_takes) {
    const StackContext context{name, 3U, 'x'};
    BOOST_TEST(name_or("none") == "xxx");
}

BOOST_AUTO_TEST_CASE(a_scope_can_be_left_early) {
    StackContext context{number, 1};
    context.leave();
    BOOST_TEST(number_or(0) == 0);
    const StackContext later{number, 2};
    context.leave();  // again: nothing
    BOOST_TEST(number_or(0) == 2);
}

BOOST_AUTO_TEST_CASE(a_null_context_hides_values_and_label) {
    const std::string text = "GET /";
    const stack_context::LabelScope label{text};
    const StackContext context{name, "seen"};
    {
        const NullContext nothing;
        BOOST_TEST(name_or("none") == "none");
        BOOST_TEST(stack_context::label() == nullptr);
        const StackContext inner{number, 1};
        BOOST_TEST(name_or("none") == "none");
    }
    BOOST_TEST(name_or("none") == "seen");
    BOOST_TEST(stack_context::label() == &text);
}

BOOST_AUTO_TEST_CASE(a_callback_sees_what_was_there_when_it_was_added) {
    std::string seen;
    {
        const StackContext context{name, "then"};
        promise.future().add_done_callback([&] { seen = name_or("none"); });
    }
    const StackContext context{name, "now"};
    promise.set_result();
    scheduler.run();
    BOOST_TEST(seen == "then");
}

BOOST_AUTO_TEST_CASE(a_coroutine_keeps_its_values_across_awaits_and_its_caller_does_not_see_them) {
    Order seen;
    auto inner = [&]() -> Future<void> {
        co_await promise.future();
        seen.push_back("inner " + name_or("none"));
    };
    auto outer = [&]() -> Future<void> {
        const StackContext context{name, "mine"};
        co_await inner();
        seen.push_back("outer " + name_or("none"));
    };
    outer();
    BOOST_TEST(name_or("none") == "none");
    promise.set_result();
    scheduler.run();
    BOOST_TEST((seen == Order{"inner mine", "outer mine"}));
}

BOOST_AUTO_TEST_CASE(coroutines_that_take_turns_do_not_mix_their_values) {
    Order seen;
    std::vector<Promise<void>> turns(4);
    auto coroutine = [&](std::string mine, Future<void> first, Future<void> second
                     ) -> Future<void> {
        const StackContext context{name, mine};
        co_await first;
        seen.push_back(name_or("none"));
        co_await second;
        seen.push_back(name_or("none"));
    };
    coroutine("a", turns[0].future(), turns[2].future());
    coroutine("b", turns[1].future(), turns[3].future());
    for (auto& turn : turns) {
        turn.set_result();
        scheduler.run();
    }
    BOOST_TEST((seen == Order{"a", "b", "a", "b"}));
}

BOOST_AUTO_TEST_CASE(a_scope_ends_where_it_began_also_in_the_middle_of_a_coroutine) {
    Order seen;
    auto coroutine = [&]() -> Future<void> {
        {
            const StackContext context{name, "within"};
            co_await promise.future();
            seen.push_back(name_or("none"));
        }
        seen.push_back(name_or("none"));
    };
    {
        const StackContext context{name, "around"};
        coroutine();
    }
    promise.set_result();
    scheduler.run();
    BOOST_TEST((seen == Order{"within", "around"}));
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_destroyed_while_it_waits_disturbs_nobody) {
    std::optional<ManualScheduler> other{std::in_place};
    const std::string lost = "GET /lost";
    auto coroutine = [&]() -> Future<void> {
        const StackContext context{name, "lost"};
        const stack_context::LabelScope label{lost};
        co_await promise.future();
    };
    coroutine();
    const std::string text = "GET /";
    const stack_context::LabelScope label{text};
    const StackContext context{name, "kept"};
    other.reset();
    BOOST_TEST(name_or("none") == "kept");
    BOOST_TEST(stack_context::label() == &text);
}

BOOST_AUTO_TEST_CASE(setting_a_value_again_and_again_makes_no_chain) {
    std::function<void(int)> again = [&](int times) {
        const StackContext first{number, times};
        const StackContext second{name, std::to_string(times)};
        BOOST_TEST(depth() == 2);
        if (times > 0) {
            again(times - 1);
        }
        BOOST_TEST(number_or(-1) == times);
        BOOST_TEST(name_or("none") == std::to_string(times));
    };
    again(5);
}

BOOST_AUTO_TEST_CASE(a_label_is_borrowed_and_given_back) {
    const std::string outer = "GET /a";
    const std::string inner = "GET /b";
    {
        const stack_context::LabelScope first{outer};
        BOOST_TEST(stack_context::label() == &outer);
        {
            const stack_context::LabelScope second{inner};
            BOOST_TEST(stack_context::label() == &inner);
        }
        BOOST_TEST(stack_context::label() == &outer);
    }
    BOOST_TEST(stack_context::label() == nullptr);
}

BOOST_AUTO_TEST_CASE(an_interned_label_is_kept_once_for_each_text) {
    const auto& label = stack_context::intern_label(std::string(40, 'a'));
    BOOST_TEST(&stack_context::intern_label(std::string(40, 'a')) == &label);
    BOOST_TEST(&stack_context::intern_label(std::string(40, 'b')) != &label);
    BOOST_TEST(label == std::string(40, 'a'));
}

BOOST_AUTO_TEST_CASE(another_thread_gets_copies_of_the_values) {
    const std::string text = "GET /";
    const stack_context::LabelScope label{text};
    const StackContext first{name, "travels"};
    const StackContext second{number, 7};
    auto copy = stack_context::copy_for_another_thread();
    const auto* const here = stack_context::get(name);
    std::string seen;
    std::thread{[&, context = std::move(copy)]() mutable {
        Context::enter(std::move(context));
        seen = name_or("none") + std::to_string(number_or(0));
        BOOST_TEST(stack_context::get(name) != here);
        BOOST_TEST(stack_context::label() == nullptr);
        Context::enter({});
    }}.join();
    BOOST_TEST(seen == "travels7");
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_dropped_inside_a_null_context_brings_no_former_one_back) {
    std::optional<Future<void>> future;
    {
        const StackContext context{name, "request 1"};
        future = [](const Promise<void>& awaited) -> Future<void> {
            const NullContext nothing;
            co_await awaited.future();
        }(promise);
    }
    // Given up by its scheduler, it goes with its last future.
    while (auto* const coroutine = scheduler.suspended_coroutines()) {
        coroutine->abandon();
    }
    future.reset();
    BOOST_TEST(name_or("none") == "none");
}

BOOST_AUTO_TEST_CASE(null_contexts_inside_each_other_end_inside_out) {
    const StackContext context{name, "outside"};
    {
        const NullContext outer;
        const StackContext value{number, 1};
        {
            const NullContext inner;
            BOOST_TEST(number_or(0) == 0);
        }
        BOOST_TEST(number_or(0) == 1);
        BOOST_TEST(name_or("none") == "none");
    }
    BOOST_TEST(name_or("none") == "outside");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
