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

    /// Called by one that was cancelled and keeps the value of `kept` all the same: it hears of it
    /// in what the same expression awaited afterwards, or the next time.
    void hear_later(const FutureState& kept) noexcept;
    /// Called in the same expression, where the wait that was withdrawn comes to light only after
    /// that: throws CancelledError.
    [[noreturn]] void hear_at_once();

    /// Withdraws the present wait; a coroutine that is not waiting gets CancelledError at its next
    /// suspension. One that is unwinding passes it on to what it still waits for.
    void request_cancel();

    /// Where it is resumed: the scheduler under which it first suspended.
    [[nodiscard]] Scheduler& scheduler() const noexcept {
        return scheduler_ != nullptr ? *scheduler_ : Scheduler::current();
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
    ~CoroutineState() = default;

    /// Called at its end, before `own`, its future, is settled.
    [[gnu::always_inline]] void end(FutureState& own) noexcept {
        if ((left_entry_ | cancel_requested_) != 0) {
            end_late(own);
        } else {
            Context::enter(std::move(context));
        }
    }

    /// Called as the frame is destroyed, in which there is seldom anything left to clean up.
    [[gnu::always_inline]] void clean_up(FutureState& own) noexcept {
        if (scheduler_ != nullptr || context.values() != nullptr || own.error() != nullptr) {
            clean_up_what_is_left(own);
        }
        if (place == Place::attached || context.values() != nullptr || own.error() != nullptr) {
            __builtin_unreachable();  // so that no destructor looks again
        }
    }

private:
    friend class Scheduler;
    void end_late(FutureState& own) noexcept;
    void clean_up_what_is_left(FutureState& own) noexcept;
    void unlink() noexcept;
    bool is_cancelled_at(FutureState& awaited);
    void give_control_back(std::coroutine_handle<> handle);
    void begin_waiting(std::coroutine_handle<> handle);
    void link_to(Scheduler& scheduler) noexcept;

    Scheduler* scheduler_ = nullptr;
    CoroutineState* next_;  // these two only in the scheduler's list
    CoroutineState* previous_;
};

}  // namespace tornado::concurrent
