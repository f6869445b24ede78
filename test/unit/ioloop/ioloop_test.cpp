#include <tornado/ioloop/ioloop.hpp>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::concurrent::Context;
using tornado::ioloop::IOLoop;
using tornado::ioloop::TimeoutError;

/// Runs the loop for one turn: what was ready before has run.
void turn(IOLoop& loop) {
    loop.add_callback([&] { loop.stop(); });
    loop.start();
}

BOOST_AUTO_TEST_SUITE(ioloop)

BOOST_AUTO_TEST_CASE(callbacks_run_in_order_and_never_at_once) {
    IOLoop loop;
    Order order;
    loop.add_callback([&] { order.push_back("first"); });
    loop.spawn_callback([&] { order.push_back("second"); });
    BOOST_TEST(order.empty());
    turn(loop);
    BOOST_TEST((order == Order{"first", "second"}));
}

BOOST_AUTO_TEST_CASE(a_callback_added_in_a_callback_runs_in_the_next_turn) {
    IOLoop loop;
    Order order;
    loop.add_callback([&] {
        order.push_back("first");
        loop.add_callback([&] { order.push_back("added"); });
    });
    loop.add_callback([&] { order.push_back("second"); });
    turn(loop);
    BOOST_TEST((order == Order{"first", "second"}));
    turn(loop);
    BOOST_TEST((order == Order{"first", "second", "added"}));
}

BOOST_AUTO_TEST_CASE(callbacks_that_add_themselves_do_not_starve_descriptors_and_timers) {
    IOLoop loop;
    Pipe pipe;
    pipe.put();
    bool readable = false;
    bool timed = false;
    std::function<void()> again = [&] {
        if (readable && timed) {
            loop.stop();
        } else {
            loop.add_callback(again);
        }
    };
    loop.add_callback(again);
    loop.add_handler(
        pipe.reader(),
        [&](int, auto) { readable = pipe.take() == 'x'; },
        tornado::ioloop::Events::read
    );
    loop.call_later(0ms, [&] { timed = true; });
    loop.start();
    BOOST_TEST(readable);
    BOOST_TEST(timed);
    loop.remove_handler(pipe.reader());
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_start_makes_it_return_at_once) {
    IOLoop loop;
    bool ran = false;
    loop.add_callback([&] { ran = true; });
    loop.stop();
    loop.start();
    BOOST_TEST(!ran);
    turn(loop);  // the stop counted once
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(a_stop_finishes_the_turn) {
    IOLoop loop;
    Order order;
    loop.add_callback([&] { loop.stop(); });
    loop.add_callback([&] {
        order.push_back("same turn");
        loop.add_callback([&] { order.push_back("next turn"); });
    });
    loop.start();
    BOOST_TEST(order == Order{"same turn"});
    BOOST_TEST(!loop.running());
}

BOOST_AUTO_TEST_CASE(a_running_loop_cannot_be_started_again) {
    IOLoop loop;
    bool thrown = false;
    loop.add_callback([&] {
        BOOST_TEST(loop.running());
        try {
            loop.run_sync([] { return 1; });
        } catch (const std::logic_error&) {
            thrown = true;
        }
        loop.stop();
    });
    loop.start();
    BOOST_TEST(thrown);
    turn(loop);  // what the refused run_sync() left behind does nothing
}

BOOST_AUTO_TEST_CASE(exceptions_of_callbacks_are_logged_and_the_loop_goes_on) {
    LogCapture log;
    IOLoop loop;
    bool ran = false;
    const std::string label = "StoryHandler /story";
    loop.add_callback([] { throw std::runtime_error{"plain"}; });
    Context::set_current_label(&label);
    loop.add_callback([] { throw 42; });
    Context::set_current_label(nullptr);
    loop.add_callback([] { throw CancelledError{}; });
    loop.add_callback([&] { ran = true; });
    turn(loop);
    BOOST_TEST(ran);
    BOOST_TEST(log.count("Exception in callback: std::runtime_error: plain") == 1);
    BOOST_TEST(log.count("Exception in callback of StoryHandler /story: int") == 1);
    BOOST_TEST(log.size() == 2U);
}

BOOST_AUTO_TEST_CASE(failures_of_futures_that_callbacks_return_are_logged) {
    LogCapture log;
    IOLoop loop;
    loop.add_callback([]() -> Future<void> {
        throw std::runtime_error{"at once"};
        co_return;
    });
    loop.add_callback([]() -> Future<void> {
        co_await gen::moment();
        throw std::runtime_error{"later"};
    });
    for (int i = 0; i < 3; ++i) {
        turn(loop);
    }
    BOOST_TEST(log.count("at once") == 1);
    BOOST_TEST(log.count("later") == 1);
}

BOOST_AUTO_TEST_CASE(a_program_may_take_its_exceptions_itself) {
    LogCapture log;
    IOLoop loop;
    int seen = 0;
    loop.set_exception_handler([&](std::exception_ptr error) {
        try {
            std::rethrow_exception(std::move(error));
        } catch (int number) {
            seen = number;
        }
    });
    loop.add_callback([] { throw 7; });
    turn(loop);
    BOOST_TEST(seen == 7);
    BOOST_TEST(log.size() == 0U);
    loop.set_exception_handler(nullptr);
    loop.add_callback([] { throw 8; });
    turn(loop);
    BOOST_TEST(log.size() == 1U);
}

BOOST_AUTO_TEST_CASE(no_callback_of_any_kind_stops_the_loop_by_throwing) {
    LogCapture log;
    IOLoop loop;
    Pipe pipe;
    pipe.put();
    const auto fail = [] { throw std::runtime_error{"any kind"}; };
    loop.add_callback(fail);
    loop.spawn_callback(fail);
    loop.call_later(0ms, fail);
    loop.call_at(loop.time(), fail);
    loop.add_timeout(0ms, fail);
    loop.add_future(Future<int>::ready(1), [&](const auto&) { fail(); });
    std::thread{[&] { loop.add_callback(fail); }}.join();
    loop.add_handler(
        pipe.reader(),
        [&](int fd, auto) {
            loop.remove_handler(fd);
            fail();
        },
        tornado::ioloop::Events::read
    );
    while (log.size() < 8) {
        turn(loop);
    }
    BOOST_TEST(log.count("Exception in callback: std::runtime_error: any kind") == 8);
}

BOOST_AUTO_TEST_CASE(others_may_have_their_exceptions_treated_like_those_of_callbacks) {
    LogCapture log;
    IOLoop loop;
    const auto error = std::make_exception_ptr(std::runtime_error{"of a library"});
    loop.handle_callback_exception(error);
    BOOST_TEST(log.count("Exception in callback: std::runtime_error: of a library") == 1);
    std::exception_ptr seen;
    loop.set_exception_handler([&](std::exception_ptr given) { seen = std::move(given); });
    loop.handle_callback_exception(error);
    BOOST_TEST((seen == error));
    BOOST_TEST(log.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_closure_lives_until_the_coroutine_that_it_started_ends) {
    IOLoop loop;
    Promise<void> gate;
    const auto token = std::make_shared<int>(0);
    const auto coroutine = [&gate](std::shared_ptr<int> captured) {
        return [&gate, captured]() -> Future<void> {
            co_await gate.future();
            ++*captured;
        };
    };
    loop.add_callback(coroutine(token));
    loop.spawn_callback(coroutine(token));
    loop.call_later(0ms, coroutine(token));
    loop.call_later(0ms, [&] { loop.stop(); });
    loop.start();
    BOOST_TEST(token.use_count() == 4);
    gate.set_result();
    turn(loop);
    turn(loop);
    BOOST_TEST(*token == 3);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(add_future_calls_back_in_a_later_turn_even_when_the_future_is_done) {
    IOLoop loop;
    int seen = 0;
    loop.add_callback([&] {
        loop.add_future(Future<int>::ready(3), [&](const Future<int>& future) {
            seen = future.result();
        });
        BOOST_TEST(seen == 0);
    });
    turn(loop);
    turn(loop);
    BOOST_TEST(seen == 3);
}

BOOST_AUTO_TEST_CASE(add_future_calls_back_in_its_own_loop_whichever_is_current) {
    IOLoop loop;
    IOLoop other;
    Promise<void> late;
    std::vector<IOLoop*> ran_in;
    const auto note = [&] { ran_in.push_back(&IOLoop::current()); };
    loop.add_future(Future<void>::ready(), note);
    loop.add_future(late.future(), [&](const Future<void>& done) {
        BOOST_TEST(done.done());
        note();
    });
    other.add_callback([&] { late.set_result(); });
    turn(other);
    turn(other);
    BOOST_TEST(ran_in.empty());
    turn(loop);
    BOOST_TEST((ran_in == std::vector<IOLoop*>{&loop, &loop}));
}

BOOST_AUTO_TEST_CASE(what_add_future_keeps_for_a_loop_that_closes_first_is_dropped) {
    const auto token = std::make_shared<int>(0);
    const LogCapture log;
    Promise<void> late;
    std::optional<IOLoop> loop{std::in_place};
    const auto keep = [&](const Future<void>& future) {
        loop->add_future(future, [token](const Future<void>&) { ++*token; });
    };
    keep(Future<void>::ready());
    keep(late.future());
    loop->close();
    keep(Future<void>::ready());
    loop.reset();
    IOLoop next;
    late.set_exception(std::runtime_error{"too late"});
    turn(next);
    BOOST_TEST(*token == 0);
    BOOST_TEST(token.use_count() == 1);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(the_callback_of_add_future_lives_until_the_future_it_returned_is_done) {
    IOLoop loop;
    Promise<void> gate;
    const auto token = std::make_shared<int>(0);
    loop.add_future(Future<void>::ready(), [captured = token, &gate]() -> Future<void> {
        co_await gate.future();
        ++*captured;
    });
    turn(loop);
    BOOST_TEST(token.use_count() == 2);
    gate.set_result();
    turn(loop);
    turn(loop);
    BOOST_TEST(*token == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_callback_runs_in_the_context_in_which_it_was_added) {
    IOLoop loop;
    const std::string label = "label";
    const std::string* in_callback = nullptr;
    const std::string* in_timeout = nullptr;
    const std::string* in_plain = &label;
    Context::set_current_label(&label);
    loop.add_callback([&] { in_callback = Context::current_label(); });
    loop.call_later(0ms, [&] {
        in_timeout = Context::current_label();
        loop.stop();
    });
    Context::set_current_label(nullptr);
    loop.add_callback([&] { in_plain = Context::current_label(); });
    loop.start();
    BOOST_TEST(in_callback == &label);
    BOOST_TEST(in_timeout == &label);
    BOOST_TEST((in_plain == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(close)

BOOST_AUTO_TEST_CASE(drops_callbacks_silently_from_then_on) {
    LogCapture log;
    IOLoop loop;
    const auto token = std::make_shared<int>(0);
    loop.add_callback([token] { ++*token; });
    loop.call_later(1h, [token] { ++*token; });
    loop.close();
    loop.close();
    BOOST_TEST(token.use_count() == 1);
    loop.add_callback([token] { ++*token; });
    loop.call_later(0ms, [token] { ++*token; });
    BOOST_CHECK_THROW(loop.run_in_executor([token] { ++*token; }), std::logic_error);
    BOOST_TEST(token.use_count() == 1);
    BOOST_TEST(*token == 0);
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_running_loop_cannot_be_closed) {
    IOLoop loop;
    loop.run_sync([&] { BOOST_CHECK_THROW(loop.close(), std::logic_error); });
}

BOOST_AUTO_TEST_CASE(a_closed_loop_says_so_to_those_who_would_wait_for_ever) {
    const auto names_it = [](const std::logic_error& error) {
        return std::string_view{error.what()}.starts_with("the IOLoop is closed");
    };
    IOLoop loop;
    BOOST_TEST(!loop.closed());
    loop.close();
    BOOST_TEST(loop.closed());
    BOOST_CHECK_EXCEPTION(loop.start(), std::logic_error, names_it);
    BOOST_CHECK_EXCEPTION(loop.run_sync([] { return 1; }), std::logic_error, names_it);
    BOOST_CHECK_EXCEPTION(static_cast<void>(gen::sleep(1ms)), std::logic_error, names_it);
    const auto sleeper = []() -> Future<void> { co_await gen::sleep(1ms); };
    BOOST_CHECK_EXCEPTION(sleeper().result(), std::logic_error, names_it);
}

BOOST_AUTO_TEST_CASE(a_callback_may_call_the_loop_as_it_is_dropped) {
    IOLoop loop;
    Pipe pipe;
    const auto token = std::make_shared<int>(0);
    const auto nuisance = [&] {
        return std::shared_ptr<void>{nullptr, [&loop, token](void*) {
                                         loop.add_callback([token] {});
                                         loop.remove_timeout(loop.call_later(1h, [token] {}));
                                         loop.call_later(1h, [token] {});
                                         loop.remove_handler(0);
                                     }};
    };
    loop.add_callback([held = nuisance()] {});
    loop.call_later(1h, [held = nuisance()] {});
    loop.add_handler(
        pipe.reader(), [held = nuisance()](int, auto) {}, tornado::ioloop::Events::read
    );
    loop.close();
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(suspended_coroutines_unwind_with_cancelled_error_inside_out) {
    Order order;
    {
        auto inner = [&](const std::string& callers) -> Future<void> {
            try {
                co_await gen::sleep(1h);
            } catch (const CancelledError&) {
                order.push_back("inner of " + callers);
            }
            co_await gen::moment();  // clean-up may take turns
        };
        auto outer = [&]() -> Future<void> {
            const std::string local = "outer";
            try {
                co_await inner(local);
            } catch (const CancelledError&) {
                order.push_back("outer");
            }
        };
        const IOLoop loop;  // goes before the closures of its coroutines
        outer();
    }
    BOOST_TEST((order == Order{"inner of outer", "outer"}));
}

BOOST_AUTO_TEST_CASE(coroutines_that_do_not_end_are_destroyed) {
    const auto token = std::make_shared<int>(0);
    Promise<void> promise;
    const auto never = promise.future();  // has a name: who is cancelled only leaves it
    const auto stubborn = [&never](std::shared_ptr<int> held) -> Future<void> {
        while (held) {
            try {
                co_await never;
            } catch (const CancelledError&) {
            }
        }
    };
    const auto endless = [](std::shared_ptr<int> held) -> Future<void> {
        while (held) {
            try {
                co_await gen::moment();
            } catch (const CancelledError&) {
            }
        }
    };
    {
        IOLoop loop;
        stubborn(token);
        endless(token);
        stubborn(token).add_done_callback([token] {});
        loop.add_callback([&never, token]() -> Future<void> {  // the loop keeps its closure
            while (true) {
                try {
                    co_await never;
                } catch (const CancelledError&) {
                }
            }
        });
        turn(loop);
    }
    BOOST_TEST(token.use_count() == 1);
    promise.set_result();
    IOLoop next;
    turn(next);
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_not_current_can_be_closed) {
    IOLoop loop;
    bool unwound = false;
    auto coroutine = [&]() -> Future<void> {
        try {
            co_await gen::sleep(1h);
        } catch (const CancelledError&) {
        }
        co_await gen::moment();
        unwound = true;
    };
    coroutine();
    const IOLoop other;
    loop.close();
    BOOST_TEST(unwound);
    BOOST_TEST(IOLoop::current_or_null() == &other);
}

BOOST_AUTO_TEST_CASE(what_comes_between_close_and_destruction_is_dropped) {
    const auto token = std::make_shared<int>(0);
    Promise<void> promise;
    {
        IOLoop loop;
        loop.close();
        auto coroutine = [](Future<void> future, std::shared_ptr<int> held) -> Future<void> {
            co_await std::move(future);
            ++*held;
        };
        coroutine(promise.future(), token);
        Future<>::ready().add_done_callback([token] { ++*token; });
    }
    promise.set_result();
    IOLoop next;
    turn(next);
    BOOST_TEST(*token == 0);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(an_exception_handler_may_replace_itself) {
    IOLoop loop;
    LogCapture log;
    std::string seen;
    loop.set_exception_handler([&loop, &seen, text = std::string(100, 't')](std::exception_ptr) {
        loop.set_exception_handler(nullptr);
        seen = text;
    });
    loop.add_callback([] { throw std::runtime_error{"first"}; });
    loop.add_callback([] { throw std::runtime_error{"second"}; });
    loop.add_callback([&] { loop.stop(); });
    loop.start();
    BOOST_TEST(seen == std::string(100, 't'));
    BOOST_TEST(log.count("first") == 0);
    BOOST_TEST(log.count("second") == 1);
}

BOOST_AUTO_TEST_CASE(an_exception_handler_sees_no_cancellation) {
    IOLoop loop;
    int seen = 0;
    loop.set_exception_handler([&](std::exception_ptr) { ++seen; });
    loop.add_callback([] { throw tornado::CancelledError{}; });
    loop.add_callback([] { throw std::runtime_error{"seen"}; });
    loop.add_callback([&] { loop.stop(); });
    loop.start();
    BOOST_TEST(seen == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
