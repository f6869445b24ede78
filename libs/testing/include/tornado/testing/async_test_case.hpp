#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::testing {

class RealTimeout;
class ShuffledSchedule;

/// How long a test may wait: the environment variable ASYNC_TEST_TIMEOUT in seconds, or 5 s when it
/// is absent or no positive number. Mirrors `tornado.testing.get_async_test_timeout`.
[[nodiscard]] ioloop::Duration get_async_test_timeout();

/// A test with a loop of its own: a base for fixtures.
///
/// The loop is the thread's current one while the test lives. What its callbacks throw in the
/// background ends the present run(), or else the test: nothing gets lost in a log. Frameworks call
/// teardown() after the test; Boost.Test does so by itself for its fixtures. With ASYNC_TEST_SEED
/// set the loop runs under a ShuffledSchedule.
///
/// Ownership: owns the loop; its destruction cancels whatever the test has left in it.
/// Thread safety: one thread. Mirrors `tornado.testing.AsyncTestCase` and `gen_test`.
///
///     BOOST_FIXTURE_TEST_CASE(sleeps, testing::AsyncTestCase) {
///         run([] { return gen::sleep(1ms); });
///     }
class AsyncTestCase {
public:
    AsyncTestCase();
    AsyncTestCase(const AsyncTestCase&) = delete;
    AsyncTestCase& operator=(const AsyncTestCase&) = delete;
    virtual ~AsyncTestCase();

    [[nodiscard]] ioloop::IOLoop& io_loop() noexcept { return loop_; }

    /// Runs the loop until `work` is done, and returns its result: a future, or a callable, which
    /// may be a coroutine and is called inside the loop.
    ///
    /// Throws what the work threw; what a callback threw in the background meanwhile or before;
    /// ioloop::TimeoutError after `timeout`, real time also under a VirtualTime: then the work is
    /// cancelled.
    template <typename F>
    auto run(F&& work, ioloop::Duration timeout = get_async_test_timeout());

    /// The end of the test: closes the loop, then throws what a callback threw since the last
    /// run(). Harmless when repeated. Overriders call it in turn.
    virtual void teardown();

protected:
    /// Cancels what is left in the loop. For destructors of derived classes, which come before this
    /// one's.
    void close_loop();

private:
    class Running;
    void caught_in_background(std::exception_ptr error);
    void rethrow_from_background();

    ioloop::IOLoop loop_;
    std::exception_ptr background_;
    Running* running_ = nullptr;
    std::unique_ptr<RealTimeout> limit_;
    std::unique_ptr<ShuffledSchedule> shuffle_;
};

/// While it lives, an exception in the background stops the loop, and so does its time limit.
class AsyncTestCase::Running {
public:
    Running(AsyncTestCase& test, ioloop::Duration timeout);
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running();

    /// The work has begun: it is what the time limit cancels. It stays while the loop runs.
    void began(concurrent::FutureState& work) noexcept { work_ = &work; }
    void time_is_over();
    /// In place of the present exception, if that comes of the time limit.
    void throw_if_timed_out() const;

private:
    AsyncTestCase& test_;
    const ioloop::Duration timeout_;
    concurrent::FutureState* work_ = nullptr;
    bool timed_out_ = false;
    bool gave_up_ = false;
};

template <typename F>
auto AsyncTestCase::run(F&& work, ioloop::Duration timeout) {
    if constexpr (concurrent::is_future<std::decay_t<F>>) {
        return run([future = std::forward<F>(work)] { return future; }, timeout);
    } else {
        using R = decltype(loop_.run_sync(std::forward<F>(work)));
        rethrow_from_background();
        Running running{*this, timeout};
        auto watched = [&running, call = std::decay_t<F>(std::forward<F>(work))]() mutable {
            if constexpr (concurrent::is_future<std::decay_t<decltype(call())>>) {
                auto started = call();
                running.began(*started.state());
                return started;
            } else {
                static_cast<void>(running);  // there is nothing to cancel
                return call();
            }
        };
        try {
            if constexpr (std::is_void_v<R>) {
                loop_.run_sync(std::move(watched));
                rethrow_from_background();
                return;
            } else {
                R result = loop_.run_sync(std::move(watched));
                rethrow_from_background();
                return result;
            }
        } catch (...) {
            rethrow_from_background();  // it explains what came after
            running.throw_if_timed_out();
            throw;
        }
    }
}

}  // namespace tornado::testing
