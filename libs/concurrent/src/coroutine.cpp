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

bool CoroutineState::suspend(Waiter& waiter, FutureState& source) {
    if (cancel_requested_) {
        cancel_requested_ = false;
        withdraw(waiter, source);
        const bool unwinding = !source.settled() && source.has_one_consumer();
        if (!unwinding) {
            return false;
        }
    }
    if (scheduler_ == nullptr) {
        link();
    }
    waiter.context = Context::capture();
    waiting_ = &waiter;
    source.attach(waiter);
    leave_entry();
    return true;
}

void CoroutineState::request_cancel() {
    if (waiting_ == nullptr || waiting_->place == Waiter::Place::in_queue) {
        // Running, or about to run. One that will find its wait withdrawn has its CancelledError
        // already.
        cancel_requested_ = waiting_ == nullptr || !waiting_->cancelled;
        return;
    }
    auto& waiter = *waiting_;
    if (waiter.cancelled) {
        return;
    }
    withdraw(waiter, *waiter.source);
    if (waiter.place == Waiter::Place::nowhere) {
        waiter.place = Waiter::Place::in_queue;
        Scheduler::current().schedule(waiter);
    }
}

void CoroutineState::link() noexcept {
    scheduler_ = &Scheduler::current();
    next_ = scheduler_->coroutines_;
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
    scheduler_->coroutines_ = this;
}

void CoroutineState::unlink() noexcept {
    if (scheduler_ == nullptr) {
        return;
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
    next_ = previous_ = nullptr;
}

void CoroutineState::abandon() noexcept {
    unlink();
    future_->mark_looked_at();
    future_->release();
}

}  // namespace tornado::concurrent
