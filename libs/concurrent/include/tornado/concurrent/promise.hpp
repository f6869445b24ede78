#pragma once

#include "tornado/concurrent/future.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado {

namespace concurrent {

/// Calls what takes an operation back, and logs what that throws: there is nobody to tell.
void run_take_back(util::UniqueFunction<void()>& take_back) noexcept;

/// The state behind a Promise, with what takes the operation back.
template <typename T>
class PromiseState : public ValueState<T>, public Pooled {
public:
    PromiseState() noexcept : ValueState<T>{operations, 1, true} {}

    template <typename... Args>
    void set_value(Args&&... args) {
        this->construct(std::forward<Args>(args)...);
        const auto dropped = std::move(on_cancel);  // at the end: it may own anything, this too
        this->settle(FutureState::Status::value);
    }
    /// With the value of `origin`, which it gives back when nobody has seen it at its end.
    void set_value_of(const StateRef<ValueState<T>>& origin) {
        const bool is_moved = !is_copyable<T> || origin->has_one_reference();
        auto value = origin->take_value();
        if (is_moved && origin->takes_back()) {
            origin_ = origin;
            this->set_operations(giving_back);
        }
        set_value(std::move(value));
    }
    void set_failure(std::exception_ptr error) noexcept {
        const auto dropped = std::move(on_cancel);
        this->settle_with_error(std::move(error));
    }
    void set_cancelled() noexcept {
        const auto dropped = std::move(on_cancel);
        this->settle_as_cancelled();
    }
    void drop_producer() noexcept { this->producer_gone(); }

    util::UniqueFunction<void()> on_cancel;

private:
    static void destroy(FutureState& state) noexcept { delete static_cast<PromiseState*>(&state); }
    static bool cancel_operation(FutureState& state) {
        auto& self = static_cast<PromiseState&>(state);
        const StateRef<FutureState> alive{&state};
        auto take_back = std::move(self.on_cancel);
        self.settle_as_cancelled();
        if (take_back) {
            run_take_back(take_back);
        }
        return true;
    }
    static void give_back(FutureState& state, void* value) noexcept {
        static_cast<PromiseState&>(state).origin_->take_back(value);
    }
    static void destroy_giving_back(FutureState& state) noexcept {
        auto& self = static_cast<PromiseState&>(state);
        const bool unseen = state.status() == FutureState::Status::value && !state.value_seen();
        if (unseen) {
            self.origin_->take_back(&self.held_value());
        }
        destroy(state);
    }

    static constexpr FutureState::Operations operations{&destroy, &cancel_operation};
    static constexpr FutureState::Operations giving_back{
        &destroy_giving_back,
        &cancel_operation,
        &give_back};

    StateRef<ValueState<T>> origin_;  ///< to which an unseen value goes back
};

/// What a Promise says to its misuse.
[[noreturn]] void fail_settled_twice();
[[noreturn]] void fail_moved_from();

}  // namespace concurrent

/// The producing end of a future: makes futures out of callback interfaces.
///
/// Settling hands whoever waits to the ready queue; nothing runs inside set_result. Settling twice,
/// or after a move, throws concurrent::InvalidStateError, but settling after the consumer cancelled
/// is quietly ignored (Tornado's `future_set_result_unless_cancelled`). Destroyed unsettled, it
/// settles with concurrent::BrokenPromise.
///
/// Ownership: moves, never copies. Thread safety: stays on its thread.
/// Cancellation: on_cancel() names what takes the operation back.
template <typename T = void>
class Promise {
public:
    Promise()
        : state_{concurrent::StateRef<
              concurrent::PromiseState<T>>::adopt(new concurrent::PromiseState<T>)} {}
    Promise(Promise&&) noexcept = default;
    Promise& operator=(Promise&& other) noexcept {
        Promise old{std::move(*this)};
        state_ = std::move(other.state_);
        return *this;
    }
    ~Promise() {
        if (!state_) {
            return;
        }
        if (!state_->settled() && !state_->has_one_reference()) {  // is anybody there to tell?
            state_->set_failure(std::make_exception_ptr(concurrent::BrokenPromise{}));
        }
        state_->drop_producer();
    }

    /// The future that this settles; call it as often as needed.
    [[nodiscard]] Future<T> future() const {
        return Future<T>{concurrent::StateRef<concurrent::ValueState<T>>{&state()}};
    }

    /// Whether it is settled, was cancelled by the consumer, or has been moved from.
    [[nodiscard]] bool done() const noexcept { return !state_ || state_->settled(); }

    template <typename... Args>
    void set_result(Args&&... args) {
        if (may_settle()) {
            state_->set_value(std::forward<Args>(args)...);
        }
    }
    /// Throws std::invalid_argument when `error` is null. CancelledError makes the future
    /// cancelled.
    void set_exception(std::exception_ptr error) {
        if (error == nullptr) {
            concurrent::fail_without_exception();
        }
        if (may_settle()) {
            state_->set_failure(std::move(error));
        }
    }
    template <typename E>
    requires(!std::is_same_v<std::decay_t<E>, std::exception_ptr>) void set_exception(E&& error) {
        set_exception(std::make_exception_ptr(std::forward<E>(error)));
    }

    /// The operation has been taken back, but not by the consumer: whoever waits gets
    /// CancelledError. on_cancel() is not called.
    void set_cancelled() {
        if (may_settle()) {
            state_->set_cancelled();
        }
    }

    /// Settles as `other` is settled, which must be done. The value is moved when nobody else holds
    /// `other`. An item of a queue, or what else must not get lost, goes back to where it came from
    /// when the future is dropped before anybody has seen it.
    void settle_like(Future<T> other) {
        using Status = concurrent::FutureState::Status;
        if (!may_settle()) {
            return;
        }
        auto& outcome = *other.state();
        if (outcome.status() == Status::cancelled) {
            state_->set_cancelled();
        } else if (outcome.status() == Status::error) {
            state_->set_failure(other.exception());
        } else {
            static_cast<void>(other.result());  // throws when it is not done
            if constexpr (std::is_void_v<T>) {
                state_->set_value();
            } else {
                state_->set_value_of(other.state());
            }
        }
    }

    /// Names what takes the operation back when the consumer cancels: called right after the future
    /// has become cancelled, and dropped, unused, when the promise is settled. What it throws is
    /// logged.
    void on_cancel(util::UniqueFunction<void()> take_back) {
        if (!state().settled()) {
            state_->on_cancel = std::move(take_back);
        }
    }

private:
    [[nodiscard]] concurrent::PromiseState<T>& state() const {
        if (!state_) {
            concurrent::fail_moved_from();
        }
        return *state_;
    }

    bool may_settle() const {
        const auto status = state().status();
        if (status == concurrent::FutureState::Status::cancelled) {
            return false;
        }
        if (status != concurrent::FutureState::Status::pending) {
            concurrent::fail_settled_twice();
        }
        return true;
    }

    concurrent::StateRef<concurrent::PromiseState<T>> state_;
};

}  // namespace tornado
