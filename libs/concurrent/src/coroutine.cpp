#include "tornado/concurrent/coroutine.hpp"

#include "tornado/concurrent/future.hpp"

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

ForeignWaiter::ForeignWaiter(std::coroutine_handle<> handle) {
    require_wakeup();
    kind = Kind::coroutine;
    frame = handle.address();
    run = &Waiter::resume;
    context = Context::capture();
}

void FutureWait::hear(Waiter& waiter, const FutureState* taken) {
    waiter.cancelled = false;
    const bool keeps_value = taken != nullptr && taken->cancelled_too_late() &&
                             taken->status() == FutureState::Status::value;
    if (!keeps_value) {
        throw CancelledError{};
    }
    static_cast<CoroutineState&>(waiter).hear_later(*taken);
}

void FutureWait::throw_outcome(Waiter* waiter, FutureState& state) {
    if (!state.settled() && waiter != nullptr && waiter->is_ours) {
        static_cast<CoroutineState*>(waiter)->hear_at_once();
    }
    state.throw_failure();
}

void FutureWait::drop_foreign(Waiter& waiter) noexcept {
    delete static_cast<ForeignWaiter*>(&waiter);
}

bool CoroutineState::is_cancelled_at(FutureState& awaited) {
    cancel_requested_ = false;
    source = &awaited;
    withdraw(*this, awaited);
    const bool unwinding = !awaited.settled() && awaited.has_one_consumer();
    return !unwinding;
}

// g++ asks for the outcomes of all that one expression awaits when the last is there: it may be
// told to suspend once more before it has heard that it was cancelled.

bool CoroutineState::suspend(std::coroutine_handle<> handle, FutureState& awaited) {
    if ((cancel_requested_ || cancelled) && is_cancelled_at(awaited)) {
        return false;
    }
    give_control_back(handle);
    awaited.attach(*this);
    return true;
}

bool CoroutineState::suspend_for_a_turn(std::coroutine_handle<> handle) {
    if (cancel_requested_ || cancelled) {
        cancel_requested_ = false;
        cancelled = true;
        source = nullptr;
        return false;
    }
    give_control_back(handle);
    source = nullptr;
    place = Place::in_queue;
    scheduler_->schedule(*this);
    return true;
}

inline void CoroutineState::give_control_back(std::coroutine_handle<> handle) {
    if (scheduler_ == nullptr) {
        begin_waiting(handle);
    }
    if (left_entry_) {
        context = Context::capture();
    } else {
        left_entry_ = true;
        context.exchange_with_current();
    }
}

inline void CoroutineState::begin_waiting(std::coroutine_handle<> handle) {
    auto& current = Scheduler::current();
    if (current.closed()) {
        cancelled = false;
        throw_closed();
    }
    link_to(current);
    kind = Kind::coroutine;
    run = &Waiter::resume;
    discard = nullptr;
    frame = handle.address();
}

void CoroutineState::request_cancel() {
    if (place == Place::nowhere) {  // running; it may be about to hear of it already
        cancel_requested_ = !cancelled;
        return;
    }
    if (place == Place::in_queue) {
        // About to run. One that only lets a turn pass loses no result by hearing of it now; one
        // that will find its wait withdrawn has its CancelledError already.
        if (source == nullptr) {
            cancelled = true;
        }
        cancel_requested_ = !cancelled;
        return;
    }
    withdraw(*this, *source);
    if (place == Place::nowhere) {
        place = Place::in_queue;
        scheduler().schedule(*this);
    }
}

void CoroutineState::hear_later(const FutureState& kept) noexcept {
    if (source == &kept) {
        cancel_requested_ = true;
    } else {
        cancelled = true;  // for what the same expression awaited afterwards
    }
}

void CoroutineState::hear_at_once() {
    cancel_requested_ = false;
    throw CancelledError{};
}

FutureState& CoroutineState::future() const noexcept {
    return std::coroutine_handle<FutureState>::from_address(frame).promise();
}

inline void CoroutineState::link_to(Scheduler& owner) noexcept {
    scheduler_ = &owner;
    previous_ = nullptr;
    next_ = scheduler_->coroutines_;
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
    scheduler_->coroutines_ = this;
}

void CoroutineState::unlink() noexcept {
    if (scheduler_ == nullptr) {
        return;  // it has waited for nothing of this library's, or is given up
    }
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

void CoroutineState::end_late(FutureState& own) noexcept {
    unlink();
    if (!left_entry_) {
        Context::enter(std::move(context));
    }
    if (cancel_requested_) {
        own.mark_cancelled_too_late();
    }
}

void CoroutineState::clean_up_what_is_left(FutureState& own) noexcept {
    unlink();
    if (place == Place::attached) {
        source->detach(*this);
    }
    context = {};
    own.drop_error();
}

void CoroutineState::abandon() noexcept {
    unlink();
    if (place == Place::attached) {
        source->detach(*this);  // or its settling would resume what is given up
    }
    place = Place::nowhere;
    // Who waits for this one is told: a callback that waited for ever would own the frame.
    auto& settled = future();
    settled.producer_gone();
    settled.settle_as_cancelled();
    settled.release();
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
