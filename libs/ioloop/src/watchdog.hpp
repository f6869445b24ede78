#pragma once

#include <sys/types.h>

#include <atomic>
#include <thread>

#include "pulse.hpp"
#include "tornado/ioloop/blocked_callback.hpp"

namespace tornado::ioloop {

/// Tells from looks at a pulse, taken at regular times, when one callback has lasted too long.
class BlockDetector {
public:
    /// Too long is when that many looks after the first one find it still running.
    explicit BlockDetector(long most_looks) noexcept : most_looks_{most_looks} {}

    /// True once for each callback that lasts too long.
    bool look(Pulse::Count count) noexcept {
        if (!Pulse::is_busy(count) || count != seen_) {
            seen_ = count;
            looks_ = 0;
            return false;
        }
        return looks_ < most_looks_ && ++looks_ == most_looks_;
    }

private:
    long most_looks_;
    Pulse::Count seen_ = 0;
    long looks_ = 0;
};

/// A thread that looks at a loop's pulse, and tells of callbacks that block the loop.
///
/// Thread safety: the loop's thread makes, uses and destroys it.
class Watchdog {
public:
    using Action = util::UniqueFunction<void(const BlockedCallback&)>;

    /// `action` is called on the watchdog's thread. Throws std::system_error when there can be no
    /// thread, and std::runtime_error when there is no signal.
    Watchdog(const Pulse& pulse, Duration threshold, Action action);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    /// Waits for the action to return. In a process that was forked meanwhile, where the thread
    /// does not exist, it waits for nothing.
    ~Watchdog();

    /// The calling thread, as already the one that makes this, runs the callbacks from now on.
    void watch_this_thread();

private:
    void start();
    void serve() noexcept;
    [[nodiscard]] bool sleep() const noexcept;
    void tell(Pulse::Count count);

    const Pulse& pulse_;
    const Duration interval_;
    const long looks_;
    Action action_;
    std::atomic<pid_t> thread_;
    const pid_t process_;
    int end_;  ///< an eventfd: readable when the thread shall end
    std::thread worker_;
};

}  // namespace tornado::ioloop
