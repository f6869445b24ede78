#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::ioloop {

/// Calls a function again and again, for the first time one period after start().
///
/// The function is any callable; of one that returns a future the next call waits until that is
/// done, so that two never run at once. Calls keep to the rhythm that start() began: when one takes
/// longer than a period, the calls that it has missed are left out, and the next comes on the beat.
/// What a call throws is logged, as for any callback of the loop, and the calls go on.
///
/// Ownership: owns the function. It may be stopped, started again or destroyed at any time, also by
/// the function; a call that has begun goes on to its end, and keeps the function until then.
/// Thread safety: from start() on, one loop's thread. Mirrors `tornado.ioloop.PeriodicCallback`.
///
///     ioloop::PeriodicCallback sweep{[&] { cache.sweep(); }, 10s};
///     sweep.start();
class PeriodicCallback {
public:
    /// `jitter` makes each period longer or shorter by a random part of at most half of it: 0.1
    /// means up to 5 % either way. From then on the beat is that of the last call.
    ///
    /// Throws std::invalid_argument when the period is not positive, or jitter not between 0 and 1.
    template <typename F>
    requires std::is_invocable_v<F&>
    PeriodicCallback(F callback, Duration callback_time, double jitter = 0)
        : PeriodicCallback{callback_time, jitter, as_run(std::move(callback))} {}
    ~PeriodicCallback();
    PeriodicCallback(const PeriodicCallback&) = delete;
    PeriodicCallback& operator=(const PeriodicCallback&) = delete;

    /// Begins, in the thread's current loop. When it is running already, it begins anew.
    void start();
    /// Ends; harmless when it is not running.
    void stop() noexcept;
    [[nodiscard]] bool is_running() const noexcept;
    [[nodiscard]] Duration callback_time() const noexcept;

private:
    using Run = util::UniqueFunction<Future<void>()>;
    class Ticker;

    PeriodicCallback(Duration callback_time, double jitter, Run run);

    template <typename T>
    static Future<void> end_of(Future<T> future) {
        co_await std::move(future);
    }
    template <typename F>
    static Run as_run(F callback) {
        using R = std::decay_t<std::invoke_result_t<F&>>;
        if constexpr (std::is_same_v<R, Future<void>>) {
            return Run{std::move(callback)};
        } else if constexpr (concurrent::is_future<R>) {
            return [callback = std::move(callback)]() mutable { return end_of(callback()); };
        } else {
            return [callback = std::move(callback)]() mutable {
                static_cast<void>(callback());
                return Future<void>::ready();
            };
        }
    }

    std::shared_ptr<Ticker> ticker_;
};

/// The beat after `last` that comes after `now`, on which calls would fall were none missed.
[[nodiscard]] TimePoint next_beat(TimePoint last, TimePoint now, Duration period) noexcept;

/// The period with its jitter; `random` is from 0 to 1.
[[nodiscard]] Duration jittered(Duration period, double jitter, double random) noexcept;

}  // namespace tornado::ioloop
