#pragma once

#include "tornado/ioloop/wait_line.hpp"

namespace tornado::locks {

using ioloop::Duration;
using ioloop::TimeoutError;
using ioloop::TimePoint;

/// A flag that coroutines wait for.
///
/// Thread safety: one loop, one thread. Cancellation: a cancelled wait() only leaves.
/// When it is destroyed, those who still wait are cancelled: they get CancelledError.
/// Mirrors `tornado.locks.Event`.
class Event {
public:
    Event() noexcept = default;
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    [[nodiscard]] bool is_set() const noexcept { return set_; }
    /// Sets the flag and wakes all who wait, also if clear() follows at once.
    void set();
    /// From now on wait() waits.
    void clear() noexcept { set_ = false; }

    /// Done when the flag is set; at once if it is. Throws TimeoutError when it is not set before
    /// `deadline`; one that is over ends the wait in the next turn of the loop.
    [[nodiscard]] Future<void> wait(TimePoint deadline = TimePoint::max());
    [[nodiscard]] Future<void> wait(Duration timeout);

    /// How many wait.
    [[nodiscard]] std::size_t waiters() const noexcept { return line_.size(); }

private:
    bool set_ = false;
    ioloop::WaitLine line_;
};

}  // namespace tornado::locks
