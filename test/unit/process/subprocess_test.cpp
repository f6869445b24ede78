#include <tornado/process/subprocess.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "failing_watch.hpp"
#include "subprocess_support.hpp"

namespace data = boost::unit_test::data;

namespace {

using tornado::Future;
using tornado::Promise;
using tornado::ioloop::IOLoop;
using tornado::process::CalledProcessError;
using tornado::process::Subprocess;
using tornado::process::SubprocessOptions;

/// Whether the kernel has pidfds.
const bool kernels[] = {true, false};

BOOST_FIXTURE_TEST_SUITE(subprocess, ProcessFixture)

// Its end

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    wait_for_exit_gives_the_exit_status,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    Subprocess process{{"true"}};
    BOOST_TEST(!process.returncode().has_value());
    BOOST_TEST(wait(process.wait_for_exit()) == 0);
    BOOST_TEST(process.returncode().value() == 0);
    BOOST_TEST(wait(process.wait_for_exit()) == 0);  // again
}

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    another_status_than_0_raises_an_error,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    Subprocess process{shell("exit 3")};
    BOOST_CHECK_EXCEPTION(
        wait(process.wait_for_exit()),
        CalledProcessError,
        [](const CalledProcessError& error) {
            return error.returncode() == 3 && error.cmd() == shell("exit 3") &&
                   error.what() == std::string{"the command '/bin/sh -c exit 3' returned 3"};
        }
    );
    BOOST_CHECK_THROW(wait(process.wait_for_exit()), CalledProcessError);  // again
}

BOOST_AUTO_TEST_CASE(another_status_than_0_is_given_when_no_error_shall_be_raised) {
    Subprocess process{shell("exit 3")};
    BOOST_TEST(wait(process.wait_for_exit(false)) == 3);
    BOOST_TEST(process.returncode().value() == 3);
}

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    a_signal_that_kills_it_is_a_negative_status,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    Subprocess process{{"sleep", "1000"}};
    process.send_signal(SIGTERM);
    BOOST_TEST(wait(process.wait_for_exit(false)) == -SIGTERM);
    BOOST_CHECK_EXCEPTION(
        wait(process.wait_for_exit()),
        CalledProcessError,
        [](const CalledProcessError& error) {
            return error.returncode() == -SIGTERM &&
                   error.what() == std::string{"the command 'sleep 1000' was killed by signal 15"};
        }
    );
}

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    the_exit_callback_gets_the_status,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    Subprocess process{shell("exit 4")};
    std::optional<int> status;
    process.set_exit_callback([&](int returncode) { status = returncode; });
    until([&] { return status.has_value(); });
    BOOST_TEST(*status == 4);
    BOOST_TEST(process.returncode().value() == 4);
}

BOOST_AUTO_TEST_CASE(there_is_one_exit_callback) {
    Waiter waiter;
    Order calls;
    waiter.process().set_exit_callback([&](int) { calls.emplace_back("first"); });
    waiter.process().set_exit_callback([&](int) { calls.emplace_back("second"); });
    waiter.let_go();
    wait(waiter.process().wait_for_exit());
    turns();
    BOOST_TEST(calls == Order{"second"});
}

BOOST_AUTO_TEST_CASE(an_exit_callback_can_be_taken_back) {
    Waiter waiter;
    waiter.process().set_exit_callback([](int) { BOOST_TEST(false); });
    waiter.process().set_exit_callback(nullptr);
    waiter.let_go();
    wait(waiter.process().wait_for_exit());
    turns();
}

BOOST_AUTO_TEST_CASE(an_exit_callback_that_is_set_after_the_end_is_called_from_the_loop) {
    Subprocess process{{"true"}};
    wait(process.wait_for_exit());
    bool called = false;
    process.set_exit_callback([&](int) { called = true; });
    BOOST_TEST(!called);
    until([&] { return called; });
}

BOOST_AUTO_TEST_CASE(an_exit_callback_that_is_a_coroutine_keeps_its_captures) {
    Subprocess process{{"true"}};
    std::string seen;
    process.set_exit_callback([&seen, word = std::string(100, 'w')](int) -> Future<void> {
        co_await tornado::gen::moment();
        seen = word;
    });
    until([&] { return !seen.empty(); });
    BOOST_TEST(seen == std::string(100, 'w'));
}

BOOST_AUTO_TEST_CASE(what_an_exit_callback_throws_is_logged) {
    const LogCapture log;
    Subprocess process{{"true"}};
    process.set_exit_callback([](int) { throw std::runtime_error{"of the callback"}; });
    until([&] { return log.size() > 0; });
    BOOST_TEST(log.count("of the callback") == 1);
}

BOOST_AUTO_TEST_CASE(several_may_wait) {
    Waiter waiter{"exit 5"};
    const auto first = waiter.process().wait_for_exit(false);
    const auto second = waiter.process().wait_for_exit(true);
    waiter.let_go();
    BOOST_TEST(wait(first) == 5);
    BOOST_CHECK_THROW(wait(second), CalledProcessError);
}

BOOST_AUTO_TEST_CASE(cancelling_withdraws_one_waiting_and_leaves_the_process) {
    Waiter waiter{"exit 5"};
    const auto cancelled = waiter.process().wait_for_exit();
    const auto other = waiter.process().wait_for_exit(false);
    BOOST_TEST(cancelled.cancel());
    BOOST_TEST(cancelled.cancelled());
    turns();
    BOOST_TEST(!waiter.process().returncode().has_value());
    waiter.let_go();
    BOOST_TEST(wait(other) == 5);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_waits_can_be_cancelled) {
    Waiter waiter;
    const auto coroutine = [](Subprocess& process) -> Future<int> {
        co_return co_await process.wait_for_exit();
    }(waiter.process());
    coroutine.cancel();
    BOOST_CHECK_THROW(wait(coroutine), tornado::CancelledError);
    BOOST_TEST(!waiter.process().returncode().has_value());
    waiter.let_go();
    BOOST_TEST(wait(waiter.process().wait_for_exit()) == 0);
}

BOOST_AUTO_TEST_CASE(a_temporary_may_be_awaited) {
    const Words words = shell("exit 6");
    const auto status =
        run([&]() -> Future<int> { co_return co_await Subprocess(words).wait_for_exit(false); });
    BOOST_TEST(status == 6);
}

BOOST_AUTO_TEST_CASE(when_somebody_else_has_waited_it_is_a_failure_and_said) {
    const LogCapture log;
    Subprocess process{{"true"}};
    BOOST_REQUIRE(::waitpid(process.pid(), nullptr, 0) == process.pid());
    BOOST_TEST(wait(process.wait_for_exit(false)) == 255);
    BOOST_TEST(log.count("somebody else has waited for it") == 1);
}

// Signals

BOOST_DATA_TEST_CASE_F(ProcessFixture, send_signal_reaches_it, data::make(kernels), pidfds) {
    const Pidfds kernel{pidfds};
    const Pipe ready;
    Subprocess process{
        shell("trap 'exit 7' USR1; echo; while :; do sleep 0.01; done"),
        {.stdout_ = ready.writer()}};
    ready.take();
    process.send_signal(SIGUSR1);
    BOOST_TEST(wait(process.wait_for_exit(false)) == 7);
}

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    a_signal_after_the_end_does_nothing,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    Subprocess process{{"true"}};
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOWAIT);
    process.send_signal(SIGTERM);  // dead, but not seen yet
    BOOST_TEST(wait(process.wait_for_exit(false)) == 0);
    process.send_signal(SIGTERM);
}

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    a_signal_that_there_is_not_is_refused,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    Waiter waiter;
    BOOST_CHECK_EXCEPTION(
        waiter.process().send_signal(1000),
        std::system_error,
        [](const std::system_error& error) { return error.code() == std::errc::invalid_argument; }
    );
    waiter.let_go();
    wait(waiter.process().wait_for_exit());
}

// Lifetimes

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    destroyed_it_leaves_the_process_to_the_loop,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    watch_a_first_one();
    const auto descriptors = open_descriptors();
    std::optional<int> status;
    std::optional<Future<int>> future;
    {
        Waiter waiter{"exit 8"};
        waiter.process().set_exit_callback([&](int returncode) { status = returncode; });
        future = waiter.process().wait_for_exit(false);
        waiter.let_go();
    }
    until([&] { return status.has_value(); });
    BOOST_TEST(*status == 8);
    BOOST_TEST(future->result() == 8);
    BOOST_TEST(!has_children());
    turns();
    BOOST_TEST(open_descriptors() == descriptors);
}

BOOST_AUTO_TEST_CASE(it_can_be_moved_while_somebody_waits) {
    Waiter waiter{"exit 9"};
    auto future = waiter.process().wait_for_exit(false);
    Subprocess moved{std::move(waiter.process())};
    Subprocess other{{"true"}};
    other = std::move(moved);
    waiter.let_go();
    BOOST_TEST(wait(future) == 9);
    BOOST_TEST(other.returncode().value() == 9);
    until([] { return !has_children(); });
}

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    what_a_closed_loop_leaves_the_next_one_reaps,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    pid_t pid = -1;
    {
        IOLoop dying;
        const Subprocess process{{"sleep", "1000"}};
        pid = process.pid();
    }
    ::kill(pid, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
    BOOST_TEST(has_children());
    Subprocess next{{"true"}};
    wait(next.wait_for_exit());
    BOOST_TEST(!has_children());
}

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    what_has_ended_when_its_loop_closes_is_reaped,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    {
        IOLoop dying;
        const Subprocess process{{"true"}};
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOWAIT);
    }
    BOOST_TEST(!has_children());
}

BOOST_DATA_TEST_CASE_F(ProcessFixture, it_may_outlive_its_loop, data::make(kernels), pidfds) {
    const Pidfds kernel{pidfds};
    const auto descriptors = open_descriptors();
    {
        std::optional<IOLoop> dying{std::in_place};
        Subprocess process{{"sleep", "1000"}};
        process.set_exit_callback([](int) { BOOST_TEST(false); });
        const auto future = process.wait_for_exit();
        auto coroutine = [](Subprocess& awaited) -> Future<void> {
            co_await awaited.wait_for_exit();
        }(process);
        dying.reset();
        BOOST_TEST(future.done());
        static_cast<void>(future.exception());
        BOOST_TEST(coroutine.cancelled());
        BOOST_CHECK_THROW(process.wait_for_exit().ignore(), std::logic_error);
        process.send_signal(SIGKILL);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOWAIT);
    }
    BOOST_TEST(!has_children());
    BOOST_TEST(open_descriptors() == descriptors);
}

BOOST_AUTO_TEST_CASE(one_that_outlives_its_loop_can_still_be_asked_how_it_ended) {
    std::optional<IOLoop> dying{std::in_place};
    Subprocess process{{"sleep", "1000"}};
    dying.reset();
    BOOST_TEST(!process.returncode().has_value());
    process.send_signal(SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(process.pid()), &info, WEXITED | WNOWAIT);
    BOOST_TEST(process.returncode().value() == -SIGKILL);
    BOOST_TEST(!has_children());
}

constexpr tornado::stack_context::Key<std::string> request;

BOOST_AUTO_TEST_CASE(an_exit_callback_runs_in_the_context_that_set_it) {
    using tornado::stack_context::StackContext;
    std::optional<Subprocess> process;
    {
        const StackContext context{request, "making"};
        process.emplace(Words{"true"});
    }
    Promise<std::string> seen;
    {
        const StackContext context{request, "asking"};
        process->set_exit_callback([&seen](int) {
            const auto* const value = tornado::stack_context::get(request);
            seen.set_result(value != nullptr ? *value : "none");
        });
    }
    BOOST_TEST(wait(seen.future()) == "asking");
}

// Many

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    a_thousand_leave_nothing_behind,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    watch_a_first_one();
    const auto descriptors = open_descriptors();
    const Words program{"true"};
    SubprocessOptions options;
    options.stdin_ = options.stdout_ = options.stderr_ = Subprocess::STREAM;
    const auto some = [&](int count) -> Future<int> {
        int sum = 0;
        for (int i = 0; i < count; ++i) {
            Subprocess process(program, options);
            sum += co_await process.wait_for_exit();
        }
        co_return sum;
    };
    auto all = run([&]() -> Future<int> {
        std::vector<Future<int>> tasks;
        for (int i = 0; i < 10; ++i) {
            tasks.push_back(some(100));
        }
        int sum = 0;
        for (auto& task : tasks) {
            sum += co_await task;
        }
        co_return sum;
    });
    BOOST_TEST(all == 0);
    BOOST_TEST(!has_children());
    turns();
    BOOST_TEST(open_descriptors() == descriptors);
}

BOOST_AUTO_TEST_CASE(a_thousand_that_cannot_be_started_leave_nothing_behind) {
    watch_a_first_one();
    const auto descriptors = open_descriptors();
    SubprocessOptions options;
    options.stdin_ = options.stdout_ = options.stderr_ = Subprocess::STREAM;
    for (int i = 0; i < 500; ++i) {
        BOOST_REQUIRE_THROW(Subprocess(Words(1, "no-such-program"), options), std::system_error);
        BOOST_REQUIRE_THROW(Subprocess(Words(1, "/no/such/program"), options), std::system_error);
    }
    BOOST_TEST(!has_children());
    BOOST_TEST(open_descriptors() == descriptors);
}

/// While it lives, one of the variables of failing_watch.hpp says what fails.
class Failure {
public:
    Failure(int& variable, int error) : variable_{variable} { variable_ = error; }
    ~Failure() { variable_ = 0; }
    Failure(const Failure&) = delete;
    Failure& operator=(const Failure&) = delete;

private:
    int& variable_;
};

BOOST_AUTO_TEST_CASE(one_that_cannot_be_watched_is_killed_and_leaves_nothing_behind) {
    watch_a_first_one();
    const auto descriptors = open_descriptors();
    SubprocessOptions options;
    options.stdin_ = options.stdout_ = options.stderr_ = Subprocess::STREAM;
    const auto refuses = [&](int& variable, int error) {
        const Failure failure{variable, error};
        BOOST_CHECK_EXCEPTION(
            Subprocess({"sleep", "1000"}, options),
            std::system_error,
            [error](const std::system_error& thrown) { return thrown.code().value() == error; }
        );
        BOOST_TEST(!has_children());
    };
    refuses(watch_error, ENOSPC);
    {
        const Pidfds kernel{false};
        refuses(eventfd_error, EMFILE);
        refuses(watch_error, ENOSPC);
    }
    BOOST_TEST(open_descriptors() == descriptors);
    Subprocess next{{"true"}};
    wait(next.wait_for_exit());
}

BOOST_DATA_TEST_CASE_F(
    ProcessFixture,
    loops_on_several_threads_watch_each_their_own,
    data::make(kernels),
    pidfds
) {
    const Pidfds kernel{pidfds};
    std::array<int, 4> sums{};
    {
        std::vector<std::jthread> threads;
        for (auto& sum : sums) {
            threads.emplace_back([&sum] {
                IOLoop own;
                const auto work = [&sum]() -> Future<void> {
                    for (int i = 1; i <= 20; ++i) {
                        Subprocess process(shell("exit " + std::to_string(i)));
                        sum += co_await process.wait_for_exit(false);
                    }
                };
                own.run_sync(work, much_too_long);
            });
        }
    }
    BOOST_TEST(sums == (std::array<int, 4>{210, 210, 210, 210}));
    BOOST_TEST(!has_children());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
