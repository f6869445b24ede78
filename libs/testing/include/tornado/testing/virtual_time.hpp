#pragma once

#include <cstdint>
#include <utility>

#include "tornado/ioloop/loop_control.hpp"

namespace tornado::testing {

/// A clock for a loop that stands still while anything can be done, and then jumps: a test of an
/// hour's timeout takes no time, and happens at the same instants whenever it runs.
///
/// While one lives, IOLoop::time() and all that waits on it is virtual: timeouts, sleeps,
/// deadlines, PeriodicCallback, run_sync()'s timeout. Each time that is jumped to has all it makes
/// ready done, sockets included, before the next. It begins at a tick of IOLoop::deadlines(), so
/// that coarse limits too fire after the same time in every run. When it goes, the loop's clock
/// runs on from where it stands.
///
/// What stays real: the wall clock (Date headers, log records), the timeout of AsyncTestCase, and
/// Asio's own timers.
///
/// Time stands still while a call is in an executor, and while an Asio operation of the bridge is
/// waited for. The clock sees nothing of other processes, of threads that a test has started
/// itself, and of peers elsewhere: a hold() keeps it from jumping over what these do. A coroutine
/// that looks again and again with gen::moment() is never idle, so it makes no time pass.
///
/// The loop has to be run by start(), run_sync() or advance(); one over a borrowed io_context that
/// the program runs itself has no timeouts meanwhile.
///
/// Ownership: the loop must outlive it. Thread safety: the loop's thread.
///
///     VirtualTime time{io_loop()};
///     run([] { return gen::sleep(1h); });
///     BOOST_CHECK(time.elapsed() == 1h);
class VirtualTime final : private ioloop::LoopClock {
public:
    /// What makes time pass: the loop, whenever it has nothing else to do (so that a test reads as
    /// a program does, and one that waits for ever for a timeout that is too long still ends); or
    /// only advance(), for tests of what has *not* happened yet.
    enum class Mode : std::uint8_t { automatic, manual };

    /// Throws std::logic_error when the loop is running, or has a virtual clock already.
    explicit VirtualTime(ioloop::IOLoop& loop, Mode mode = Mode::automatic);
    ~VirtualTime();

    /// Runs the loop until `by` has passed and all that is ready by then is done. Throws
    /// std::logic_error when the loop is running: inside it, co_await gen::sleep() under
    /// Mode::automatic. Ends earlier when a callback stops the loop.
    void advance(ioloop::Duration by);
    /// The same, until the next timeout. False, and no time passes, when there is none.
    bool advance_to_next();
    /// Does all that is ready, in no time.
    void settle() { advance(ioloop::Duration::zero()); }

    /// Moves the clock on without running anything, as if the present callback took so long.
    void spend(ioloop::Duration duration);

    /// How much time has passed since this was made.
    [[nodiscard]] ioloop::Duration elapsed() const noexcept { return now_ - began_; }

    /// While one lives, time stands still unless the test advances it: for work that the loop
    /// cannot know of.
    class Hold;
    [[nodiscard]] Hold hold();

private:
    [[nodiscard]] ioloop::TimePoint now() const noexcept override { return now_; }
    ioloop::Duration idle(ioloop::TimePoint next, bool expecting) override;

    enum class Step : std::uint8_t { none, to_limit, to_next };

    void run(Step step);
    [[nodiscard]] ioloop::TimePoint later(ioloop::Duration by) const;
    /// Whether it has moved to `next`.
    [[nodiscard]] bool jump(ioloop::TimePoint next);
    [[nodiscard]] std::uint64_t state_of_sockets() const;

    ioloop::IOLoop& loop_;
    const Mode mode_;
    ioloop::TimePoint began_;
    ioloop::TimePoint now_;
    ioloop::TimePoint limit_;
    Step step_ = Step::none;
    bool jumped_ = false;
    int holds_ = 0;
    std::uint64_t sockets_ = 0;  ///< as they were when they had come to rest
};

class VirtualTime::Hold {
public:
    explicit Hold(VirtualTime& time) noexcept : time_{&time} { ++time_->holds_; }
    Hold(Hold&& other) noexcept : time_{std::exchange(other.time_, nullptr)} {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
        if (time_ != nullptr) {
            --time_->holds_;
        }
    }

private:
    VirtualTime* time_;
};

inline VirtualTime::Hold VirtualTime::hold() {
    return Hold{*this};
}

}  // namespace tornado::testing
