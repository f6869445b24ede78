#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "request.hpp"
#include "slot.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::database {

/// A connection that belongs to one for a while; it goes back with this.
class Lease {
public:
    Lease(std::shared_ptr<Pool> pool, std::shared_ptr<Slot> slot)
        : pool_{std::move(pool)},
          slot_{std::move(slot)} {
        slot_->lease();
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { slot_->release(); }

    [[nodiscard]] Slot& slot() noexcept { return *slot_; }
    [[nodiscard]] Pool& pool() noexcept { return *pool_; }

private:
    std::shared_ptr<Pool> pool_;  // longer than the slot
    std::shared_ptr<Slot> slot_;
};

/// Waits in the pool's line for a connection of its own.
class LeaseRequest final : public InLine, private ioloop::Alarm {
public:
    using Granted = util::UniqueFunction<void(std::shared_ptr<Lease>)>;
    using Refused = util::UniqueFunction<void(std::exception_ptr)>;

    LeaseRequest(Pool& pool, Granted granted, Refused refused);

    /// The latest time at which it is granted, beside that of whoever asks.
    void limit_time(ioloop::TimePoint limit) { must_end_ = std::min(must_end_, limit); }

    bool serve() override;
    void begin_to_wait() override;
    void give_up(const Fault& fault) noexcept override { refused_(make_exception(fault)); }

private:
    void ring();

    Pool& pool_;
    ioloop::TimePoint must_end_ = ioloop::TimePoint::max();  ///< for whoever waits
    Granted granted_;
    Refused refused_;
};

}  // namespace tornado::database
