#pragma once

#include <atomic>
#include <cstdint>

namespace tornado::ioloop {

/// Whether a loop's thread runs a callback, and which: a number that is another for each one.
///
/// Thread safety: only the loop's thread changes it, any thread and any signal handler reads it.
class Pulse {
public:
    using Count = std::uint64_t;

    /// A callback begins, after whatever ran before.
    void beat() noexcept { store((count() + 2) | busy); }
    /// The last one of several has ended.
    void rest() noexcept { store(count() & ~busy); }

    [[nodiscard]] Count count() const noexcept { return count_.load(std::memory_order_relaxed); }
    [[nodiscard]] static bool is_busy(Count count) noexcept { return (count & busy) != 0; }

private:
    static constexpr Count busy = 1;

    // Not an atomic addition, which would cost as much as a callback does.
    void store(Count count) noexcept { count_.store(count, std::memory_order_relaxed); }

    std::atomic<Count> count_ = 0;
    static_assert(std::atomic<Count>::is_always_lock_free);
};

}  // namespace tornado::ioloop
