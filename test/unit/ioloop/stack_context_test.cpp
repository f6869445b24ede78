#include <tornado/stack_context.hpp>

#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/ioloop.hpp"

namespace {

namespace gen = tornado::gen;
namespace log = tornado::log;
namespace stack_context = tornado::stack_context;
using namespace std::chrono_literals;
using stack_context::ExceptionStackContext;
using stack_context::NullContext;
using stack_context::StackContext;
using tornado::Future;
using tornado::ioloop::Events;
using tornado::ioloop::IOLoop;

constexpr stack_context::Key<std::string> request_id;

std::string current_id() {
    const auto* const value = stack_context::get(request_id);
    return value != nullptr ? *value : "-";
}

constexpr stack_context::Key<std::shared_ptr<int>> token_key;

/// A coroutine of another kind than ours.
struct Stranger {
    struct promise_type {  // NOLINT(readability-identifier-naming)
        Stranger get_return_object() noexcept {
            return Stranger{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() noexcept {}
    };
    explicit Stranger(std::coroutine_handle<promise_type> frame) noexcept : handle{frame} {}
    std::coroutine_handle<promise_type> handle;
};

Stranger take_a_turn() {
    co_await gen::moment();
}

struct Fixture {
    /// Runs the loop until stop() is called.
    void run() { loop.start(); }
    auto hook(std::string called, bool handles) {
        return [this, called = std::move(called), handles](const std::exception_ptr& error) {
            order.push_back(called + ": " + log::format_exception(error));
            return handles;
        };
    }
    IOLoop loop;
    Order order;
};

BOOST_FIXTURE_TEST_SUITE(stack_context_in_a_loop, Fixture)

BOOST_AUTO_TEST_CASE(callbacks_and_timers_run_under_the_context_that_scheduled_them) {
    {
        const StackContext context{request_id, "one"};
        loop.add_callback([&] {
            order.push_back("callback " + current_id());
            loop.call_later(0ms, [&] {
                order.push_back("timer " + current_id());
                loop.stop();
            });
        });
    }
    loop.add_callback([&] { order.push_back("other " + current_id()); });
    run();
    BOOST_TEST((order == Order{"callback one", "other -", "timer one"}));
    BOOST_TEST(current_id() == "-");
}

BOOST_AUTO_TEST_CASE(a_descriptors_handler_runs_under_the_context_that_added_it) {
    const Pipe pipe;
    {
        const StackContext context{request_id, "reader"};
        loop.add_handler(
            pipe.reader(),
            [&](int, Events) {
                order.push_back(current_id() + pipe.take());
                loop.remove_handler(pipe.reader());
                loop.stop();
            },
            Events::read
        );
    }
    const StackContext context{request_id, "writer"};
    pipe.put('!');
    run();
    BOOST_TEST((order == Order{"reader!"}));
}

BOOST_AUTO_TEST_CASE(coroutines_carry_their_values_through_every_kind_of_wait) {
    auto handler = [&](std::string id) -> Future<void> {
        const StackContext context{request_id, id};
        co_await gen::moment();
        order.push_back(id + current_id());
        co_await gen::sleep(0ms);
        order.push_back(id + current_id());
        const auto over_there = co_await loop.run_in_executor(current_id);
        order.push_back(id + over_there);
        order.push_back(id + current_id());
        co_await gen::multi(gen::sleep(0ms), gen::with_timeout(1h, gen::sleep(0ms)));
        order.push_back(id + current_id());
    };
    loop.run_sync([&]() -> Future<void> {
        co_await gen::multi(handler("a"), handler("b"), handler("c"));
        order.push_back(current_id());
    });
    BOOST_TEST(std::count(order.begin(), order.end(), "aa") == 5);
    BOOST_TEST(std::count(order.begin(), order.end(), "bb") == 5);
    BOOST_TEST(std::count(order.begin(), order.end(), "cc") == 5);
    BOOST_TEST(order.size() == 16U);
    BOOST_TEST(order.back() == "-");
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_turn_as_the_loop_closes_lets_go_of_its_values) {
    const auto token = std::make_shared<int>(0);
    std::optional<Stranger> waiting;
    loop.add_callback([&] {
        const StackContext context{token_key, token};
        waiting = take_a_turn();
        loop.stop();
    });
    run();
    BOOST_TEST(token.use_count() == 2);
    loop.close();
    waiting->handle.destroy();
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_futures_callback_runs_under_the_context_that_added_it) {
    tornado::Promise<void> promise;
    {
        const StackContext context{request_id, "added"};
        loop.add_future(promise.future(), [&](const Future<void>&) {
            order.push_back(current_id());
            loop.stop();
        });
    }
    const StackContext context{request_id, "settled"};
    loop.add_callback([&] { promise.set_result(); });
    run();
    BOOST_TEST((order == Order{"added"}));
}

BOOST_AUTO_TEST_CASE(a_call_on_another_thread_sees_the_values_and_its_callbacks_too) {
    {
        const StackContext context{request_id, "request"};
        loop.run_in_executor([&] {
                loop.add_callback([&] {
                    order.push_back("back " + current_id());
                    loop.stop();
                });
            }
        ).ignore();
    }
    run();
    BOOST_TEST((order == Order{"back request"}));
    loop.run_sync([&]() -> Future<void> {
        const auto later = co_await loop.run_in_executor(current_id);
        BOOST_TEST(later == "-");  // nothing stays behind on the pool's threads
    });
}

BOOST_AUTO_TEST_CASE(an_executor_without_threads_leaves_the_context_as_it_was) {
    const StackContext context{request_id, "mine"};
    const auto seen = loop.run_in_executor(tornado::ioloop::dummy_executor(), current_id);
    BOOST_TEST(seen.result() == "mine");
    BOOST_TEST(current_id() == "mine");
}

BOOST_AUTO_TEST_CASE(an_empty_context_is_one_of_its_own) {
    const auto isolated = [&] {
        const NullContext nothing;
        return stack_context::wrap([&] {
            loop.add_callback([&] {
                order.push_back(current_id());
                loop.stop();
            });
        });
    };
    auto wrapped = isolated();
    loop.add_callback([&] {
        const StackContext context{request_id, "caller"};
        wrapped();
    });
    run();
    BOOST_TEST((order == Order{"-"}));
}

BOOST_AUTO_TEST_CASE(what_a_wrapped_function_schedules_stays_in_its_context) {
    const auto wrapped_in = [&](std::string id) {
        const StackContext context{request_id, std::move(id)};
        return stack_context::wrap([&] {
            order.push_back(current_id());
            loop.add_callback([&] {
                order.push_back(current_id());
                loop.stop();
            });
        });
    };
    auto wrapped = wrapped_in("c1");
    loop.add_callback([&] {
        const StackContext context{request_id, "c2"};
        wrapped();
    });
    run();
    BOOST_TEST((order == Order{"c1", "c1"}));
}

BOOST_AUTO_TEST_CASE(a_library_may_go_back_to_its_callers_context) {
    const auto library = [&](tornado::ioloop::Callback callback) {
        callback = stack_context::wrap(std::move(callback));
        const StackContext context{request_id, "library"};
        loop.add_callback([&, callback = std::move(callback)]() mutable {
            order.push_back(current_id());
            callback();
        });
    };
    {
        const StackContext context{request_id, "application"};
        library([&] {
            order.push_back(current_id());
            loop.stop();
        });
    }
    run();
    BOOST_TEST((order == Order{"library", "application"}));
}

// Exceptions

BOOST_AUTO_TEST_CASE(an_exception_several_callbacks_later_still_finds_the_hook) {
    LogCapture log;
    {
        const ExceptionStackContext context{[&](const std::exception_ptr& error) {
            order.push_back(log::format_exception(error));
            loop.stop();
            return true;
        }};
        loop.add_callback([&] {
            loop.call_later(0ms, [&] {
                loop.add_callback([] { throw std::runtime_error{"third layer"}; });
            });
        });
    }
    run();
    BOOST_TEST((order == Order{"std::runtime_error: third layer"}));
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(hooks_are_asked_from_the_inside_out_and_the_loop_last) {
    LogCapture log;
    {
        const ExceptionStackContext outer{hook("outer", false)};
        const ExceptionStackContext inner{hook("inner", false)};
        loop.add_callback([] { throw std::runtime_error{"x"}; });
    }
    loop.add_callback([&] { loop.stop(); });
    run();
    BOOST_TEST((order == Order{"inner: std::runtime_error: x", "outer: std::runtime_error: x"}));
    BOOST_TEST(log.count("Exception in callback: std::runtime_error: x") == 1);
    BOOST_TEST(log.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_hook_throws_is_what_the_loop_hears_of) {
    std::exception_ptr heard;
    loop.set_exception_handler([&](std::exception_ptr error) { heard = std::move(error); });
    {
        const ExceptionStackContext context{
            [](const std::exception_ptr&) -> bool { throw std::out_of_range{"instead"}; }};
        loop.add_callback([] { throw std::runtime_error{"x"}; });
    }
    loop.add_callback([&] { loop.stop(); });
    run();
    BOOST_TEST(log::format_exception(heard) == "std::out_of_range: instead");
}

BOOST_AUTO_TEST_CASE(exceptions_of_handlers_timers_and_future_callbacks_find_their_hooks) {
    const Pipe pipe;
    pipe.put();
    {
        const ExceptionStackContext context{hook("hook", true)};
        loop.add_handler(
            pipe.reader(),
            [&](int fd, Events) {
                loop.remove_handler(fd);
                throw std::runtime_error{"handler"};
            },
            Events::read
        );
        loop.call_later(0ms, [] { throw std::runtime_error{"timer"}; });
        loop.add_future(Future<void>::ready(), [](const Future<void>&) {
            throw std::runtime_error{"future"};
        });
    }
    loop.run_sync([&]() -> Future<void> {
        while (order.size() < 3) {
            co_await gen::moment();
        }
    });
    std::sort(order.begin(), order.end());
    BOOST_TEST(
        (order ==
         Order{
             "hook: std::runtime_error: future",
             "hook: std::runtime_error: handler",
             "hook: std::runtime_error: timer"})
    );
}

BOOST_AUTO_TEST_CASE(the_failure_of_a_coroutine_that_was_spawned_finds_the_hook) {
    LogCapture log;
    {
        const ExceptionStackContext context{hook("hook", true)};
        loop.spawn_callback([]() -> Future<void> {
            co_await gen::moment();
            throw std::runtime_error{"late"};
        });
        loop.spawn_callback([]() -> Future<int> {
            throw std::runtime_error{"early"};
            co_return 1;
        });
        loop.add_future(Future<void>::ready(), [](const Future<void>&) -> Future<void> {
            co_await gen::moment();
            throw std::runtime_error{"of a future's callback"};
        });
    }
    loop.run_sync([&]() -> Future<void> {
        while (order.size() < 3) {
            co_await gen::moment();
        }
    });
    BOOST_TEST(std::count(order.begin(), order.end(), "hook: std::runtime_error: late") == 1);
    BOOST_TEST(std::count(order.begin(), order.end(), "hook: std::runtime_error: early") == 1);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_failure_that_a_coroutine_awaits_is_no_hooks_business) {
    const ExceptionStackContext context{hook("hook", true)};
    auto failing = []() -> Future<void> {
        co_await gen::moment();
        throw std::out_of_range{"x"};
    };
    BOOST_CHECK_THROW(loop.run_sync(failing), std::out_of_range);
    BOOST_CHECK_THROW(
        loop.run_sync([&] {
            return loop.run_in_executor([] { throw std::out_of_range{"over there"}; });
        }),
        std::out_of_range
    );
    BOOST_TEST(order.empty());
}

BOOST_AUTO_TEST_CASE(a_hook_that_is_switched_off_is_missing_from_what_runs_later) {
    std::vector<ExceptionStackContext::Deactivation> off;
    std::function<void(int)> nest = [&](int level) {
        if (level == 3) {
            off[1]();
            loop.add_callback([] { throw std::runtime_error{"x"}; });
            loop.add_callback([&] { loop.stop(); });
            return;
        }
        const ExceptionStackContext context{hook("c" + std::to_string(level), false)};
        off.push_back(context.deactivation());
        loop.add_callback([&, level] { nest(level + 1); });
    };
    LogCapture log;
    loop.add_callback([&] { nest(0); });
    run();
    BOOST_TEST((order == Order{"c2: std::runtime_error: x", "c0: std::runtime_error: x"}));
}

// The everyday use

/// Every line with the identifier of the request that it is about.
std::string text_of_request_id() {
    return current_id();
}

/// Formats what is logged, and keeps the lines.
class LineCapture {
public:
    LineCapture() {
        log::add_handler(keeper_);
        log::set_level(log::Level::info);
    }
    ~LineCapture() {
        log::remove_handler(keeper_);
        log::set_level(log::Level::warning);
    }
    LineCapture(const LineCapture&) = delete;
    LineCapture& operator=(const LineCapture&) = delete;

    [[nodiscard]] Order lines() const { return keeper_->lines; }

private:
    struct Keeper : log::Handler {
        void emit(const log::Record& record) override {
            const std::lock_guard lock{mutex};
            lines.push_back(formatter.format(record));
        }
        const log::LogFormatter formatter{
            {.color = false,
             .fields = {{"request_id", &text_of_request_id}},
             .format = "[{request_id}] {message}"}};
        std::mutex mutex;
        Order lines;
    };
    std::shared_ptr<Keeper> keeper_ = std::make_shared<Keeper>();
};

BOOST_AUTO_TEST_CASE(every_log_line_of_a_request_carries_its_identifier_across_awaits) {
    const LineCapture log;
    auto load = [&]() -> Future<std::string> {
        co_await gen::moment();
        log::app_log().info("loading");
        co_return co_await loop.run_in_executor([] {
            log::app_log().info("reading");
            return std::string{"row"};
        });
    };
    auto handler = [&](std::string id) -> Future<void> {
        const StackContext context{request_id, std::move(id)};
        log::app_log().info("begins");
        co_await gen::sleep(0ms);
        const auto row = co_await load();
        log::app_log().info("got ", row);
    };
    loop.run_sync([&]() -> Future<void> {
        co_await handler("r1");
        log::app_log().info("between");
        co_await gen::multi(handler("r2"), handler("r3"));
    });
    const auto all = log.lines();
    const auto lines_of = [&](std::string_view id) {
        Order some;
        for (const auto& line : all) {
            if (line.starts_with(id)) {
                some.push_back(line.substr(id.size()));
            }
        }
        return some;
    };
    const Order story{" begins", " loading", " reading", " got row"};
    BOOST_TEST((lines_of("[r1]") == story));
    BOOST_TEST((lines_of("[r2]") == story));
    BOOST_TEST((lines_of("[r3]") == story));
    BOOST_TEST((lines_of("[-]") == Order{" between"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
