#pragma once

#include "tornado/ioloop/locks/semaphore.hpp"

namespace tornado::locks {

/// A lock for coroutines: it keeps others out while its holder is suspended.
///
/// Those who wait get it in the order they came. It is not reentrant: who holds it and acquires it
/// again waits for itself.
///
/// Thread safety: one loop, one thread.
/// Cancellation: one who leaves, because it is cancelled, its time is over or its future is
/// dropped, leaves the lock to the next, also when it had been given it.
/// When it is destroyed, those who still wait are cancelled: they get CancelledError.
/// Mirrors `tornado.locks.Lock`.
///
///     {
///         const auto guard = co_await lock.acquire();
///         co_await stream.write(head);
///         co_await stream.write(body);
///     }  // released here, however it ends
class Lock {
public:
    /// The guard that holds it; at once if it is free. Throws TimeoutError when it is not free
    /// before `deadline`; one that is over ends the wait in the next turn of the loop.
    [[nodiscard]] Future<Guard> acquire(TimePoint deadline = TimePoint::max()) {
        return permit_.acquire(deadline);
    }
    [[nodiscard]] Future<Guard> acquire(Duration timeout) { return permit_.acquire(timeout); }

    /// Unlocks it, or hands it to the one who has waited longest. Guards do it by themselves: it is
    /// for who has detached its guard. Throws std::logic_error when it is not locked.
    void release();

    [[nodiscard]] bool locked() const noexcept { return permit_.value() == 0; }
    /// How many wait for it.
    [[nodiscard]] std::size_t waiters() const noexcept { return permit_.waiters(); }

private:
    BoundedSemaphore permit_;
};

}  // namespace tornado::locks
