#pragma once

#include <mutex>
#include <vector>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

/// All that a loop waits for from elsewhere; it belongs to the loop's thread.
class PendingList {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] Pending* first() const noexcept { return first_; }
    void add(Pending& pending) noexcept;
    void remove(Pending& pending) noexcept;

private:
    Pending* first_ = nullptr;
};

/// What other threads hand over to a loop. It outlives the loop, for those who come too late.
class Inbox : public std::enable_shared_from_this<Inbox> {
public:
    using Loop = IOLoop::Impl;

    struct Arrival {
        Callback callback;
        concurrent::Context context;
    };

    /// What has come since the last time.
    struct Contents {
        std::vector<Arrival> callbacks;
        Pending* first_arrived = nullptr;

        /// The next of what has arrived, with its parcel, or null.
        std::pair<Pending*, std::shared_ptr<Parcel>> next_arrived() noexcept;
    };

    std::mutex mutex;

    // All below only under the lock.

    Loop* loop = nullptr;               ///< null when the loop is closed
    const void* idle_thread = nullptr;  ///< whose the loop is while it stands still

    void add(Arrival arrival);
    void add(Pending& pending, std::shared_ptr<Parcel> parcel);
    /// `room`, which is empty, is where the next callbacks go.
    [[nodiscard]] Contents take(std::vector<Arrival> room = {}) noexcept;

private:
    void wake_loop();
    [[nodiscard]] bool empty() const noexcept {
        return contents_.callbacks.empty() && contents_.first_arrived == nullptr;
    }

    Contents contents_;
    Pending* last_arrived_ = nullptr;
};

}  // namespace tornado::ioloop
