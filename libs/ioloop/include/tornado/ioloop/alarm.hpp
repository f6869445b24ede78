#pragma once

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::ioloop {

/// A timeout that its owner embeds. It is taken back when the owner goes, and forgotten when the
/// loop goes first.
///
/// It is exact; where rough limits do that are rarely met, Deadline is cheaper.
///
/// Ownership: embedded in its owner. Thread safety: one loop, one thread.
class Alarm {
public:
    /// `ring` runs on the loop's thread at the time that was set; the alarm is unset by then, and
    /// may be set again or destroyed.
    explicit Alarm(void (*ring)(Alarm&)) noexcept : ring_{ring} {}
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    ~Alarm() { unset(); }

    [[nodiscard]] bool is_set() const noexcept { return loop_ != nullptr; }

    /// Sets or moves it. `when` is on the scale of IOLoop::time(); TimePoint::max() is never, and
    /// costs nothing.
    void set(IOLoop& loop, TimePoint when);
    void unset() noexcept;

private:
    class Bell;

    void (*ring_)(Alarm&);
    IOLoop* loop_ = nullptr;
    Timeout timeout_;
};

/// The time on the current loop's clock when `delay` will have passed; TimePoint::max() when that
/// is beyond all time.
[[nodiscard]] TimePoint time_after(Duration delay);

}  // namespace tornado::ioloop
