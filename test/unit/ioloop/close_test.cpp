// What a loop's end may meet: others who close it, run it or stop it, and what throws.

#include <tornado/ioloop.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <thread>

#include "support.hpp"
#include "tornado/gen.hpp"

namespace {

namespace gen = tornado::gen;
using namespace std::chrono_literals;
using tornado::CancelledError;
using tornado::Future;
using tornado::Promise;
using tornado::ioloop::IOLoop;

Future<void> wait_for(Future<void> future) {
    co_await std::move(future);
}

/// Sleeps until it is cancelled, and then calls `clean_up`.
template <typename F>
Future<void> sleep_then(F clean_up) {
    const auto mine = std::move(clean_up);
    try {
        co_await gen::sleep(1h);
    } catch (const CancelledError&) {
    }
    mine();
}

BOOST_AUTO_TEST_SUITE(loop_close)

BOOST_AUTO_TEST_CASE(an_owner_in_a_coroutine_may_close_the_loop_that_unwinds_it) {
    struct App {
        explicit App(IOLoop& its) : loop{its} {}
        App(const App&) = delete;
        App& operator=(const App&) = delete;
        ~App() { loop.close(); }
        IOLoop& loop;
    };
    IOLoop loop;
    int unwound = 0;
    const auto sleeper = [&] { return sleep_then([&unwound] { ++unwound; }); };
    const auto serve = [](std::unique_ptr<App> app) -> Future<void> {
        const auto mine = std::move(app);
        co_await gen::sleep(1h);
    };
    sleeper();
    sleeper();
    serve(std::make_unique<App>(loop));
    sleeper();
    loop.close();
    BOOST_TEST(unwound == 3);
    loop.close();  // and again
}

BOOST_AUTO_TEST_CASE(exit_in_a_callback_ends_the_process_with_its_status) {
    std::fflush(nullptr);  // else the child prints what is waiting, too
    const auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
        std::thread{[] {
            auto& loop = IOLoop::current();
            loop.add_callback([] { std::exit(3); });
            loop.start();
        }}.join();
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 3);
}

BOOST_AUTO_TEST_CASE(a_loop_that_closes_cannot_be_run) {
    IOLoop loop;
    const auto running = sleep_then([&] { loop.start(); });
    const auto waiting = sleep_then([&] { loop.run_sync([] {}); });
    loop.close();
    BOOST_CHECK_THROW(running.result(), std::logic_error);
    BOOST_CHECK_THROW(waiting.result(), std::logic_error);
    BOOST_TEST(!loop.running());
}

BOOST_AUTO_TEST_CASE(what_unwinds_runs_as_in_a_running_loop) {
    IOLoop loop;
    bool running = false;
    bool called = false;
    const auto coroutine = sleep_then([&] {
        running = loop.running();
        loop.add_callback([&] { called = true; });
    });
    auto last = [](bool& told) -> Future<void> {
        try {
            co_await gen::sleep(1h);
        } catch (const CancelledError&) {
        }
        while (!told) {
            co_await gen::moment();
        }
    };
    const auto told = last(called);
    loop.close();
    BOOST_TEST(running);
    BOOST_TEST(told.done());
}

BOOST_AUTO_TEST_CASE(stop_does_not_keep_the_others_from_unwinding) {
    IOLoop loop;
    int unwound = 0;
    const auto clean_up = [&]() -> Future<void> {
        try {
            co_await gen::sleep(1h);
        } catch (const CancelledError&) {
        }
        loop.stop();
        co_await gen::moment();
        co_await gen::moment();
        ++unwound;
    };
    const auto first = clean_up();
    const auto second = clean_up();
    loop.close();
    BOOST_TEST(unwound == 2);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_taken_back_does_not_end_the_process) {
    LogCapture log;
    Promise<void> promise;
    promise.on_cancel([] { throw std::runtime_error{"cannot be taken back"}; });
    std::optional<Future<void>> future;
    {
        IOLoop loop;
        future = wait_for(promise.future());
    }
    BOOST_TEST(future->cancelled());
    BOOST_TEST(log.count("cannot be taken back") == 1);
}

BOOST_AUTO_TEST_CASE(a_deadline_for_what_cannot_be_taken_back_is_a_timeout_all_the_same) {
    IOLoop loop;
    Promise<void> promise;
    promise.on_cancel([] { throw std::runtime_error{"cannot be taken back"}; });
    BOOST_CHECK_THROW(
        loop.run_sync([&] { return gen::cancel_after(1ms, promise.future()); }), gen::TimeoutError
    );
}

BOOST_AUTO_TEST_CASE(timers_that_outlive_their_loop_are_cancelled_and_nothing_is_logged) {
    LogCapture log;
    Promise<void> promise;
    {
        std::optional<IOLoop> loop{std::in_place};
        const auto nap = gen::sleep(1h);
        const auto limited = gen::with_timeout(1h, promise.future());
        loop.reset();
        BOOST_TEST(nap.cancelled());
        BOOST_TEST(limited.cancelled());
    }
    BOOST_TEST(log.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_time_beyond_all_time_is_never) {
    IOLoop loop;
    const auto for_ever = gen::sleep(tornado::ioloop::Duration::max());
    Promise<void> promise;
    const auto limited = gen::with_timeout(tornado::ioloop::Duration::max(), promise.future());
    const auto bounded = gen::cancel_after(tornado::ioloop::Duration::max(), promise.future());
    loop.run_sync([] { return gen::sleep(1ms); });
    BOOST_TEST(!for_ever.done());
    BOOST_TEST(!limited.done());
    BOOST_TEST(!bounded.done());
    promise.set_result();
    loop.run_sync([&] { return bounded; });
    BOOST_TEST(limited.done());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
