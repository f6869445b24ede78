#pragma once

#include <array>
#include <cstdint>

namespace tornado::ioloop {

/// A place in a ring of deadlines.
struct DeadlineLink {
    DeadlineLink* next = nullptr;
    DeadlineLink* previous = nullptr;

    void unlink() noexcept {
        previous->next = next;
        next->previous = previous;
        next = previous = nullptr;
    }
};

/// A time limit that is cheap to move and roughly kept: for the thousands of connections that
/// rarely meet theirs.
///
/// It fires within two ticks (DeadlineWheel::tick_length) after it is due, never before. Moving a
/// limit to a later time costs one store if its owner only notes the time of its last activity and
/// sets the deadline anew when it fires.
///
/// Ownership: embedded in its owner; its destruction takes it out of the wheel.
/// Thread safety: one loop, one thread.
class Deadline : private DeadlineLink {
public:
    /// `fire` runs on the loop's thread when the deadline has come; the deadline is unset by then.
    explicit Deadline(void (*fire)(Deadline&)) noexcept : fire_{fire} {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { unset(); }

    [[nodiscard]] bool is_set() const noexcept { return next != nullptr; }
    void unset() noexcept {
        if (is_set()) {
            unlink();
        }
    }

private:
    friend class DeadlineWheel;
    void (*fire_)(Deadline&);
    std::uint32_t due_ = 0;
};

/// All deadlines of a loop, in the slots of a wheel that one timer turns.
class DeadlineWheel {
public:
    using Tick = std::uint32_t;
    /// In milliseconds.
    static constexpr unsigned tick_length = 100;

    /// `start` is called when a deadline is set on a wheel that stands still: its owner calls
    /// resume() with the present tick and advance_to() once a tick from then on, until empty().
    /// `present` tells the present tick, which is later than now() when the owner had no time to
    /// advance the wheel; null: they are the same.
    DeadlineWheel(
        void (*start)(void* owner),
        void* owner,
        std::uint32_t (*present)(void* owner) = nullptr
    ) noexcept;
    DeadlineWheel(const DeadlineWheel&) = delete;
    DeadlineWheel& operator=(const DeadlineWheel&) = delete;
    ~DeadlineWheel();

    /// Now, in ticks since some moment. Stands still while no deadline is set.
    [[nodiscard]] Tick now() const noexcept { return now_; }

    /// Sets or moves a deadline to fire once `ticks` whole ticks (at least one) have passed.
    void set(Deadline& deadline, Tick ticks);

    void resume(Tick now) noexcept { now_ = now; }
    /// Fires what is due up to and including tick `now`. Returns whether any deadline is left; if
    /// not, it stands still. Throws what a deadline's function throws: call it again at the next
    /// tick.
    bool advance_to(Tick now);

    /// How many ticks a time limit in milliseconds takes, rounded up.
    static constexpr Tick ticks(std::uint64_t milliseconds) {
        const auto count = (milliseconds + tick_length - 1) / tick_length;
        return count > max_ticks ? max_ticks : static_cast<Tick>(count);
    }

private:
    static constexpr std::size_t slots = 512;
    static constexpr Tick max_ticks = 0x3fffffff;

    DeadlineLink& slot_of(Tick tick) noexcept { return slots_[tick % slots]; }
    void turn(Tick tick);

    std::array<DeadlineLink, slots> slots_;
    Tick now_ = 0;
    bool turning_ = false;
    void (*start_)(void* owner);
    void* owner_;
    Tick (*present_)(void* owner);
};

}  // namespace tornado::ioloop
