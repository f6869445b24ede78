#pragma once

#include <cstddef>
#include <memory>

#include "tornado/util/unique_function.hpp"

namespace tornado::ioloop {

class ThreadPool;

/// Something that runs functions, usually on other threads: for work that would block the loop.
///
/// Give it to IOLoop::run_in_executor(), which brings the result back as a future.
class Executor {
public:
    using Work = util::UniqueFunction<void()>;

    Executor() = default;
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;
    virtual ~Executor() = default;

    /// Runs `work` once, on any thread, now or later; or destroys it, which cancels the call. What
    /// a loop submits does not throw. May throw when it cannot take the work.
    virtual void submit(Work work) = 0;
};

/// An executor with threads of its own, which start as they are needed. First come, first served.
///
/// Destroying it waits for the calls that have begun, and drops (cancels) the others.
///
/// Thread safety: submit() and shutdown() from any thread but its own.
/// Mirrors Python's `concurrent.futures.ThreadPoolExecutor`.
class ThreadPoolExecutor : public Executor {
public:
    /// At most so many threads. Throws std::invalid_argument when that is none. Default:
    /// min(32, cores + 4).
    explicit ThreadPoolExecutor(std::size_t max_workers);
    ThreadPoolExecutor();
    ~ThreadPoolExecutor() override;

    /// What `work` throws is logged. Throws std::logic_error after shutdown(), and
    /// std::system_error when the system has not one thread for it.
    void submit(Work work) override;

    /// Takes no more work, and returns when all that it has is done. With `cancel_futures`, calls
    /// that have not begun are dropped instead.
    void shutdown(bool cancel_futures = false);

private:
    std::unique_ptr<ThreadPool> pool_;
};

/// An executor without threads: submit() runs the work at once, and the future of
/// run_in_executor() is done when that returns. For tests, and for what is fast after all.
/// Mirrors `tornado.concurrent.DummyExecutor`.
class DummyExecutor : public Executor {
public:
    void submit(Work work) override { work(); }
};

/// The one that everybody may use. Mirrors `tornado.concurrent.dummy_executor`.
[[nodiscard]] DummyExecutor& dummy_executor() noexcept;

}  // namespace tornado::ioloop
