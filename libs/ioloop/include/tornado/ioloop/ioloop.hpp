#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/callback.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/events.hpp"
#include "tornado/ioloop/executor.hpp"
#include "tornado/ioloop/job.hpp"
#include "tornado/util/scope_exit.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::ioloop {

/// An operation took longer than it was allowed to. Mirrors `tornado.util.TimeoutError`.
class TimeoutError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;
using TimePoint = Clock::time_point;

/// Names a timeout, to take it back. Default-constructed it names none.
class Timeout {
public:
    Timeout() = default;

private:
    friend class IOLoop;
    friend class TimerHeap;
    Timeout(std::uint32_t slot, std::uint32_t generation) : slot_{slot}, generation_{generation} {}
    std::uint32_t slot_ = 0;
    std::uint32_t generation_ = 0;
};

using FdHandler = util::UniqueFunction<void(int fd, Events events)>;

/// Wraps a callable that is called again and again so that each future that it returns keeps it.
template <typename F>
FdHandler keep_while_pending(F handler) {
    if constexpr (concurrent::is_future<std::decay_t<std::invoke_result_t<F&, int, Events>>>) {
        return [owner = std::make_shared<F>(std::move(handler))](int fd, Events events) {
            const auto started = (*owner)(fd, events);
            watch_outcome(started, owner);
        };
    } else {
        return FdHandler{std::move(handler)};
    }
}

class LoopClock;
class LoopOrder;
class Poller;

/// An event loop: callbacks, timers, descriptors and other threads' work, all run on one thread, in
/// order.
///
/// One loop a thread; current() makes the thread's loop when it has none. What callbacks throw is
/// logged to `tornado.application` and the loop goes on. A callable given to the loop is kept until
/// the future that it returned has settled.
///
/// Ownership: a loop owns what is pending; close() cancels it. It is destroyed on the thread that
/// made it, which is otherwise left with a loop that there is not.
/// Thread safety: add_callback() and stop() may be called from any thread, all else from the loop's
/// own. Mirrors `tornado.ioloop.IOLoop`.
class IOLoop {
public:
    IOLoop();
    ~IOLoop();
    IOLoop(const IOLoop&) = delete;
    IOLoop& operator=(const IOLoop&) = delete;

    /// This thread's loop, made now if there is none.
    static IOLoop& current();
    /// This thread's loop, or null. (Mirrors `current(instance=False)`.)
    [[nodiscard]] static IOLoop* current_or_null() noexcept;
    /// Mirrors `IOLoop.instance`, which Tornado has made an alias of `current`.
    static IOLoop& instance() { return current(); }
    /// Makes this the thread's loop.
    void make_current();

    /// Runs until stop(). Throws std::logic_error when it is running already, closes or is closed.
    void start();
    /// Ends start() once the callbacks of this turn have run; before a start(), makes that return
    /// at once.
    void stop();
    [[nodiscard]] bool running() const noexcept;
    /// Cancels what is pending, lets coroutines unwind, and drops the rest. The loop must not be
    /// running. Callbacks that arrive later are dropped silently, and so are timeouts. Called by
    /// what it unwinds or drops, it does nothing.
    void close();

    /// Runs `function` in the loop until the future it returns is done, and returns its result.
    /// Throws what it threw; TimeoutError after `timeout` (the work is cancelled);
    /// std::runtime_error when the loop was stopped before the end.
    template <typename F>
    auto run_sync(F&& function, std::optional<Duration> timeout = std::nullopt);

    /// Runs `callback` in the next turn. The one call that other threads may make.
    template <typename F>
    void add_callback(F&& callback) {
        if (is_here()) {
            schedule(*new CallbackTask<std::decay_t<F>>(std::forward<F>(callback)));
        } else {
            push_callback(keep_until_done(std::forward<F>(callback)));
        }
    }
    /// The same. Mirrors `IOLoop.spawn_callback`.
    template <typename F>
    void spawn_callback(F&& callback) {
        add_callback(std::forward<F>(callback));
    }
    /// Calls `callback(future)` in a later turn once the future is done. Mirrors
    /// `IOLoop.add_future`.
    template <typename T, typename F>
    void add_future(const Future<T>& future, F callback) {
        future.add_done_callback(std::move(callback));
    }

    template <typename F>
    Timeout call_later(Duration delay, F&& callback) {
        return call_at(time_after(delay), std::forward<F>(callback));
    }
    template <typename F>
    Timeout call_at(TimePoint when, F&& callback) {
        return push_timeout(when, keep_until_done(std::forward<F>(callback)));
    }
    /// Takes a timeout back; harmless when it has run already.
    void remove_timeout(Timeout timeout) noexcept;

    /// Watches a descriptor: `handler(fd, events)` runs in every turn in which it is ready. The
    /// descriptor stays the caller's, who removes the handler before closing it. Throws
    /// std::invalid_argument when it is watched already and std::system_error when it cannot be
    /// watched (a regular file, say).
    template <typename F>
    void add_handler(int fd, F handler, Events events) {
        push_handler(fd, keep_while_pending(std::move(handler)), events);
    }
    /// Changes the events. Throws std::invalid_argument for a descriptor that is not watched.
    void update_handler(int fd, Events events);
    /// Stops watching; a descriptor that is not watched is ignored.
    void remove_handler(int fd) noexcept;

    /// Runs `function(args...)` on the loop's default executor, a ThreadPoolExecutor unless
    /// set_default_executor() says otherwise; the future has its result. Arguments are taken by
    /// value. A call that has begun cannot be cancelled; one that has not is skipped. The values of
    /// stack_context go along, as copies.
    template <typename F, typename... Args>
    requires std::is_invocable_v<F, Args...>
    auto run_in_executor(F function, Args... args) {
        return run_on(nullptr, std::move(function), std::move(args)...);
    }
    /// The same on another executor, which may go before the call is over: one that it drops is
    /// cancelled. Throws what its submit() throws.
    template <typename F, typename... Args>
    requires std::is_invocable_v<F, Args...>
    auto run_in_executor(Executor& executor, F function, Args... args) {
        return run_on(&executor, std::move(function), std::move(args)...);
    }
    /// Replaces the executor of run_in_executor(); null makes it the loop's own again. The former
    /// one is let go: if nobody else holds it, that waits for its calls. Mirrors
    /// `IOLoop.set_default_executor`.
    void set_default_executor(std::shared_ptr<Executor> executor);

    /// The loop's clock: what call_at() counts on. It never goes backwards.
    [[nodiscard]] TimePoint time() const noexcept;
    /// When `delay` will have passed on it; TimePoint::max() when that is beyond all time.
    [[nodiscard]] TimePoint time_after(Duration delay) const noexcept {
        const auto now = time();
        return delay < TimePoint::max() - now ? now + delay : TimePoint::max();
    }

    /// Replaces what is done with the exceptions of callbacks (null: log them). It does not see
    /// CancelledError. Mirrors `handle_callback_exception`.
    void set_exception_handler(util::UniqueFunction<void(std::exception_ptr)> handler);

    /// The coarse clock of connections' deadlines; see Deadline.
    [[nodiscard]] DeadlineWheel& deadlines() noexcept;
    /// Where streams watch their descriptors; see Poller.
    [[nodiscard]] Poller& poller() noexcept;

    /// For bridges: waits for something that comes from elsewhere. Meanwhile there is work for an
    /// io_context that the program runs itself.
    [[nodiscard]] Ticket expect(Pending& pending);

    /// For tests: another clock, or another order of what may come in any (null: the loop's own
    /// again); see loop_control.hpp. Both stay their makers'. A clock goes on from the time that
    /// set_clock() returns, the next at which deadlines() tick; it cannot come while the loop runs.
    /// set_order() returns the former one.
    TimePoint set_clock(LoopClock* clock);
    LoopOrder* set_order(LoopOrder* order) noexcept;

    class Impl;
    /// For the bridge to Asio.
    explicit IOLoop(std::unique_ptr<Impl> impl);
    [[nodiscard]] Impl& impl() noexcept { return *impl_; }

private:
    static void set_current(IOLoop* loop) noexcept;
    template <typename F>
    void as_current(F&& function);
    /// Whether this is the thread that runs it, and it is not closed.
    [[nodiscard]] bool is_here() const noexcept;
    void schedule(concurrent::Task& task) noexcept;
    void push_callback(Callback callback);
    Timeout push_timeout(TimePoint when, Callback callback);
    void push_handler(int fd, FdHandler handler, Events events);
    template <typename F, typename... Args>
    auto run_on(Executor* executor, F function, Args... args);
    void submit(Executor* executor, std::shared_ptr<Job> job, Pending& outcome);
    [[noreturn]] static void fail_timed_out(Duration timeout);
    [[noreturn]] static void fail_stopped_early();

    std::unique_ptr<Impl> impl_;
    IOLoop* older_;  // the thread's next loop, newest first
};

namespace detail {

/// What run_sync() shares with the callbacks that it leaves in the loop, and which may come too
/// late.
template <typename F, typename R>
struct SyncRun {
    F function;
    std::optional<R> future;
    std::exception_ptr error;
    bool waiting = true;
    bool timed_out = false;
};

}  // namespace detail

template <typename F>
auto IOLoop::run_sync(F&& function, std::optional<Duration> timeout) {
    using R = std::decay_t<std::invoke_result_t<F&>>;
    if constexpr (!concurrent::is_future<R>) {
        return run_sync([&]() -> Future<R> { co_return function(); }, timeout);
    } else {
        using Run = detail::SyncRun<std::decay_t<F>, R>;
        const std::shared_ptr<Run> run{new Run{std::forward<F>(function), {}, {}}};
        add_callback([this, run] {
            if (!run->waiting) {
                return;
            }
            try {
                run->future.emplace(run->function());
            } catch (...) {
                run->error = std::current_exception();
                stop();
                return;
            }
            run->future->add_done_callback([this, run] {
                if (run->waiting) {
                    stop();
                }
            });
        });
        Timeout alarm;
        if (timeout) {
            alarm = call_later(*timeout, [this, run] {
                run->timed_out = true;
                if (!run->future || !run->future->cancel()) {
                    stop();
                }
            });
        }
        // However it ends: the future goes to the caller, the function stays with what it started.
        std::optional<R> future;
        {
            const util::ScopeExit leave{[&] {
                run->waiting = false;
                remove_timeout(alarm);
                future.swap(run->future);
            }};
            start();
        }
        if (run->error) {
            std::rethrow_exception(run->error);
        }
        if (!future || !future->done() || future->cancelled()) {
            if (run->timed_out) {
                fail_timed_out(*timeout);
            }
            if (!future || !future->done()) {
                fail_stopped_early();
            }
        }
        using T = typename R::value_type;
        if constexpr (std::is_void_v<T>) {
            future->result();
        } else {
            static_cast<void>(future->result());
            return T(future->state()->take_value());
        }
    }
}

template <typename F, typename... Args>
auto IOLoop::run_on(Executor* executor, F function, Args... args) {
    using R = std::invoke_result_t<F, Args...>;
    static_assert(
        !concurrent::is_future<std::decay_t<R>>,
        "a Future never leaves its thread: give the executor a plain function"
    );
    auto job = std::make_shared<CallJob<R, F, Args...>>(std::move(function), std::move(args)...);
    auto* const outcome = new CallOutcome<R>(job);
    auto future = outcome->future();
    submit(executor, std::move(job), *outcome);
    return future;
}

}  // namespace tornado::ioloop
