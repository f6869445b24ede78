#pragma once

#include <cstddef>

#include "tornado/ioloop/wait_line.hpp"

namespace tornado::locks {

using ioloop::Duration;
using ioloop::TimeoutError;
using ioloop::TimePoint;

class Permits;

/// Holds one permit of a Semaphore, or a Lock, and gives it back when it is destroyed.
///
/// Ownership: moves, never copies. It may outlive the semaphore.
class [[nodiscard]] Guard {
public:
    /// Holds nothing.
    Guard() noexcept = default;
    Guard(Guard&& other) noexcept : permits_{std::exchange(other.permits_, nullptr)} {}
    Guard& operator=(Guard&& other) noexcept {
        Guard former{std::move(*this)};
        permits_ = std::exchange(other.permits_, nullptr);
        return *this;
    }
    ~Guard() { release(); }

    /// Gives the permit back now; does nothing when it holds none.
    void release() noexcept {
        if (permits_ != nullptr) {
            give_back();
        }
    }
    /// Gives up the permit without giving it back: somebody will call `release()` of the semaphore
    /// or the lock.
    void detach() noexcept;
    /// Whether it holds a permit.
    explicit operator bool() const noexcept { return permits_ != nullptr; }

private:
    friend class Permits;
    explicit Guard(Permits& permits) noexcept;
    void give_back() noexcept;

    Permits* permits_ = nullptr;
};

/// A number of permits: who wants one when there is none waits until somebody gives one back.
///
/// Those who wait get theirs in the order they came; nobody overtakes them.
///
/// Thread safety: one loop, one thread.
/// Cancellation: one who leaves, because it is cancelled, its time is over or its future is
/// dropped, takes no permit with it, also when it had been given one.
/// When it is destroyed, those who still wait are cancelled: they get CancelledError.
/// Mirrors `tornado.locks.Semaphore`.
///
///     Future<void> fetch_politely(Client& client, std::string url, Semaphore& slots) {
///         const auto slot = co_await slots.acquire();
///         co_await client.fetch(url);
///     }
class Semaphore {
public:
    /// Throws std::invalid_argument when `value`, the number of permits, is negative.
    explicit Semaphore(std::ptrdiff_t value = 1);
    ~Semaphore();
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// A guard with a permit; at once if there is one. Throws TimeoutError when there is none
    /// before `deadline`; one that is over ends the wait in the next turn of the loop.
    [[nodiscard]] Future<Guard> acquire(TimePoint deadline = TimePoint::max());
    [[nodiscard]] Future<Guard> acquire(Duration timeout);

    /// Adds a permit, or hands it to the one who has waited longest. Guards do it by themselves:
    /// it is for permits that were detached from theirs, or that never had one. A BoundedSemaphore
    /// throws std::logic_error when all its permits are back already.
    void release();

    /// How many permits are left.
    [[nodiscard]] std::ptrdiff_t value() const noexcept;
    /// How many wait for one.
    [[nodiscard]] std::size_t waiters() const noexcept;

protected:
    struct Bounded {};
    Semaphore(std::ptrdiff_t value, Bounded);

private:
    class Wait;
    friend class Permits;

    Permits* permits_;  // shared with the guards
};

/// A Semaphore that refuses to have more permits than it began with: more calls of release() than
/// of acquire() are an error in the program. Mirrors `tornado.locks.BoundedSemaphore`.
class BoundedSemaphore : public Semaphore {
public:
    /// Throws std::invalid_argument when `value` is negative.
    explicit BoundedSemaphore(std::ptrdiff_t value = 1) : Semaphore{value, Bounded{}} {}
};

}  // namespace tornado::locks
