#pragma once

#include <memory>
#include <utility>

namespace tornado::ioloop {

class Inbox;

/// What comes to a loop from elsewhere: a result, and nothing that belongs to the loop.
class Parcel {
public:
    Parcel() = default;
    Parcel(const Parcel&) = delete;
    Parcel& operator=(const Parcel&) = delete;
    virtual ~Parcel() = default;
};

/// The loop's side of something that comes from elsewhere: it holds what may not leave the thread.
///
/// Ownership: its own. It lives at least until arrive(), to which the loop always comes, at the
/// latest when it closes.
class Pending {
public:
    Pending() = default;
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;

    /// Called once, on the loop's thread. `parcel` is null when the loop closes before one has
    /// come. May destroy this.
    virtual void arrive(Parcel* parcel) noexcept = 0;

protected:
    ~Pending() = default;

private:
    friend class Inbox;
    friend class PendingList;

    Pending* next_ = nullptr;
    Pending* previous_ = nullptr;
    // Both under the inbox's lock:
    Pending* next_arrived_ = nullptr;
    std::shared_ptr<Parcel> parcel_;
};

/// The way to a Pending from anywhere: a reference that any thread may hold, and that may outlive
/// the loop.
///
/// Thread safety: any thread may use it, once.
class Ticket {
public:
    Ticket(std::shared_ptr<Inbox> inbox, Pending& pending) noexcept
        : inbox_{std::move(inbox)},
          pending_{&pending} {}

    /// Brings the parcel, or null, to the loop: at once when this is its thread, otherwise in its
    /// next turn. Drops it when the loop has gone.
    void deliver(std::shared_ptr<Parcel> parcel) const noexcept;

private:
    std::shared_ptr<Inbox> inbox_;
    Pending* pending_;
};

}  // namespace tornado::ioloop
