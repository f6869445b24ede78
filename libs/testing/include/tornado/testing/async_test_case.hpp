#pragma once

#include <exception>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::testing {

/// How long a test may wait: the environment variable ASYNC_TEST_TIMEOUT in seconds, or 5 s when it
/// is absent or no positive number. Mirrors `tornado.testing.get_async_test_timeout`.
[[nodiscard]] ioloop::Duration get_async_test_timeout();

/// A test with a loop of its own: a base for fixtures.
///
/// The loop is the thread's current one while the test lives. What its callbacks throw in the
/// background ends the present run(), or else the test: nothing gets lost in a log. Frameworks call
/// teardown() after the test; Boost.Test does so by itself for its fixtures.
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
    /// ioloop::TimeoutError after `timeout`.
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
    bool running_ = false;
};

/// While it lives, an exception in the background stops the loop.
class AsyncTestCase::Running {
public:
    explicit Running(AsyncTestCase& test) noexcept : test_{test} { test_.running_ = true; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { test_.running_ = false; }

private:
    AsyncTestCase& test_;
};

template <typename F>
auto AsyncTestCase::run(F&& work, ioloop::Duration timeout) {
    if constexpr (concurrent::is_future<std::decay_t<F>>) {
        return run([future = std::forward<F>(work)] { return future; }, timeout);
    } else {
        using R = decltype(loop_.run_sync(std::forward<F>(work), timeout));
        try {
            const Running scope{*this};
            rethrow_from_background();
            if constexpr (std::is_void_v<R>) {
                loop_.run_sync(std::forward<F>(work), timeout);
                rethrow_from_background();
                return;
            } else {
                R result = loop_.run_sync(std::forward<F>(work), timeout);
                rethrow_from_background();
                return result;
            }
        } catch (...) {
            rethrow_from_background();  // it explains what came after
            throw;
        }
    }
}

}  // namespace tornado::testing
