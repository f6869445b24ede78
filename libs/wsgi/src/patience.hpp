#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace tornado::wsgi {

/// How long a thread may be held by its client: a store of time that waiting takes from, and what
/// the client moves fills up again.
///
/// Thread safety: under the lock of what it belongs to.
class Patience {
public:
    using Clock = std::chrono::steady_clock;

    Patience() = default;
    /// Zero: for as long as it takes.
    explicit Patience(std::chrono::milliseconds time) noexcept : most_{time}, left_{time} {}

    /// The client has sent or taken so many bytes.
    void moved(std::uint64_t bytes) noexcept {
        constexpr std::uint64_t enough = 1'000'000'000;
        const auto more = time_for_byte * static_cast<std::int64_t>(std::min(bytes, enough));
        left_ = std::min(most_, left_ + more);
    }

    /// Waits until `ready()` holds. False when the time is up before.
    template <typename F>
    bool wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, F ready) {
        if (most_ <= Clock::duration::zero()) {
            changed.wait(lock, ready);
            return true;
        }
        while (!ready()) {
            if (left_ <= Clock::duration::zero()) {
                return false;
            }
            const auto begun = Clock::now();
            changed.wait_until(lock, begun + left_);
            left_ -= Clock::now() - begun;
        }
        return true;
    }

private:
    static constexpr std::chrono::microseconds time_for_byte{125};

    Clock::duration most_{0};
    Clock::duration left_{0};
};

}  // namespace tornado::wsgi
