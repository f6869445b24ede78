#include "tornado/concurrent/coroutine.hpp"

#include <cassert>

namespace tornado::concurrent {

namespace {

/// Takes the awaited operation back if this waiter is its only holder; otherwise only the waiter
/// leaves. Afterwards the waiter is attached (the operation is still unwinding), queued, or
/// nowhere.
void withdraw(Waiter& waiter, FutureState& source) {
    waiter.cancelled = true;
    if (!source.has_one_consumer()) {
        if (waiter.place == Waiter::Place::attached) {
            source.detach(waiter);
        }
        return;
    }
    const StateRef<FutureState> alive{&source};
    source.cancel();
}

}  // namespace

bool CoroutineState::is_cancelled_at(Waiter& waiter, FutureState& source) {
    cancel_requested_ = false;
    withdraw(waiter, source);
    const bool unwinding = !source.settled() && source.has_one_consumer();
    return !unwinding;
}

bool CoroutineState::suspend(Waiter& waiter, FutureState& source) {
    if (cancel_requested_ && is_cancelled_at(waiter, source)) {
        return false;
    }
    if (scheduler_ == nullptr) {
        require_wakeup();
        link();
    }
    waiter.context = Context::capture();
    waiting_ = &waiter;
    source.attach(waiter);
    leave_entry();
    return true;
}

bool CoroutineState::suspend_for_a_turn(Waiter& waiter) {
    if (cancel_requested_) {
        cancel_requested_ = false;
        waiter.cancelled = true;
        return false;
    }
    if (scheduler_ == nullptr) {
        require_wakeup();
        link();
    }
    waiter.context = Context::capture();
    waiting_ = &waiter;
    waiter.place = Waiter::Place::in_queue;
    scheduler_->schedule(waiter);
    leave_entry();
    return true;
}

void CoroutineState::request_cancel() {
    if (waiting_ == nullptr) {
        cancel_requested_ = true;  // running
        return;
    }
    auto& waiter = *waiting_;
    if (waiter.place == Waiter::Place::in_queue) {
        // About to run. One that only lets a turn pass loses no result by hearing of it now; one
        // that will find its wait withdrawn has its CancelledError already.
        if (waiter.source == nullptr) {
            waiter.cancelled = true;
        }
        cancel_requested_ = !waiter.cancelled;
        return;
    }
    withdraw(waiter, *waiter.source);
    if (waiter.place == Waiter::Place::nowhere) {
        waiter.place = Waiter::Place::in_queue;
        scheduler().schedule(waiter);
    }
}

void CoroutineState::link() noexcept {
    link_to(Scheduler::current());
}

void CoroutineState::link_to(Scheduler& scheduler) noexcept {
    scheduler_ = &scheduler;
    previous_ = nullptr;
    next_ = scheduler_->coroutines_;
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
    scheduler_->coroutines_ = this;
}

void CoroutineState::unlink_from_scheduler() noexcept {
    if (scheduler_->next_to_cancel_ == this) {
        scheduler_->next_to_cancel_ = next_;
    }
    if (next_ != nullptr) {
        next_->previous_ = previous_;
    }
    if (previous_ != nullptr) {
        previous_->next_ = next_;
    } else {
        scheduler_->coroutines_ = next_;
    }
    scheduler_ = nullptr;
}

void CoroutineState::abandon() noexcept {
    unlink();
    if (waiting_ != nullptr && waiting_->place == Waiter::Place::attached) {
        waiting_->source->detach(*waiting_);  // or its settling would resume what is given up
    }
    waiting_ = nullptr;
    // Who waits for this one is told: a callback that waited for ever would own the frame.
    future_->producer_gone();
    future_->settle_as_cancelled();
    future_->release();
}

void Scheduler::cancel_suspended_coroutines() {
    // No references to the futures meanwhile: those would count as holders, and who holds an
    // operation alone takes it back, so that what is nested unwinds inside out.
    next_to_cancel_ = coroutines_;
    while (auto* coroutine = next_to_cancel_) {
        next_to_cancel_ = coroutine->next_;
        coroutine->future().cancel();
    }
}

void Scheduler::adopt_coroutines(Scheduler& other) noexcept {
    while (auto* coroutine = other.coroutines_) {
        coroutine->unlink();
        coroutine->link_to(*this);
    }
}

}  // namespace tornado::concurrent
