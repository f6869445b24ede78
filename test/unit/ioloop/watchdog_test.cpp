#include <tornado/ioloop/blocked_callback.hpp>

#include <sys/wait.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "../../../libs/ioloop/src/watchdog.hpp"
#include "support.hpp"
#include "tornado/gen.hpp"
#include "tornado/ioloop.hpp"
#include "tornado/stack_context.hpp"

namespace {

namespace data = boost::unit_test::data;
namespace gen = tornado::gen;
namespace ioloop = tornado::ioloop;
namespace stack_context = tornado::stack_context;
using namespace std::chrono_literals;
using ioloop::BlockDetector;
using ioloop::BlockedCallback;
using ioloop::Events;
using ioloop::IOLoop;
using ioloop::Pulse;
using tornado::Future;
using tornado::Promise;

/// What a loop's watchdog tells.
class Reports {
public:
    explicit Reports(IOLoop& loop) {
        // Long for a callback that does nothing, also on a busy machine.
        loop.set_blocking_signal_threshold(5ms, [this](const BlockedCallback& blocked) {
            const std::lock_guard lock{mutex_};
            all_.push_back(blocked);
            told_.notify_all();
        });
    }

    /// Blocks the calling thread until there are `count`.
    [[gnu::noinline]] void block_until(std::size_t count) {
        std::unique_lock lock{mutex_};
        told_.wait(lock, [&] { return all_.size() >= count; });
    }
    [[nodiscard]] std::vector<BlockedCallback> all() {
        const std::lock_guard lock{mutex_};
        return all_;
    }

private:
    std::mutex mutex_;
    std::condition_variable told_;
    std::vector<BlockedCallback> all_;
};

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

void turn(IOLoop& loop) {
    loop.add_callback([&] { loop.stop(); });
    loop.start();
}

std::ptrdiff_t thread_count() {
    const std::filesystem::directory_iterator tasks{"/proc/self/task"};
    return std::distance(begin(tasks), end(tasks));
}

[[gnu::noinline]] void a_function_that_blocks(Reports& reports, std::size_t count) {
    reports.block_until(count);
    asm volatile("");  // or the call above would take the place of this function's own
}

BOOST_AUTO_TEST_SUITE(watchdog)

BOOST_AUTO_TEST_CASE(a_callback_that_blocks_the_loop_is_told_of_with_its_stack) {
    IOLoop loop;
    Reports reports{loop};
    loop.add_callback([&] { a_function_that_blocks(reports, 1); });
    turn(loop);
    const auto all = reports.all();
    BOOST_REQUIRE(!all.empty());
    BOOST_TEST(all[0].duration.count() >= ioloop::Duration{5ms}.count());
    BOOST_TEST(all[0].label.empty());
    BOOST_TEST(all[0].stack.starts_with("#0 "));
    BOOST_TEST(holds(all[0].stack, "a_function_that_blocks"), all[0].stack);
    BOOST_TEST(holds(all[0].stack, "IOLoop::start()"));
    BOOST_TEST(!holds(all[0].stack, "_Unwind_Backtrace"));
}

BOOST_AUTO_TEST_CASE(also_one_that_only_computes) {
    IOLoop loop;
    std::atomic<bool> told = false;
    std::string stack;
    loop.set_blocking_signal_threshold(5ms, [&](const BlockedCallback& blocked) {
        stack = blocked.stack;
        told = true;
    });
    loop.add_callback([&] {
        while (!told) {
        }
    });
    turn(loop);
    loop.set_blocking_signal_threshold(std::nullopt, nullptr);
    BOOST_TEST(holds(stack, "also_one_that_only_computes"), stack);
}

BOOST_AUTO_TEST_CASE(it_is_logged_with_its_label) {
    LogCapture log;
    IOLoop loop;
    loop.set_blocking_log_threshold(8ms);
    const std::string label = "StoryHandler /story/([0-9]+)";
    const stack_context::LabelScope scope{label};
    loop.add_callback([&] {
        while (log.size() == 0) {
            std::this_thread::yield();
        }
    });
    turn(loop);
    BOOST_TEST(
        log.count("IOLoop blocked for 0.008 seconds in StoryHandler /story/([0-9]+)\n#0 ") == 1
    );
}

BOOST_AUTO_TEST_CASE(without_a_label_the_log_has_the_stack_alone) {
    LogCapture log;
    IOLoop::log_stack({1500ms, "", "#0 main (here+0x1)"});
    BOOST_TEST(log.count("IOLoop blocked for 1.5 seconds\n#0 main (here+0x1)") == 1);
}

BOOST_AUTO_TEST_CASE(of_a_long_label_the_beginning_is_told) {
    IOLoop loop;
    Reports reports{loop};
    const std::string label(1000, 'x');
    const stack_context::LabelScope scope{label};
    loop.add_callback([&] { reports.block_until(1); });
    turn(loop);
    BOOST_TEST(reports.all().at(0).label == std::string(255, 'x'));
}

/// Ways in which the loop comes to run `block`, which stops it.
struct Kind {
    const char* name;
    void (*arrange)(IOLoop& loop, const std::function<void()>& block);
};
std::ostream& operator<<(std::ostream& out, const Kind& kind) {
    return out << kind.name;
}

Future<void> resumed(const std::function<void()>& block) {
    co_await gen::moment();
    block();
}

const Kind kinds[] = {
    {"callback", [](IOLoop& loop, const auto& block) { loop.add_callback(block); }},
    {"timeout", [](IOLoop& loop, const auto& block) { loop.call_later(0ms, block); }},
    {"resumption",
     [](IOLoop& loop, const auto& block) { loop.add_callback([&] { return resumed(block); }); }},
    {"callback of a future",
     [](IOLoop& loop, const auto& block) {
         loop.add_future(Future<int>::ready(1), [&](const auto&) { block(); });
     }},
    {"callback from another thread",
     [](IOLoop& loop, const auto& block) {
         std::thread{[&] { loop.add_callback(block); }}.join();
     }},
    {"handler",
     [](IOLoop& loop, const auto& block) {
         static Pipe pipe;
         pipe.put();
         loop.add_handler(
             pipe.reader(),
             [&](int, Events) {
                 loop.remove_handler(pipe.reader());
                 block();
             },
             Events::read
         );
     }},
};

BOOST_DATA_TEST_CASE(all_that_a_loop_runs_is_watched, data::make(kinds), kind) {
    IOLoop loop;
    Reports reports{loop};
    const std::function<void()> block = [&] {
        a_function_that_blocks(reports, 1);
        loop.stop();
    };
    kind.arrange(loop, block);
    loop.start();
    BOOST_TEST(holds(reports.all().at(0).stack, "a_function_that_blocks"));
}

BOOST_AUTO_TEST_CASE(each_callback_is_told_of_once) {
    IOLoop loop;
    Reports reports{loop};
    loop.add_callback([&] {
        reports.block_until(1);
        std::this_thread::sleep_for(20ms);  // many looks more
    });
    loop.add_callback([&] { a_function_that_blocks(reports, 2); });
    turn(loop);
    const auto all = reports.all();
    BOOST_TEST(all.size() == 2U);
    BOOST_TEST(!holds(all[0].stack, "a_function_that_blocks"));
    BOOST_TEST(holds(all[1].stack, "a_function_that_blocks"));
}

BOOST_AUTO_TEST_CASE(a_loop_that_was_stopped_and_started_again_is_still_watched) {
    IOLoop loop;
    Reports reports{loop};
    loop.run_sync([&] { reports.block_until(1); });
    loop.run_sync([&] { reports.block_until(2); });
    BOOST_TEST(reports.all().size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_thread_that_runs_the_loop_is_the_one_that_is_asked) {
    IOLoop loop;
    Reports reports{loop};
    std::thread{[&] {
        loop.add_callback([&] { a_function_that_blocks(reports, 1); });
        turn(loop);
    }}.join();
    BOOST_TEST(holds(reports.all().at(0).stack, "a_function_that_blocks"));
}

BOOST_AUTO_TEST_CASE(each_loop_has_a_watchdog_of_its_own) {
    const auto run = [](bool& named) {
        IOLoop loop;
        Reports reports{loop};
        for (std::size_t i = 1; i <= 5; ++i) {
            loop.run_sync([&] { a_function_that_blocks(reports, i); });
        }
        named = true;
        for (const auto& blocked : reports.all()) {
            named = named && holds(blocked.stack, "a_function_that_blocks");
        }
        loop.set_blocking_log_threshold(std::nullopt);
    };
    bool first = false;
    bool second = false;
    std::thread one{[&] { run(first); }};
    std::thread two{[&] { run(second); }};
    one.join();
    two.join();
    BOOST_TEST(first);
    BOOST_TEST(second);
}

BOOST_AUTO_TEST_CASE(a_system_call_that_can_go_on_does) {
    IOLoop loop;
    const Pipe pipe;
    loop.set_blocking_signal_threshold(5ms, [&](const BlockedCallback&) { pipe.put('y'); });
    char got = 0;
    loop.run_sync([&] { got = pipe.take(); });  // blocks until then
    BOOST_TEST(got == 'y');
}

BOOST_AUTO_TEST_CASE(a_thread_that_blocks_signals_is_told_of_without_its_stack) {
    IOLoop loop;
    Reports reports{loop};
    loop.run_sync([&] {
        sigset_t all;
        sigset_t former;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &former);
        reports.block_until(1);
        ::pthread_sigmask(SIG_SETMASK, &former, nullptr);  // the question comes too late
    });
    BOOST_TEST(holds(reports.all().at(0).stack, "does not answer"));
    loop.run_sync([&] { a_function_that_blocks(reports, 2); });
    BOOST_TEST(holds(reports.all().at(1).stack, "a_function_that_blocks"));
}

BOOST_AUTO_TEST_CASE(what_the_action_throws_is_logged_and_it_is_called_again) {
    LogCapture log;
    IOLoop loop;
    loop.set_blocking_signal_threshold(5ms, [](const BlockedCallback&) {
        throw std::runtime_error{"in the action"};
    });
    for (std::size_t i = 1; i <= 2; ++i) {
        loop.run_sync([&] {
            while (log.size() < i) {
                std::this_thread::yield();
            }
        });
    }
    BOOST_TEST(log.count("std::runtime_error: in the action") == 2);
}

BOOST_AUTO_TEST_CASE(a_callback_that_blocks_may_switch_it_off) {
    IOLoop loop;
    const auto before = thread_count();
    Reports reports{loop};
    BOOST_TEST(thread_count() == before + 1);
    loop.run_sync([&] {
        reports.block_until(1);
        loop.set_blocking_log_threshold(0s);
    });
    BOOST_TEST(thread_count() == before);
    loop.set_blocking_log_threshold(1h);
    loop.set_blocking_log_threshold(2h);
    BOOST_TEST(thread_count() == before + 1);
    loop.set_blocking_log_threshold(std::nullopt);
    BOOST_TEST(thread_count() == before);
    loop.set_blocking_signal_threshold(std::nullopt, nullptr);
    loop.set_blocking_log_threshold(1h);
    loop.close();
    BOOST_TEST(thread_count() == before);
    loop.set_blocking_log_threshold(std::nullopt);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused) {
    IOLoop loop;
    BOOST_CHECK_THROW(loop.set_blocking_log_threshold(-1ms), std::invalid_argument);
    BOOST_CHECK_THROW(loop.set_blocking_signal_threshold(1s, nullptr), std::invalid_argument);
    loop.close();
    BOOST_CHECK_THROW(loop.set_blocking_log_threshold(1s), std::logic_error);
}

BOOST_AUTO_TEST_CASE(the_action_may_add_a_callback_but_not_change_the_threshold) {
    IOLoop loop;
    std::atomic<bool> refused = false;
    loop.set_blocking_signal_threshold(5ms, [&](const BlockedCallback&) {
        loop.add_callback([&] { loop.stop(); });
        try {
            loop.set_blocking_log_threshold(std::nullopt);
        } catch (const std::logic_error&) {
            refused = true;
        }
    });
    loop.add_callback([&] {
        while (!refused) {
            std::this_thread::yield();
        }
    });
    loop.start();
    BOOST_TEST(refused);
}

BOOST_AUTO_TEST_CASE(a_very_long_threshold_is_no_trouble) {
    IOLoop loop;
    loop.set_blocking_log_threshold(ioloop::Duration::max());
    turn(loop);
}

BOOST_AUTO_TEST_SUITE_END()

#ifndef __SANITIZE_THREAD__  // which does not follow a process with several threads into its child

BOOST_AUTO_TEST_SUITE(watchdog_and_fork)

/// Runs `function` in a child, and returns what it returned; it must be less than 100.
template <typename F>
int in_child(F&& function) {
    const auto child = ::fork();
    if (child == 0) {
        int status = 100;
        try {
            status = function();
        } catch (...) {
        }
        std::_Exit(status);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

BOOST_AUTO_TEST_CASE(a_worker_watches_its_own_loop) {
    const auto work = [] {
        IOLoop loop;
        Reports reports{loop};
        loop.run_sync([&] { a_function_that_blocks(reports, 1); });
        return holds(reports.all().at(0).stack, "a_function_that_blocks") ? 1 : 2;
    };
    BOOST_TEST(in_child(work) == 1);
    IOLoop loop;
    Reports reports{loop};  // the parent may be watched by then
    loop.run_sync([&] { reports.block_until(1); });
    IOLoop::current_or_null()->run_sync([&] { BOOST_TEST(in_child(work) == 1); });
}

BOOST_AUTO_TEST_CASE(a_child_does_not_wait_for_its_parents_watchdog) {
    auto loop = std::make_unique<IOLoop>();
    loop->set_blocking_log_threshold(1h);
    BOOST_TEST(in_child([&] {
                   loop->set_blocking_log_threshold(std::nullopt);
                   return 3;
               }) == 3);
    BOOST_TEST(in_child([&] {
                   loop.reset();
                   return 4;
               }) == 4);
}

BOOST_AUTO_TEST_SUITE_END()

#endif

BOOST_AUTO_TEST_SUITE(block_detector)

BOOST_AUTO_TEST_CASE(tells_when_one_callback_is_seen_again_and_again) {
    Pulse pulse;
    BlockDetector detector{2};
    pulse.beat();
    BOOST_TEST(!detector.look(pulse.count()));
    BOOST_TEST(!detector.look(pulse.count()));
    BOOST_TEST(detector.look(pulse.count()));
    BOOST_TEST(!detector.look(pulse.count()));
    BOOST_TEST(!detector.look(pulse.count()));
}

BOOST_AUTO_TEST_CASE(starts_anew_with_each_callback) {
    Pulse pulse;
    BlockDetector detector{2};
    for (int i = 0; i < 10; ++i) {
        pulse.beat();
        BOOST_TEST(!detector.look(pulse.count()));
        BOOST_TEST(!detector.look(pulse.count()));
        if (i % 2 != 0) {
            pulse.rest();
        }
    }
    BOOST_TEST(!detector.look(pulse.count()));
    pulse.beat();
    BOOST_TEST(!detector.look(pulse.count()));
    BOOST_TEST(!detector.look(pulse.count()));
    BOOST_TEST(detector.look(pulse.count()));
}

BOOST_AUTO_TEST_CASE(does_not_mind_a_loop_that_waits) {
    Pulse pulse;
    BlockDetector detector{1};
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(!detector.look(pulse.count()));
    }
    pulse.beat();
    pulse.rest();
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(!detector.look(pulse.count()));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
