#pragma once

#include <cstddef>

#include "tornado/concurrent/scheduler.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

/// What stands in for a loop's clock: for tests, see testing::VirtualTime.
class LoopClock {
public:
    LoopClock() = default;
    LoopClock(const LoopClock&) = delete;
    LoopClock& operator=(const LoopClock&) = delete;

    [[nodiscard]] virtual TimePoint now() const noexcept = 0;

    /// The loop has run all that is ready, and no timeout is due. `next` is when the first one will
    /// be (TimePoint::max(): there is none); `expecting` says whether something is on its way from
    /// elsewhere, such as the outcome of a call in an executor.
    ///
    /// Returns how long to wait for something to come, in real time: Duration::zero() when the
    /// clock has moved on instead, Duration::max() for as long as it takes.
    virtual Duration idle(TimePoint next, bool expecting) = 0;

protected:
    ~LoopClock() = default;
};

/// What changes the order in which a loop does things: for tests, see testing::ShuffledSchedule.
class LoopOrder {
public:
    LoopOrder() = default;
    LoopOrder(const LoopOrder&) = delete;
    LoopOrder& operator=(const LoopOrder&) = delete;

    /// `tasks` are those of a turn that begins.
    virtual void arrange(concurrent::TaskQueue& tasks) = 0;
    /// `poller` has found that `count` descriptors are ready; see Poller::swap().
    virtual void arrange(Poller& poller, std::size_t count) = 0;

protected:
    ~LoopOrder() = default;
};

}  // namespace tornado::ioloop
