#ifdef TORNADO_HAS_GIO

#include <tornado/platform/glib.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "../ioloop/support.hpp"
#include "glib_support.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::platform::GLibLoop;
namespace gen = tornado::gen;
using namespace std::chrono_literals;

/// A GMainLoop as a program makes it for a bridge.
struct MainLoop {
    explicit MainLoop(GMainContext* context) : loop{g_main_loop_new(context, TRUE)} {}
    MainLoop(const MainLoop&) = delete;
    MainLoop& operator=(const MainLoop&) = delete;
    ~MainLoop() { g_main_loop_unref(loop); }
    GMainLoop* loop;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(glib_loop, GLibFixture)

// What is served.

BOOST_AUTO_TEST_CASE(timeouts_run_at_their_time_and_the_loop_waits_for_them) {
    TurnCount count{loop};
    const auto start = g_get_monotonic_time();
    std::string order;
    bool were_due_together =
        false;  // when this process has got no time: then GLib has its own order
    timeout(40, [&] {
        order += "b";
        return false;
    });
    timeout(20, [&] {
        order += "a";
        were_due_together = g_get_monotonic_time() - start >= 40'000;
        return false;
    });
    run([&]() -> Future<void> {
        while (order.size() < 2) {
            co_await gen::sleep(10ms);
        }
    });
    BOOST_TEST((order == "ab" || were_due_together));
    BOOST_TEST(g_get_monotonic_time() - start >= 40'000);
    BOOST_TEST(count.get() < 60);
}

BOOST_AUTO_TEST_CASE(repeating_timeouts_repeat_until_they_are_removed) {
    int fired = 0;
    timeout(1, [&] { return ++fired < 5; });
    until([&] { return fired == 5; });
    turns();
    BOOST_TEST(fired == 5);
}

BOOST_AUTO_TEST_CASE(idle_sources_run_once_a_turn_and_starve_nobody) {
    int rounds = 0;
    auto* const source = idle([&] {
        ++rounds;
        return true;
    });
    turns(100);
    BOOST_TEST(rounds >= 90);
    BOOST_TEST(rounds <= 110);
    bool fired = false;
    timeout(1, [&] {
        fired = true;
        return false;
    });
    until([&] { return fired; });
    g_source_destroy(source);
}

BOOST_AUTO_TEST_CASE(what_waits_costs_no_turns) {
    Pipe pipe;
    auto* const reader = watch(pipe.reader(), [] { return true; });
    auto* const late = timeout(10'000'000, [] { return true; });
    idle([] { return false; });
    turns();
    TurnCount count{loop};
    run([]() -> Future<void> { co_await gen::sleep(50ms); });
    BOOST_TEST(count.get() < 10);
    g_source_destroy(reader);
    g_source_destroy(late);
}

BOOST_AUTO_TEST_CASE(a_source_that_another_thread_attaches_runs_on_ours) {
    std::thread::id where;
    std::thread thread;
    loop.call_later(1ms, [&] {
        thread = std::thread{[&] {
            idle([&] {
                where = std::this_thread::get_id();
                return false;
            });
        }};
    });
    run([&]() -> Future<void> {
        while (where == std::thread::id{}) {
            co_await gen::sleep(1ms);
        }
    });
    thread.join();
    BOOST_TEST((where == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(what_another_thread_invokes_in_the_context_runs_on_ours_even_while_it_waits) {
    std::thread::id where;
    run([]() -> Future<void> { co_await gen::sleep(5ms); });
    std::thread{[&] {
        g_main_context_invoke(
            context,
            [](gpointer place) -> gboolean {
                *static_cast<std::thread::id*>(place) = std::this_thread::get_id();
                return FALSE;
            },
            &where
        );
    }}.join();
    until([&] { return where != std::thread::id{}; });
    BOOST_TEST((where == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(g_main_context_wakeup_costs_a_round_and_no_more) {
    turns();
    TurnCount count{loop};
    std::thread{[&] { g_main_context_wakeup(context); }}.join();
    run([]() -> Future<void> { co_await gen::sleep(20ms); });
    BOOST_TEST(count.get() < 12);
}

BOOST_AUTO_TEST_CASE(a_process_is_heard_of_when_it_ends) {
    GPid child = 0;
    std::string program = "/bin/sh";
    std::string option = "-c";
    std::string script = "exit 7";
    std::array<char*, 4> args{program.data(), option.data(), script.data(), nullptr};
    BOOST_REQUIRE(g_spawn_async(
        nullptr, args.data(), nullptr, G_SPAWN_DO_NOT_REAP_CHILD, nullptr, nullptr, &child, nullptr
    ));
    int status = -1;
    auto* const source = g_child_watch_source_new(child);
    const GChildWatchFunc ended = [](GPid, gint how, gpointer place) {
        *static_cast<int*>(place) = how;
    };
    g_source_set_callback(source, G_SOURCE_FUNC(ended), &status, nullptr);
    g_source_attach(source, context);
    g_source_unref(source);
    until([&] { return status >= 0; });
    BOOST_TEST(WEXITSTATUS(status) == 7);
}

BOOST_AUTO_TEST_CASE(a_descriptor_is_watched_also_when_its_number_stood_for_another_file_before) {
    std::optional<Pipe> pipe{std::in_place};
    const int number = pipe->reader();
    int heard = 0;
    const auto hear = [&] {
        return watch(number, [&] {
            pipe->take();
            ++heard;
            return true;
        });
    };
    auto* source = hear();
    turns();
    const auto replace = [&] {
        g_source_destroy(source);
        pipe.reset();
        pipe.emplace();
        BOOST_REQUIRE(pipe->reader() == number);
        source = hear();
    };
    run(replace);  // in our callback
    turns();
    pipe->put();
    until([&] { return heard == 1; });

    bool replaced = false;
    idle([&] {  // in GLib's
        replace();
        replaced = true;
        return false;
    });
    until([&] { return replaced; });
    turns();
    pipe->put();
    until([&] { return heard == 2; });

    run([&] {  // and in an iteration of which we hear nothing
        replace();
        while (g_main_context_iteration(context, FALSE) != FALSE) {
        }
    });
    turns();
    pipe->put();
    until([&] { return heard == 3; });
    g_source_destroy(source);
}

BOOST_AUTO_TEST_CASE(a_descriptor_closed_too_early_while_a_copy_is_open_does_not_keep_it_busy) {
    Pipe pipe;
    const int copy = ::fcntl(pipe.reader(), F_DUPFD_CLOEXEC, 0);
    auto* const source = watch(pipe.reader(), [] { return true; });
    turns();
    pipe.put();
    pipe.close_reader();  // its source should have gone before
    g_source_destroy(source);
    turns(100);
    TurnCount count{loop};
    run([]() -> Future<void> { co_await gen::sleep(50ms); });
    BOOST_TEST(count.get() < 40);
    ::close(copy);
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_none_does_not_keep_it_busy) {
    static GSourceFuncs nothing{
        [](GSource*, gint*) -> gboolean { return FALSE; },
        [](GSource*) -> gboolean { return FALSE; },
        [](GSource*, GSourceFunc, gpointer) -> gboolean { return TRUE; },
        nullptr,
        nullptr,
        nullptr};
    GPollFD none{-1, G_IO_IN, 0};
    auto* const source = g_source_new(&nothing, sizeof(GSource));
    g_source_add_poll(source, &none);
    g_source_attach(source, context);
    turns();
    TurnCount count{loop};
    run([]() -> Future<void> { co_await gen::sleep(20ms); });
    BOOST_TEST(count.get() < 20);
    g_source_destroy(source);
    g_source_unref(source);
}

BOOST_AUTO_TEST_CASE(a_file_is_always_ready) {
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int ready = 0;
    watch(file, [&] { return ++ready < 3; });
    until([&] { return ready == 3; });
    ::close(file);
}

// Both loops' callbacks, together.

BOOST_AUTO_TEST_CASE(either_loops_callbacks_use_the_other_loop) {
    std::string order;
    timeout(1, [&] {
        order += "g";
        loop.add_callback([&] {
            order += "t";
            idle([&] {
                order += "g";
                loop.call_later(1ms, [&] { order += "t"; });
                return false;
            });
        });
        return false;
    });
    until([&] { return order == "gtgt"; });
}

BOOST_AUTO_TEST_CASE(a_nested_main_loop_holds_ours_up_and_both_go_on) {
    bool nested = false;
    int ours = 0;
    idle([&] {
        auto* const inner = g_main_loop_new(context, FALSE);
        loop.add_callback([&] { ++ours; });
        timeout(5, [&] {
            g_main_loop_quit(inner);
            return false;
        });
        g_main_loop_run(inner);
        nested = true;
        BOOST_TEST(ours == 0);
        g_main_loop_unref(inner);
        return false;
    });
    until([&] { return nested && ours == 1; });
    bool fired = false;
    timeout(1, [&] {
        fired = true;
        return false;
    });
    until([&] { return fired; });
}

BOOST_AUTO_TEST_CASE(sources_may_be_removed_in_any_callback) {
    bool fired = false;
    const auto fire = [&] {
        fired = true;
        return true;
    };
    loop.add_callback([&] { g_source_destroy(timeout(0, fire)); });
    bool removed = false;
    GSource* second = nullptr;
    timeout(0, [&] {
        g_source_destroy(second);
        removed = true;
        return false;
    });
    second = timeout(0, fire);  // in the same iteration, behind it
    until([&] { return removed; });
    turns();
    BOOST_TEST(!fired);
}

// Ownership.

BOOST_AUTO_TEST_CASE(the_context_is_this_threads_and_its_default) {
    BOOST_TEST(g_main_context_is_owner(context));
    BOOST_TEST((g_main_context_get_thread_default() == context));
    bool refused = false;
    std::thread{[&] { refused = g_main_context_acquire(context) == FALSE; }}.join();
    BOOST_TEST(refused);
    glib.reset();
    BOOST_TEST(!g_main_context_is_owner(context));
    BOOST_TEST((g_main_context_get_thread_default() == nullptr));
}

BOOST_AUTO_TEST_CASE(bridges_may_go_in_any_order) {
    auto* const second = g_main_context_new();
    auto* const third = g_main_context_new();
    std::optional<GLibLoop> above{std::in_place, second};
    glib.reset();
    BOOST_TEST((g_main_context_get_thread_default() == second));
    std::optional<GLibLoop> top{std::in_place, third};
    above.reset();
    BOOST_TEST((g_main_context_get_thread_default() == third));
    top.reset();
    BOOST_TEST((g_main_context_get_thread_default() == nullptr));
    g_main_context_unref(second);
    g_main_context_unref(third);
}

BOOST_AUTO_TEST_CASE(a_context_that_another_thread_runs_is_refused) {
    std::string said;
    std::thread{[&] {
        IOLoop other;
        try {
            const GLibLoop second{context};
        } catch (const std::logic_error& error) {
            said = error.what();
        }
    }}.join();
    BOOST_TEST(said.find("another thread runs this GMainContext") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_global_default_context_is_served_when_no_other_is_named) {
    bool fired = false;
    {
        const GLibLoop global;
        BOOST_TEST((global.context() == g_main_context_default()));
        g_timeout_add(
            1,
            [](gpointer flag) -> gboolean {
                *static_cast<bool*>(flag) = true;
                return FALSE;
            },
            &fired
        );
        until([&] { return fired; });
    }
    BOOST_TEST(!g_main_context_is_owner(g_main_context_default()));
}

// How it ends.

BOOST_AUTO_TEST_CASE(run_is_done_when_the_main_loop_is_told_to_quit) {
    const MainLoop main_loop{context};
    timeout(2, [&] {
        g_main_loop_quit(main_loop.loop);
        return false;
    });
    wait(glib->run(main_loop.loop));
    BOOST_TEST(glib->serving());
}

BOOST_AUTO_TEST_CASE(our_callback_or_another_thread_may_tell_it_to_quit) {
    const MainLoop first{context};
    loop.call_later(2ms, [&] { g_main_loop_quit(first.loop); });
    wait(glib->run(first.loop));

    const MainLoop second{context};
    std::thread thread;
    loop.call_later(2ms, [&] { thread = std::thread{[&] { g_main_loop_quit(second.loop); }}; });
    wait(glib->run(second.loop));
    thread.join();
}

BOOST_AUTO_TEST_CASE(several_main_loops_run_at_once_and_quit_in_any_order) {
    const MainLoop first{context};
    const MainLoop second{context};
    auto first_done = glib->run(first.loop);
    auto second_done = glib->run(second.loop);
    loop.call_later(1ms, [&] { g_main_loop_quit(second.loop); });
    wait(std::move(second_done));
    BOOST_TEST(!first_done.done());
    loop.call_later(1ms, [&] { g_main_loop_quit(first.loop); });
    wait(std::move(first_done));
}

BOOST_AUTO_TEST_CASE(run_is_done_at_once_for_a_main_loop_that_has_quit) {
    const MainLoop main_loop{context};
    g_main_loop_quit(main_loop.loop);
    BOOST_TEST(glib->run(main_loop.loop).done());
}

BOOST_AUTO_TEST_CASE(run_refuses_main_loops_of_other_contexts) {
    BOOST_CHECK_THROW(static_cast<void>(glib->run(nullptr)), std::invalid_argument);
    const MainLoop foreign{g_main_context_default()};
    BOOST_CHECK_THROW(static_cast<void>(glib->run(foreign.loop)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_callback_of_glibs_stops_our_loop_and_it_goes_on_when_started_again) {
    bool later = false;
    timeout(1, [&] {
        loop.stop();
        timeout(1, [&] {
            later = true;
            loop.stop();
            return false;
        });
        return false;
    });
    loop.start();
    BOOST_TEST(!later);
    loop.start();
    BOOST_TEST(later);
}

BOOST_AUTO_TEST_CASE(our_loop_may_close_while_sources_are_attached) {
    const MainLoop main_loop{context};
    bool fired = false;
    auto* const source = timeout(0, [&] {
        fired = true;
        return true;
    });
    auto done = glib->run(main_loop.loop);
    loop.close();
    BOOST_TEST(done.cancelled());
    BOOST_TEST(!glib->serving());
    BOOST_TEST(!g_main_context_is_owner(context));
    BOOST_CHECK_THROW(static_cast<void>(glib->run(main_loop.loop)), std::logic_error);
    g_main_context_iteration(context, FALSE);  // GLib's own loop goes on
    BOOST_TEST(fired);
    g_source_destroy(source);
}

BOOST_AUTO_TEST_CASE(it_may_go_in_a_callback_of_glibs_and_another_comes) {
    idle([&] {
        glib.reset();
        return false;
    });
    until([&] { return !glib; });
    BOOST_TEST(!g_main_context_is_owner(context));
    bool fired = false;
    timeout(1, [&] {
        fired = true;
        return false;
    });
    run([]() -> Future<void> { co_await gen::sleep(5ms); });
    BOOST_TEST(!fired);
    glib.emplace(context);
    until([&] { return fired; });
}

BOOST_AUTO_TEST_CASE(a_closed_loop_serves_none) {
    glib.reset();
    loop.close();
    BOOST_CHECK_THROW(GLibLoop{context}, std::logic_error);
    BOOST_TEST(!g_main_context_is_owner(context));
}

BOOST_AUTO_TEST_SUITE_END()

#endif
