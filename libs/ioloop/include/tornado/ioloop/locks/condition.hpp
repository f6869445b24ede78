#pragma once

#include "tornado/ioloop/wait_line.hpp"

namespace tornado::locks {

using ioloop::Duration;
using ioloop::TimePoint;

/// Lets coroutines wait until others notify them. There is no lock with it: nothing else runs
/// between two suspensions.
///
/// Those who wait are notified in the order they came, and go on in a later turn of the loop. As a
/// notification may be passed on (see below), look again at what you waited for.
///
/// Thread safety: one loop, one thread.
/// Cancellation: one who leaves, because it is cancelled, its time is over or its future is
/// dropped, takes no notification with it. One that it had been given, and that nobody has seen
/// when its future is dropped, goes to the next.
/// When it is destroyed, those who still wait are cancelled: they get CancelledError.
/// Mirrors `tornado.locks.Condition`.
///
///     while (jobs.empty()) {
///         co_await arrived.wait();
///     }
class Condition {
public:
    Condition() noexcept = default;
    ~Condition();
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    /// True when notified; false when that takes longer than until `deadline`. One that is over
    /// ends the wait in the next turn of the loop.
    [[nodiscard]] Future<bool> wait(TimePoint deadline = TimePoint::max());
    [[nodiscard]] Future<bool> wait(Duration timeout);

    /// Wakes the `count` who have waited longest.
    void notify(std::size_t count = 1);
    /// Wakes all who wait now.
    void notify_all();

    /// How many wait.
    [[nodiscard]] std::size_t waiters() const noexcept { return line_.size(); }

private:
    class Wait;

    ioloop::WaitLine line_;
    ioloop::WaitLine notified_;  // what must be passed on if it is dropped unseen
};

}  // namespace tornado::locks
