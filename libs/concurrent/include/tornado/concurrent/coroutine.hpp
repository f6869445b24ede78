#pragma once

#include "tornado/concurrent/future_state.hpp"

namespace tornado::concurrent {

/// The part of a coroutine's frame that knows how to wait, to be cancelled and to end.
///
/// The frame is the future's shared state; while it runs or waits it owns itself.
class CoroutineState {
public:
    CoroutineState(const CoroutineState&) = delete;
    CoroutineState& operator=(const CoroutineState&) = delete;

    /// Called as the coroutine suspends at a future. False when it shall go on at once, because it
    /// was cancelled.
    bool suspend(Waiter& waiter, FutureState& source);

    /// Called as the coroutine suspends for one turn of the ready queue. False as above. Throws
    /// std::logic_error when the loop is closed: it has no more turns.
    bool suspend_for_a_turn(Waiter& waiter);

    /// Called as the coroutine goes on.
    void resumed() noexcept { waiting_ = nullptr; }

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
    void leave_entry() noexcept {
        if (!left_entry_) {
            left_entry_ = true;
            if (entry_values_ != Context::current_values() ||
                entry_label_ != Context::current_label()) {
                Context::enter(Context(entry_values_, entry_label_));
            }
            release_entry_values();
        }
    }

    /// The next in the scheduler's list of suspended coroutines.
    [[nodiscard]] CoroutineState* next_suspended() const noexcept { return next_; }

    /// The future that this coroutine will settle.
    [[nodiscard]] FutureState& future() const noexcept { return *future_; }

    /// For a loop that closes: the coroutine will never go on. Its future is settled as cancelled;
    /// its frame is destroyed with its last future.
    void abandon() noexcept;

protected:
    explicit CoroutineState(FutureState& future) noexcept : future_{&future} {
        if (entry_values_ != nullptr) {
            entry_values_->retain();
        }
    }
    ~CoroutineState() {
        unlink();
        release_entry_values();
    }

    void unlink() noexcept {
        if (scheduler_ != nullptr) {
            unlink_from_scheduler();
        }
    }

private:
    friend class Scheduler;
    bool is_cancelled_at(Waiter& waiter, FutureState& source);
    void unlink_from_scheduler() noexcept;
    void link() noexcept;
    void link_to(Scheduler& scheduler) noexcept;
    void release_entry_values() noexcept {
        if (entry_values_ != nullptr) {
            std::exchange(entry_values_, nullptr)->release();
        }
    }

    FutureState* future_;
    // The context of the caller, until control goes back to it. Not side by side: g++ would copy
    // both at once, which is slower.
    ContextValues* entry_values_ = Context::current_values();
    Waiter* waiting_ = nullptr;
    const std::string* entry_label_ = Context::current_label();
    Scheduler* scheduler_ = nullptr;
    CoroutineState* next_;  // these two only in the scheduler's list
    CoroutineState* previous_;
    bool left_entry_ = false;
    bool cancel_requested_ = false;
};

}  // namespace tornado::concurrent
