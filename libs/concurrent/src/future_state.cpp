#include "tornado/concurrent/future_state.hpp"

#include <typeinfo>

#include "tornado/concurrent/coroutine.hpp"
#include "tornado/log.hpp"

namespace tornado::concurrent {

bool is_cancellation(const std::exception_ptr& error) noexcept {
    if (error == nullptr) {
        return false;
    }
#ifdef __GLIBCXX__
    // Without throwing it again, which would be most of the cost of a failure.
    return *error.__cxa_exception_type() == typeid(CancelledError);
#else
    try {
        std::rethrow_exception(error);
    } catch (const CancelledError&) {
        return true;
    } catch (...) {
        return false;
    }
#endif
}

void FutureState::detach(Waiter& waiter) noexcept {
    assert(waiter.source == this && waiter.place == Waiter::Place::attached);
    Waiter* later = nullptr;
    for (auto* each = last_waiter_; each != &waiter; each = static_cast<Waiter*>(each->next)) {
        later = each;
    }
    if (later == nullptr) {
        last_waiter_ = static_cast<Waiter*>(waiter.next);
    } else {
        later->next = waiter.next;
    }
    waiter.next = nullptr;
    waiter.place = Waiter::Place::nowhere;
}

void FutureState::throw_failure() {
    looked_at_ = true;
    if (status_ == Status::error) {
        std::rethrow_exception(error_);
    }
    if (status_ == Status::cancelled) {
        throw CancelledError{};
    }
    throw InvalidStateError{"the future is not done: co_await it instead of asking for its result"};
}

void FutureState::throw_if_unseen() {
    if (status_ == Status::error && !looked_at_) {
        throw_if_failed();
    }
}

void FutureState::settle_with_error(std::exception_ptr error) noexcept {
    if (is_cancellation(error)) {
        settle_as_cancelled();
        return;
    }
    error_ = std::move(error);
    settle(Status::error);
}

void FutureState::settle_as_cancelled() noexcept {
    settle(Status::cancelled);
}

namespace {

void queue(Waiter& waiter) noexcept {
    if (waiter.kind == Waiter::Kind::placed) {
        waiter.place = Waiter::Place::nowhere;
        waiter.run(waiter);
        return;
    }
    waiter.place = Waiter::Place::in_queue;
    // A coroutine goes on in its own loop, even if another of this thread runs just now.
    auto& scheduler =
        waiter.is_ours ? static_cast<CoroutineState&>(waiter).scheduler() : Scheduler::current();
    scheduler.schedule(waiter);
}

}  // namespace

Waiter* FutureState::take_waiters() noexcept {
    Waiter* first = nullptr;
    auto* waiter = std::exchange(last_waiter_, nullptr);
    while (waiter != nullptr) {
        auto* const earlier = static_cast<Waiter*>(std::exchange(waiter->next, first));
        first = std::exchange(waiter, earlier);
    }
    return first;
}

void FutureState::settle(Status status) noexcept {
    assert(!settled());
    status_ = status;
    auto* waiter = take_waiters();
    while (waiter != nullptr) {
        queue(*std::exchange(waiter, static_cast<Waiter*>(waiter->next)));
    }
}

void FutureState::hand_over(Waiter* first) noexcept {
    // Direct waiters run last, when the others are safely in the queue, and stay attached until it
    // is their turn: what one does may destroy the next.
    while (first != nullptr) {
        auto& waiter = *std::exchange(first, static_cast<Waiter*>(first->next));
        if (waiter.kind == Waiter::Kind::direct) {
            waiter.next = last_waiter_;
            last_waiter_ = &waiter;
        } else {
            queue(waiter);
        }
    }
    last_waiter_ = take_waiters();  // the first one first
    while (auto* waiter = last_waiter_) {
        last_waiter_ = static_cast<Waiter*>(waiter->next);
        waiter->place = Waiter::Place::nowhere;
        Context::enter(std::move(waiter->context));
        waiter->run(*waiter);
    }
}

std::coroutine_handle<> FutureState::transfer() noexcept {
    auto* const first =
        last_waiter_->next != nullptr ? take_waiters() : std::exchange(last_waiter_, nullptr);
    if (first->kind != Waiter::Kind::coroutine) {
        hand_over(first);
        return std::noop_coroutine();
    }
    // It may have waited for long: the rest of its frame comes nearer while this goes on.
    const auto* const node = reinterpret_cast<const char*>(first);
    __builtin_prefetch(node + 64);
    __builtin_prefetch(node + 128);
    // For whoever cancels it from the other waiters, or as the former context goes, it is as good
    // as queued.
    first->place = Waiter::Place::in_queue;
    if (first->next != nullptr) {
        hand_over(static_cast<Waiter*>(first->next));
    }
    Context::enter(std::move(first->context));
    first->place = Waiter::Place::nowhere;  // it may wait again before it has asked for the outcome
    return first->handle();
}

void FutureState::drop_error() noexcept {
    if (error_ && !looked_at_) {
        log::app_log().error(
            "Future exception was never retrieved: ", log::format_exception(error_)
        );
    }
    error_ = nullptr;
}

}  // namespace tornado::concurrent
