#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/callback.hpp"
#include "tornado/ioloop/deadline.hpp"
#include "tornado/ioloop/events.hpp"
#include "tornado/ioloop/executor.hpp"
#include "tornado/ioloop/fd_handler.hpp"
#include "tornado/ioloop/future_callback.hpp"
#include "tornado/ioloop/job.hpp"
#include "tornado/ioloop/timeout.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::ioloop {

class LoopClock;
class LoopOrder;
class Poller;
class SignalCallback;
struct BlockedCallback;

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

    [[nodiscard]] bool closed() const noexcept;

    /// Runs `function` in the loop until the future it returns is done, and returns its result.
    /// Throws what it threw; what start() throws; TimeoutError after `timeout` (the work is
    /// cancelled); std::runtime_error when the loop was stopped before the end.
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
    /// Calls `callback(future)`, or `callback()`, in a later turn of this loop once the future is
    /// done, whichever loop of the thread is current by then; never when this loop closes first.
    /// (Future::add_done_callback() takes the loop that is current then.) Mirrors
    /// `IOLoop.add_future`.
    template <typename T, typename F>
    void add_future(const Future<T>& future, F callback) {
        FutureCallback<T, F>::start(handle(), future, std::move(callback));
    }

    /// The only call for a POSIX signal's handler: asks for the callback that was prepared outside
    /// of the handler, once for each call. It takes no lock and no memory. Mirrors
    /// `IOLoop.add_callback_from_signal`.
    static void add_callback_from_signal(SignalCallback& callback) noexcept;
    /// Refused: any other callable would need memory, which a handler cannot take.
    template <typename F>
    static void add_callback_from_signal(F&&) {
        static_assert(
            std::is_void_v<F>,
            "a signal handler cannot allocate: prepare a SignalCallback beforehand, and give that"
        );
    }

    /// Runs `callback` once when `delay` has passed; never at once.
    template <typename F>
    Timeout call_later(Duration delay, F&& callback) {
        return call_at(time_after(delay), std::forward<F>(callback));
    }
    /// The same at a time on the scale of time().
    template <typename F>
    Timeout call_at(TimePoint when, F&& callback) {
        return push_timeout(when, keep_until_done(std::forward<F>(callback)));
    }
    /// Either of the two, as its first argument says. Mirrors `IOLoop.add_timeout`.
    template <typename F>
    Timeout add_timeout(Duration delay, F&& callback) {
        return call_later(delay, std::forward<F>(callback));
    }
    template <typename F>
    Timeout add_timeout(TimePoint deadline, F&& callback) {
        return call_at(deadline, std::forward<F>(callback));
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

    /// Does with an exception what the loop does with those of callbacks: asks the hooks of
    /// stack_context, then the handler that the program has set, and otherwise logs it. Mirrors
    /// `IOLoop.handle_callback_exception`, which programs override: here they set the handler.
    void handle_callback_exception(std::exception_ptr error) noexcept;
    /// Replaces what is done with the exceptions of callbacks (null: log them). It does not see
    /// CancelledError.
    void set_exception_handler(util::UniqueFunction<void(std::exception_ptr)> handler);

    /// Logs a warning, with stack and label, while one callback, handler or resumption keeps the
    /// loop for longer than `threshold`; once for each. Nullopt or 0 ends that. How it is done, and
    /// at what cost: see BlockedCallback. Throws std::invalid_argument for a negative threshold,
    /// std::logic_error when the loop is closed or this is not its thread, and std::system_error
    /// when there can be no more threads. Mirrors `IOLoop.set_blocking_log_threshold`.
    void set_blocking_log_threshold(std::optional<Duration> threshold);
    /// The same with an action of the program's instead of the log. It runs on another thread while
    /// the loop is blocked: it must not wait for the loop, and may call nothing of it but
    /// add_callback() and stop(). What it throws is logged. Mirrors
    /// `IOLoop.set_blocking_signal_threshold`, whose action is a signal's handler.
    void set_blocking_signal_threshold(
        std::optional<Duration> threshold,
        util::UniqueFunction<void(const BlockedCallback&)> action
    );
    /// The action of set_blocking_log_threshold(). Mirrors `IOLoop.log_stack`.
    static void log_stack(const BlockedCallback& blocked);

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
    [[nodiscard]] LoopHandle handle() const;
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

}  // namespace tornado::ioloop

// What the templates do that are only declared above.
#include "tornado/ioloop/run_in_executor.hpp"
#include "tornado/ioloop/run_sync.hpp"
