#pragma once

#include "tornado/concurrent/future_state.hpp"

namespace tornado::concurrent {

/// The part of a coroutine's frame that knows how to wait, to be cancelled and to end.
///
/// The frame is the future's shared state; while it runs or waits it owns itself. It waits for one
/// thing at a time, and so is itself the node that waits. Its task's context is the caller's, until
/// control goes back to it; from then on its own, while it waits.
class CoroutineState : public Waiter {
public:
    CoroutineState(const CoroutineState&) = delete;
    CoroutineState& operator=(const CoroutineState&) = delete;

    /// Called as the coroutine suspends at a future. False when it shall go on at once, because it
    /// was cancelled.
    bool suspend(std::coroutine_handle<> handle, FutureState& awaited);

    /// Called as the coroutine suspends for one turn of the ready queue. False as above. Throws
    /// std::logic_error when the loop is closed: it has no more turns.
    bool suspend_for_a_turn(std::coroutine_handle<> handle);

    /// Called as the coroutine goes on after it has been told to suspend. Whether it was cancelled.
    [[nodiscard, gnu::always_inline]] bool resumed_as_cancelled() noexcept {
        is_waiting_ = false;
        place = Place::nowhere;
        return std::exchange(cancelled, false);
    }

    /// Withdraws the present wait; a coroutine that is not waiting gets CancelledError at its next
    /// suspension. One that is unwinding passes it on to what it still waits for.
    void request_cancel();
    /// Whether it was cancelled and has not heard of it yet.
    [[nodiscard]] bool cancel_is_pending() const noexcept { return cancel_requested_; }

    /// Where it is resumed: the scheduler under which it first suspended.
    [[nodiscard]] Scheduler& scheduler() const noexcept {
        return scheduler_ != nullptr ? *scheduler_ : Scheduler::current();
    }

    /// Restores the caller's context when the coroutine gives control back to it for the first
    /// time. Awaitables that queue their own task call it as they suspend.
    [[gnu::always_inline]] void leave_entry() noexcept {
        if (!left_entry_) {
            left_entry_ = true;
            Context::enter(std::move(context));
        }
    }

    /// The next in the scheduler's list of suspended coroutines.
    [[nodiscard]] CoroutineState* next_suspended() const noexcept { return next_; }

    /// The future that this coroutine, which has suspended once, will settle.
    [[nodiscard]] FutureState& future() const noexcept;

    /// For a loop that closes: the coroutine will never go on. Its future is settled as cancelled;
    /// its frame is destroyed with its last future.
    void abandon() noexcept;

protected:
    CoroutineState() noexcept : Waiter{Context::capture()} {}
    [[gnu::always_inline]] ~CoroutineState() { unlink(); }

    [[gnu::always_inline]] void unlink() noexcept {
        if (scheduler_ != nullptr) {
            unlink_from_scheduler();
        }
    }

private:
    friend class Scheduler;
    bool is_cancelled_at(FutureState& awaited);
    void give_control_back(std::coroutine_handle<> handle);
    void begin_waiting(std::coroutine_handle<> handle);
    void unlink_from_scheduler() noexcept;
    void link_to(Scheduler& scheduler) noexcept;

    Scheduler* scheduler_ = nullptr;
    CoroutineState* next_;  // these two only in the scheduler's list
    CoroutineState* previous_;
};

}  // namespace tornado::concurrent
