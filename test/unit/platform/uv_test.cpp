#ifdef TORNADO_HAS_LIBUV

#include <tornado/platform/uv.hpp>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <string>
#include <thread>

#include "../ioloop/support.hpp"
#include "tornado/ioloop/asio_context.hpp"
#include "uv_support.hpp"

namespace {

using tornado::Future;
using tornado::ioloop::IOLoop;
using tornado::platform::UVLoop;
namespace gen = tornado::gen;
using namespace std::chrono_literals;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(uv_loop, UVFixture)

// What is served.

BOOST_AUTO_TEST_CASE(timers_run_at_their_time_and_the_loop_waits_for_them) {
    TurnCount count{loop};
    const auto start = uv_hrtime();
    std::string order;
    timer(40, [&] { order += "b"; });
    timer(20, [&] { order += "a"; });
    BOOST_TEST(!wait(uv->run()));
    BOOST_TEST(order == "ab");
    BOOST_TEST(uv_hrtime() - start >= 39'000'000);  // its clock counts whole milliseconds
    BOOST_TEST(count.get() < 20);
}

BOOST_AUTO_TEST_CASE(a_timer_set_in_our_callback_counts_from_then_although_libuv_has_slept) {
    std::uint64_t set = 0;
    std::uint64_t fired = 0;
    loop.call_later(50ms, [&] {
        set = uv_hrtime();
        timer(20, [&] { fired = uv_hrtime(); });
    });
    run([&]() -> Future<void> {
        while (fired == 0) {
            co_await gen::sleep(1ms);
        }
    });
    BOOST_TEST(fired - set >= 19'000'000);
}

BOOST_AUTO_TEST_CASE(repeating_timers_repeat_and_can_be_stopped) {
    int fired = 0;
    auto& repeating = make(uv_timer_init);
    repeating.function = [&] {
        if (++fired == 5) {
            uv_timer_stop(repeating.get());
        }
    };
    uv_timer_start(repeating.get(), repeating.call, 1, 1);
    BOOST_TEST(!wait(uv->run()));
    BOOST_TEST(fired == 5);
}

BOOST_AUTO_TEST_CASE(a_signal_is_heard_by_whoever_asked_for_it_last) {
    int first = 0;
    int second = 0;
    const auto watch = [&](int& heard) -> UVHandle<uv_signal_t>& {
        auto& handle = make(uv_signal_init);
        handle.function = [&heard] { ++heard; };
        uv_signal_start(
            handle.get(), [](uv_signal_t* its, int) { UVHandle<uv_signal_t>::call(its); }, SIGUSR1
        );
        return handle;
    };
    auto& handle = watch(first);
    std::raise(SIGUSR1);
    until([&] { return first == 1; });
    static volatile std::sig_atomic_t ours = 0;
    const auto before = std::signal(SIGUSR1, [](int) { ours = ours + 1; });
    std::raise(SIGUSR1);
    BOOST_TEST(ours == 1);
    turns();
    BOOST_TEST(first == 1);
    uv_signal_stop(handle.get());
    watch(second);
    std::raise(SIGUSR1);
    until([&] { return second == 1; });
    BOOST_TEST(ours == 1);
    BOOST_TEST(first == 1);
    std::signal(SIGUSR1, before);
}

BOOST_AUTO_TEST_CASE(prepare_and_check_handles_enclose_each_round) {
    std::string phases;
    auto& prepare = make(uv_prepare_init);
    auto& check = make(uv_check_init);
    auto& idle = make(uv_idle_init);
    prepare.function = [&] { phases += "p"; };
    check.function = [&] { phases += "c"; };
    idle.function = [&] { phases += "i"; };
    uv_prepare_start(prepare.get(), prepare.call);
    uv_check_start(check.get(), check.call);
    uv_idle_start(idle.get(), idle.call);
    until([&] { return phases.size() >= 9; });
    BOOST_TEST(phases.substr(0, 9) == "ipcipcipc");
}

BOOST_AUTO_TEST_CASE(idle_handles_run_once_a_turn_and_starve_nobody) {
    int rounds = 0;
    auto& idle = make(uv_idle_init);
    idle.function = [&] { ++rounds; };
    uv_idle_start(idle.get(), idle.call);
    Pipe pipe;
    bool read = false;
    loop.add_handler(
        pipe.reader(),
        [&](int, tornado::ioloop::Events) {
            pipe.take();
            read = true;
        },
        tornado::ioloop::Events::read
    );
    turns(100);
    BOOST_TEST(rounds >= 90);
    BOOST_TEST(rounds <= 110);
    pipe.put();
    until([&] { return read; });
    bool fired = false;
    timer(1, [&] { fired = true; });
    until([&] { return fired; });
    loop.remove_handler(pipe.reader());
}

BOOST_AUTO_TEST_CASE(what_waits_costs_no_turns) {
    make(uv_tcp_init);
    auto& async_handle = async([] {});
    auto& idle = make(uv_idle_init);
    uv_idle_start(idle.get(), idle.call);
    uv_idle_stop(idle.get());
    timer(10'000'000, [] {});
    turns();
    TurnCount count{loop};
    run([]() -> Future<void> { co_await gen::sleep(50ms); });
    BOOST_TEST(count.get() < 10);
    async_handle.close();
}

BOOST_AUTO_TEST_CASE(another_thread_wakes_it_by_uv_async_send) {
    std::thread::id where;
    auto& wakeup = async([&] { where = std::this_thread::get_id(); });
    std::thread thread;
    loop.call_later(1ms, [&] { thread = std::thread{[&] { uv_async_send(wakeup.get()); }}; });
    run([&]() -> Future<void> {
        while (where == std::thread::id{}) {
            co_await gen::sleep(1ms);
        }
    });
    thread.join();
    BOOST_TEST((where == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(handles_that_are_unref_d_are_served_although_they_keep_nothing_alive) {
    bool called = false;
    auto& wakeup = async([&] { called = true; });
    uv_unref(reinterpret_cast<uv_handle_t*>(wakeup.get()));
    turns();
    BOOST_TEST(uv_loop_alive(&uv_loop) == 0);
    TurnCount count{loop};
    run([]() -> Future<void> { co_await gen::sleep(20ms); });
    BOOST_TEST(count.get() < 10);
    std::thread{[&] { uv_async_send(wakeup.get()); }}.join();
    until([&] { return called; });
}

BOOST_AUTO_TEST_CASE(work_on_the_thread_pool_comes_back) {
    struct Work {
        uv_work_t request{};
        std::thread::id worked;
        std::thread::id ended;
    } work;
    work.request.data = &work;
    uv_queue_work(
        &uv_loop,
        &work.request,
        [](uv_work_t* w) { static_cast<Work*>(w->data)->worked = std::this_thread::get_id(); },
        [](uv_work_t* w, int) { static_cast<Work*>(w->data)->ended = std::this_thread::get_id(); }
    );
    BOOST_TEST(!wait(uv->run()));
    BOOST_TEST((work.worked != std::this_thread::get_id()));
    BOOST_TEST((work.ended == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_process_is_heard_of_when_it_ends) {
    struct Child : uv_process_t {
        std::int64_t status = -1;
    } child;
    std::string name = "/bin/sh";
    std::string option = "-c";
    std::string script = "exit 7";
    std::array<char*, 4> args{name.data(), option.data(), script.data(), nullptr};
    uv_process_options_t options{};
    options.file = name.c_str();
    options.args = args.data();
    options.exit_cb = [](uv_process_t* process, std::int64_t status, int) {
        static_cast<Child*>(process)->status = status;
        uv_close(reinterpret_cast<uv_handle_t*>(process), nullptr);
    };
    BOOST_REQUIRE(uv_spawn(&uv_loop, &child, &options) == 0);
    BOOST_TEST(!wait(uv->run()));
    BOOST_TEST(child.status == 7);
}

// Both loops' callbacks, together.

BOOST_AUTO_TEST_CASE(either_loops_callbacks_use_the_other_loop) {
    std::string order;
    timer(1, [&] {
        order += "u";
        loop.add_callback([&] {
            order += "t";
            timer(0, [&] {
                order += "u";
                loop.call_later(1ms, [&] { order += "t"; });
            });
        });
    });
    until([&] { return order == "utut"; });
}

BOOST_AUTO_TEST_CASE(a_uv_poll_handle_started_in_our_callback_is_watched) {
    Pipe pipe;
    char got = 0;
    auto& poll = make(uv_poll_init, pipe.reader());
    poll.function = [&] {
        got = pipe.take();
        uv_poll_stop(poll.get());
    };
    loop.call_later(5ms, [&] {
        uv_poll_start(poll.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
            UVHandle<uv_poll_t>::call(handle);
        });
        loop.call_later(5ms, [&] { pipe.put('z'); });
    });
    run([&]() -> Future<void> {
        while (got == 0) {
            co_await gen::sleep(1ms);
        }
    });
    BOOST_TEST(got == 'z');
}

BOOST_AUTO_TEST_CASE(uv_run_may_be_called_in_our_callback) {
    bool fired = false;
    run([&] {
        timer(1, [&] { fired = true; });
        BOOST_TEST(uv_run(&uv_loop, UV_RUN_DEFAULT) == 0);
        BOOST_TEST(fired);
    });
    fired = false;
    timer(1, [&] { fired = true; });
    until([&] { return fired; });
}

// How it ends.

BOOST_AUTO_TEST_CASE(run_is_done_when_nothing_keeps_the_loop_alive) {
    BOOST_TEST(!wait(uv->run()));
    bool fired = false;
    auto done = uv->run();
    timer(5, [&] { fired = true; });
    BOOST_TEST(!wait(std::move(done)));
    BOOST_TEST(fired);
    BOOST_TEST(uv->serving());
}

BOOST_AUTO_TEST_CASE(uv_stop_in_a_callback_ends_run_and_pauses_the_loop) {
    int fired = 0;
    auto& repeating = make(uv_timer_init);
    repeating.function = [&] {
        if (++fired == 3) {
            uv_stop(&uv_loop);
        }
    };
    uv_timer_start(repeating.get(), repeating.call, 1, 1);
    BOOST_TEST(wait(uv->run()));
    BOOST_TEST(fired == 3);
    BOOST_TEST(!uv->serving());
    run([]() -> Future<void> { co_await gen::sleep(10ms); });
    BOOST_TEST(fired == 3);
    fired = 0;
    BOOST_TEST(wait(uv->run()));  // goes on
    BOOST_TEST(fired == 3);
}

BOOST_AUTO_TEST_CASE(uv_stop_is_heard_in_every_phase) {
    const auto stop = [&] { uv_stop(&uv_loop); };
    timer(10'000'000, [] {});
    timer(0, stop);
    BOOST_TEST(wait(uv->run()));

    auto& idle = make(uv_idle_init);
    idle.function = [&] {
        uv_idle_stop(idle.get());
        stop();
    };
    uv_idle_start(idle.get(), idle.call);
    BOOST_TEST(wait(uv->run()));

    auto& check = make(uv_check_init);
    check.function = [&] {
        uv_check_stop(check.get());
        stop();
    };
    uv_check_start(check.get(), check.call);
    uv->wake();
    BOOST_TEST(wait(uv->run()));

    auto& wakeup = async(stop);
    uv_async_send(wakeup.get());
    BOOST_TEST(wait(uv->run()));

    timer(0, [&] { wakeup.close(stop); });
    BOOST_TEST(wait(uv->run()));
}

BOOST_AUTO_TEST_CASE(uv_stop_is_heard_in_a_timer_at_whatever_moment_it_is_due) {
    timer(10'000'000, [] {});
    auto& due = make(uv_timer_init);
    due.function = [&] { uv_stop(&uv_loop); };
    for (int i = 0; i < 200; ++i) {
        uv_timer_start(due.get(), due.call, 1, 0);
        BOOST_TEST(wait(uv->run()));
    }
}

BOOST_AUTO_TEST_CASE(uv_stop_is_heard_from_the_close_callback_of_what_our_callback_has_closed) {
    auto& quiet = make(uv_tcp_init);
    timer(10'000'000, [] {});
    auto done = uv->run();
    loop.call_later(2ms, [&] { quiet.close([&] { uv_stop(&uv_loop); }); });
    BOOST_TEST(wait(std::move(done)));
}

BOOST_AUTO_TEST_CASE(uv_stop_in_the_last_close_callback_leaves_nothing_behind) {
    auto& last = make(uv_tcp_init);
    auto done = uv->run();
    loop.add_callback([&] { last.close([&] { uv_stop(&uv_loop); }); });
    static_cast<void>(wait(std::move(done)));
    BOOST_TEST(uv_loop_alive(&uv_loop) == 0);
}

BOOST_AUTO_TEST_CASE(uv_stop_in_our_callback_is_heard_too) {
    timer(10'000'000, [] {});
    auto done = uv->run();
    loop.call_later(2ms, [&] { uv_stop(&uv_loop); });
    BOOST_TEST(wait(std::move(done)));
}

BOOST_AUTO_TEST_CASE(uv_stop_before_run_makes_it_done_at_once_as_with_uv_run) {
    bool fired = false;
    uv_stop(&uv_loop);
    timer(0, [&] { fired = true; });
    BOOST_TEST(wait(uv->run()));
    BOOST_TEST(!fired);
    BOOST_TEST(!wait(uv->run()));
    BOOST_TEST(fired);
}

BOOST_AUTO_TEST_CASE(a_callback_of_libuvs_stops_our_loop_and_it_goes_on_when_started_again) {
    bool later = false;
    timer(1, [&] {
        loop.stop();
        timer(1, [&] {
            later = true;
            loop.stop();
        });
    });
    loop.start();
    BOOST_TEST(!later);
    loop.start();
    BOOST_TEST(later);
}

BOOST_AUTO_TEST_CASE(what_is_added_while_our_loop_stands_is_served_when_it_starts) {
    turns();
    bool fired = false;
    timer(1, [&] {
        fired = true;
        loop.stop();
    });
    loop.start();
    BOOST_TEST(fired);
}

BOOST_AUTO_TEST_CASE(our_loop_may_close_while_handles_are_open) {
    make(uv_tcp_init);
    timer(10'000'000, [] {});
    auto done = run([&] { return std::vector{uv->run()}; });
    loop.close();
    BOOST_TEST(done.front().cancelled());
    BOOST_TEST(!uv->serving());
    BOOST_CHECK_THROW(static_cast<void>(uv->run()), std::logic_error);
    bool fired = false;
    timer(0, [&] { fired = true; });
    uv_run(&uv_loop, UV_RUN_NOWAIT);  // libuv's own loop goes on
    BOOST_TEST(fired);
}

BOOST_AUTO_TEST_CASE(it_may_go_before_its_handles_and_another_comes) {
    int fired = 0;
    auto& repeating = make(uv_timer_init);
    repeating.function = [&] { ++fired; };
    uv_timer_start(repeating.get(), repeating.call, 1, 1);
    until([&] { return fired > 0; });
    uv.reset();
    const int before = fired;
    run([]() -> Future<void> { co_await gen::sleep(5ms); });
    BOOST_TEST(fired == before);
    uv.emplace(&uv_loop);
    until([&] { return fired > before; });
}

BOOST_AUTO_TEST_CASE(it_may_go_in_a_callback_of_libuvs) {
    timer(10'000'000, [] {});
    Future<bool> done = uv->run();
    done.ignore();
    timer(1, [&] { uv.reset(); });
    until([&] { return !uv; });
    BOOST_TEST(done.cancelled());
}

BOOST_AUTO_TEST_CASE(a_run_that_is_cancelled_stops_nothing) {
    bool fired = false;
    auto done = uv->run();
    timer(5, [&] { fired = true; });
    run([&] { done.cancel(); });
    until([&] { return fired; });
    BOOST_TEST(!wait(uv->run()));
}

BOOST_AUTO_TEST_CASE(a_program_that_closes_all_it_finds_does_not_find_ours) {
    int found = 0;
    timer(0, [&] {  // in the first phase, while a round has its own handle
        uv_walk(
            &uv_loop, [](uv_handle_t*, void* count) { ++*static_cast<int*>(count); }, &found
        );
    });
    BOOST_TEST(!wait(uv->run()));
    BOOST_TEST(found == 1);
}

BOOST_AUTO_TEST_CASE(it_runs_on_an_io_context_of_the_programs_own) {
    uv_loop_t own;
    uv_loop_init(&own);
    {
        boost::asio::io_context context;
        const auto borrowed = tornado::asio::borrow(context);
        std::optional<UVLoop> served{std::in_place, &own};
        uv_timer_t slow;
        uv_timer_init(&own, &slow);
        slow.data = &served;
        uv_timer_start(
            &slow,
            [](uv_timer_t* timer) {
                uv_close(reinterpret_cast<uv_handle_t*>(timer), [](uv_handle_t* handle) {
                    static_cast<std::optional<UVLoop>*>(handle->data)->reset();
                });
            },
            5,
            0
        );
        context.run();  // until nothing is left
        BOOST_TEST(!served);
    }
    BOOST_TEST(uv_loop_close(&own) == 0);
    loop.make_current();
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_served_already_is_refused) {
    BOOST_CHECK_EXCEPTION(
        tornado::platform::UVLoop{&uv_loop},
        std::logic_error,
        [](const std::logic_error& error) {
            return std::string_view{error.what()}.find("has a UVLoop already") !=
                   std::string_view::npos;
        }
    );
    bool fired = false;
    timer(1, [&] { fired = true; });
    until([&] { return fired; });
}

BOOST_AUTO_TEST_CASE(a_closed_loop_serves_none) {
    uv.reset();
    loop.close();
    BOOST_CHECK_THROW(UVLoop{&uv_loop}, std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

#endif
