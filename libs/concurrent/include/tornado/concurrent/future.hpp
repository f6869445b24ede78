#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/coroutine.hpp"
#include "tornado/concurrent/future_state.hpp"

namespace tornado {

template <typename T>
class Future;
template <typename T>
class Promise;

namespace concurrent {

struct Void {};

/// Whether a T can be copied, down to its elements: of itself a vector says so whatever it holds.
template <typename T>
inline constexpr bool is_copyable = std::is_copy_constructible_v<T>;
template <typename T>
requires requires(const T& range) {
    typename T::value_type;
    range.begin();
    range.end();
}
inline constexpr bool is_copyable<T> =
    std::is_copy_constructible_v<T> &&
    (std::is_same_v<T, typename T::value_type> || is_copyable<typename T::value_type>);
template <typename First, typename Second>
inline constexpr bool is_copyable<std::pair<First, Second>> =
    is_copyable<First>&& is_copyable<Second>;
template <typename... Ts>
inline constexpr bool is_copyable<std::tuple<Ts...>> = (is_copyable<Ts> && ...);
template <typename T>
inline constexpr bool is_copyable<std::optional<T>> = is_copyable<T>;

/// Says that there is no exception to fail with.
[[noreturn]] void fail_without_exception();

/// A future's state with room for its value.
template <typename T>
class ValueState : public FutureState {
public:
    using Value = std::conditional_t<std::is_void_v<T>, Void, T>;
    static_assert(
        alignof(Value) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__,
        "a Future's value must not be aligned more strictly than operator new aligns: "
        "give it a std::unique_ptr to others"
    );

    [[nodiscard]] const Value& value() noexcept {
        this->mark_value_seen();
        return value_;
    }

    /// The value for one who awaits an rvalue: moved out when nobody else can see it or when it
    /// cannot be copied, copied otherwise.
    Value take_value() {
        this->mark_value_seen();
        if constexpr (is_copyable<Value>) {
            if (!has_one_reference()) {
                return value_;
            }
        }
        return std::move(value_);
    }

protected:
    ValueState(const Operations& operations, unsigned references, bool has_producer) noexcept
        : FutureState{operations, references, has_producer} {}
    ValueState(OfCoroutine tag, const Operations& operations) noexcept
        : FutureState{tag, operations} {}
    [[gnu::always_inline]] ~ValueState() {
        if (status() == Status::value) {
            value_.~Value();
        }
    }

    template <typename... Args>
    void construct(Args&&... args) {
        ::new (static_cast<void*>(&value_)) Value(std::forward<Args>(args)...);
    }
    /// For who takes back what nobody has seen.
    [[nodiscard]] Value& held_value() noexcept { return value_; }

private:
    union {
        Value value_;
    };
};

template <typename T>
class CoroutinePromise;

/// The node with which a coroutine of another kind waits for a future.
struct ForeignWaiter : Waiter, Pooled {
    explicit ForeignWaiter(std::coroutine_handle<> handle);
};

/// What `co_await` of a future or a turn makes, without the future that is awaited. A coroutine of
/// ours is itself the node that waits.
class FutureWait {
public:
    FutureWait(const FutureWait&) = delete;
    FutureWait& operator=(const FutureWait&) = delete;

protected:
    FutureWait() noexcept = default;
    [[gnu::always_inline]] ~FutureWait() {
        if (waiter_ != nullptr && !waiter_->is_ours) {
            drop_foreign(*waiter_);
        }
    }

    template <typename P>
    [[gnu::always_inline]] void begin(std::coroutine_handle<P> handle) {
        if constexpr (std::is_base_of_v<CoroutineState, P>) {
            waiter_ = &handle.promise();
        } else {
            waiter_ = new ForeignWaiter{handle};
        }
    }
    template <typename P>
    [[gnu::always_inline]] bool suspend(std::coroutine_handle<P> handle, FutureState& state) {
        if constexpr (std::is_base_of_v<CoroutineState, P>) {
            return handle.promise().suspend(handle, state);
        } else {
            state.attach(*waiter_);
            return true;
        }
    }

    template <typename P>
    bool suspend_for_a_turn(std::coroutine_handle<P> handle) {
        begin(handle);
        if constexpr (std::is_base_of_v<CoroutineState, P>) {
            return handle.promise().suspend_for_a_turn(handle);
        } else {
            waiter_->place = Waiter::Place::in_queue;
            Scheduler::current().schedule(*waiter_);
            return true;
        }
    }

    [[nodiscard, gnu::always_inline]] bool was_told_to_suspend() const noexcept {
        return waiter_ != nullptr;
    }
    /// When it was told to suspend. A coroutine of another kind is never cancelled.
    [[nodiscard, gnu::always_inline]] bool resumed_as_cancelled() const noexcept {
        return waiter_->cancelled;
    }
    /// When it was cancelled: throws CancelledError, unless the value of `taken`, if it takes any,
    /// shall be had all the same.
    void hear_of_cancellation(const FutureState* taken) { hear(*waiter_, taken); }

    /// What awaiting a future gives.
    template <bool take, typename T>
    [[gnu::always_inline]] decltype(auto) value_of(ValueState<T>& state) {
        if (state.status() != FutureState::Status::value) {
            throw_outcome(state);
        }
        if constexpr (std::is_void_v<T>) {
            return;
        } else if constexpr (take) {
            return T(state.take_value());
        } else {
            return static_cast<const T&>(state.value());
        }
    }

    /// Throws what there is instead of a value. Without an outcome it was one of several that one
    /// expression awaits, and the cancellation was heard with another.
    [[noreturn]] void throw_outcome(FutureState& state) { throw_outcome(waiter_, state); }

private:
    static void drop_foreign(Waiter& waiter) noexcept;
    static void hear(Waiter& waiter, const FutureState* taken);
    [[noreturn]] static void throw_outcome(Waiter* waiter, FutureState& state);

    Waiter* waiter_ = nullptr;
};

/// What `co_await future` makes.
template <typename T, bool take>
class FutureAwaiter;

/// Of a future that has a name: holds it as well.
template <typename T>
class FutureAwaiter<T, false> : FutureWait {
public:
    explicit FutureAwaiter(StateRef<ValueState<T>> state) noexcept : state_{std::move(state)} {}

    [[nodiscard]] bool await_ready() const noexcept { return state_->settled(); }
    template <typename P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        this->begin(handle);
        return this->suspend(handle, *state_);
    }
    [[gnu::always_inline]] decltype(auto) await_resume() {
        hear_of_cancellation_if_any();
        return this->template value_of<false>(*state_);
    }

protected:
    [[gnu::always_inline]] void hear_of_cancellation_if_any() {
        if (this->was_told_to_suspend() && this->resumed_as_cancelled()) {
            this->hear_of_cancellation(nullptr);
        }
    }
    void expect_end() {
        hear_of_cancellation_if_any();
        if (!state_->settled()) {
            this->throw_outcome(*state_);
        }
    }

private:
    StateRef<ValueState<T>> state_;
};

/// Of a temporary future, which it leaves where it is and takes over only to suspend: most are done
/// by then.
template <typename T>
class FutureAwaiter<T, true> : FutureWait {
public:
    explicit FutureAwaiter(StateRef<ValueState<T>>& future) noexcept : future_{&future} {}
    FutureAwaiter(const FutureAwaiter&) = delete;
    FutureAwaiter& operator=(const FutureAwaiter&) = delete;
    [[gnu::always_inline]] ~FutureAwaiter() {
        if (this->was_told_to_suspend()) {
            taken_->release();
        }
    }

    [[nodiscard, gnu::always_inline]] bool await_ready() const noexcept {
        return (*future_)->settled();
    }
    template <typename P>
    [[gnu::always_inline]] bool await_suspend(std::coroutine_handle<P> handle) {
        this->begin(handle);
        taken_ = future_->let_go();
        return this->suspend(handle, *taken_);
    }
    [[gnu::always_inline]] decltype(auto) await_resume() {
        auto* state = taken_;
        if (!this->was_told_to_suspend()) {
            state = future_->get();
        } else if (this->resumed_as_cancelled()) {
            this->hear_of_cancellation(state);
        }
        return this->template value_of<true>(*state);
    }

private:
    union {
        StateRef<ValueState<T>>* future_;
        ValueState<T>* taken_;  // once it was told to suspend
    };
};

/// What waits until a future is done and does not look at the outcome. Throws when the waiting is
/// cancelled, and only then. For a future that the caller holds.
template <typename T>
class UntilDone : public FutureAwaiter<T, false> {
public:
    explicit UntilDone(const Future<T>& future) noexcept;
    void await_resume() { this->expect_end(); }
};

/// A callback that waits for a future: a node of its own, which keeps the callable until all that
/// it started is over.
template <typename T, typename F>
class CallbackWaiter : public Waiter, public Pooled {
public:
    CallbackWaiter(F callable, StateRef<ValueState<T>> state)
        : callable_{std::move(callable)},
          state_{std::move(state)} {
        context = Context::capture();
        run = [](Task& task) { static_cast<CallbackWaiter&>(task).call(); };
        discard = [](Task& task) noexcept {
            auto* self = static_cast<CallbackWaiter*>(&task);
            self->state_->mark_looked_at();  // somebody would have, had the loop not been closed
            delete self;
        };
    }

    /// Waits, or goes into the ready queue when the future is done.
    void start() {
        if (state_->settled()) {
            source = state_.get();
            place = Place::in_queue;
            Scheduler::current().schedule(*this);
        } else {
            state_->attach(*this);
        }
    }

private:
    void call();

    F callable_;
    StateRef<ValueState<T>> state_;
};

}  // namespace concurrent

/// The outcome, some day, of an asynchronous operation or coroutine.
///
/// Any function that returns a Future may be a coroutine. It runs until its first real suspension
/// when it is called; `co_await` is for the result. Dropping a future neither cancels nor waits. A
/// failure that nobody ever looked at is logged when the last reference goes.
///
/// `co_await f` yields `const T&` of a named future. `co_await operation()` moves the value out if
/// nobody else holds the future and copies it otherwise; what cannot be copied is moved in any
/// case, and leaves to other holders what a move leaves. Several coroutines may await one future.
///
/// Ownership: a reference; copies share one outcome. A coroutine's frame is its future's memory: of
/// what is in it, the local variables end with the coroutine, but its arguments with the last
/// future. What an argument must let go of in time (a lock's guard, say) is moved into a local.
/// Thread safety: never leaves the thread it was made on.
/// Cancellation: cancel(). A coroutine of another kind than this library's hears of none; its frame
/// must not be destroyed while it waits for its turn in the loop's queue.
/// Mirrors `tornado.concurrent.Future`.
///
///     Future<int> answer(IOStream& stream) {
///         auto line = co_await stream.read_until("\n");
///         co_return parse(line);
///     }
template <typename T = void>
class Future {
public:
    using value_type = T;
    using promise_type = concurrent::CoroutinePromise<T>;
    using State = concurrent::ValueState<T>;

    explicit Future(concurrent::StateRef<State> state) noexcept : state_{std::move(state)} {}

    /// A future that has its value already.
    template <typename... Args>
    static Future ready(Args&&... args);
    /// A future that has failed already. Throws std::invalid_argument when `error` is null.
    static Future failed(std::exception_ptr error);

    /// Whether both have one outcome, not whether their outcomes are equal.
    [[nodiscard]] friend bool operator==(const Future& left, const Future& right) noexcept {
        return left.state_.get() == right.state_.get();
    }

    /// Whether there is a result, an error or a cancellation.
    [[nodiscard]] bool done() const noexcept { return state_->settled(); }
    [[nodiscard]] bool cancelled() const noexcept {
        return state_->status() == State::Status::cancelled;
    }

    /// The value. Throws the error if the operation failed, CancelledError if it was cancelled, and
    /// concurrent::InvalidStateError if it is not done.
    decltype(auto) result() const {
        state_->throw_if_failed();
        if constexpr (!std::is_void_v<T>) {
            return static_cast<const T&>(state_->value());
        }
    }

    /// The error, or null when there is a value, or no outcome yet, or a cancellation.
    [[nodiscard]] std::exception_ptr exception() const noexcept {
        state_->mark_looked_at();
        return state_->error();
    }

    /// Takes the operation back, or withdraws a coroutine's present wait: it goes on with
    /// CancelledError. Returns false, and does nothing, when the future is done. (A coroutine may
    /// finish normally all the same.)
    bool cancel() const { return state_->cancel(); }

    /// Calls `callback(future)` or `callback()` from the ready queue once the future is done; never
    /// at once. The callable is kept until the future that it returns, if any, is done. What it or
    /// that future throws is the loop's to handle: it is logged.
    template <typename F>
    void add_done_callback(F callback) const {
        (new concurrent::CallbackWaiter<T, F>(std::move(callback), state_))->start();
    }

    /// Declares that nobody needs to look at the outcome: its failure is not logged.
    const Future& ignore() const noexcept {
        state_->mark_looked_at();
        return *this;
    }

    auto operator co_await() const& noexcept { return concurrent::FutureAwaiter<T, false>{state_}; }
    auto operator co_await() && noexcept { return concurrent::FutureAwaiter<T, true>{state_}; }

    /// For the library's own state machines.
    [[nodiscard]] const concurrent::StateRef<State>& state() const noexcept { return state_; }

private:
    concurrent::StateRef<State> state_;
};

namespace concurrent {

template <typename T>
inline constexpr bool is_future = false;
template <typename T>
inline constexpr bool is_future<Future<T>> = true;

/// The promise type of a coroutine that returns Future<T>: its frame is the future's state.
template <typename T>
class CoroutinePromiseBase : public ValueState<T>, public CoroutineState, public Pooled {
public:
    using Pooled::operator new;
    using Pooled::operator delete;

    Future<T> get_return_object() noexcept {
        return Future<T>{StateRef<ValueState<T>>::adopt(this)};
    }
    std::suspend_never initial_suspend() noexcept { return {}; }

    struct FinalAwaiter {
        bool await_ready() noexcept { return false; }
        [[gnu::always_inline]] std::coroutine_handle<> await_suspend(
            std::coroutine_handle<CoroutinePromise<T>> handle
        ) noexcept {
            return handle.promise().finish();
        }
        void await_resume() noexcept {}
    };
    FinalAwaiter final_suspend() noexcept { return {}; }

    void unhandled_exception() noexcept {
        try {
            throw;
        } catch (const CancelledError&) {
            this->set_outcome(FutureState::Status::cancelled);
        } catch (...) {
            this->set_outcome(FutureState::Status::error, std::current_exception());
        }
    }

    [[gnu::always_inline]] ~CoroutinePromiseBase() { this->clean_up(*this); }

protected:
    CoroutinePromiseBase() noexcept : ValueState<T>{FutureState::OfCoroutine{}, operations} {}

private:
    [[gnu::always_inline]] std::coroutine_handle<> finish() noexcept {
        this->end(*this);
        auto following = this->settle_and_transfer();
        this->release();  // may destroy this frame
        return following;
    }

    static constexpr FutureState::Operations operations{
        nullptr,
        [](FutureState& state) {
            static_cast<CoroutinePromise<T>&>(static_cast<ValueState<T>&>(state)).request_cancel();
            return true;
        }};
};

template <typename T>
class CoroutinePromise : public CoroutinePromiseBase<T> {
public:
    [[gnu::always_inline]] ~CoroutinePromise() = default;
    template <typename U = T>
    requires std::is_constructible_v<T, U&&>
    void return_value(U&& value) { this->construct(std::forward<U>(value)); }
};

template <>
class CoroutinePromise<void> : public CoroutinePromiseBase<void> {
public:
    [[gnu::always_inline]] ~CoroutinePromise() = default;
    void return_void() noexcept { construct(); }
};

/// The state of a future that was settled from the start.
template <typename T>
class SettledState : public ValueState<T>, public Pooled {
public:
    template <typename... Args>
    explicit SettledState(std::in_place_t, Args&&... args) : ValueState<T>{operations, 1, false} {
        this->construct(std::forward<Args>(args)...);
        this->settle(FutureState::Status::value);
    }
    explicit SettledState(std::exception_ptr error) : ValueState<T>{operations, 1, false} {
        this->settle_with_error(std::move(error));
    }

private:
    static constexpr FutureState::Operations operations{
        [](FutureState& state) noexcept { delete static_cast<SettledState*>(&state); },
        [](FutureState&) { return false; }};
};

/// One settled state a thread, for all its futures that are done from the start.
[[nodiscard]] StateRef<ValueState<void>> ready_state() noexcept;

/// Keeps `owner` until `started` is done, and throws the failure that nobody else looks at: a
/// coroutine's captures live in the callable that started it.
template <typename T, typename Owner>
void watch_outcome(const Future<T>& started, Owner owner) {
    if (started.done()) {
        started.state()->throw_if_unseen();
    } else {
        started.add_done_callback([kept = std::move(owner)](const Future<T>& ended) {
            ended.state()->throw_if_unseen();
        });
    }
}

/// Calls a future's callback, with the future if it takes one. `owner` is what the callable lives
/// in, or points to it.
template <typename T, typename F, typename Owner>
void call_done_callback(F& callable, StateRef<ValueState<T>> state, Owner owner) {
    // The callback's own future is the only one made here: it may be the last, whose value can be
    // moved.
    const auto invoke = [&]() -> decltype(auto) {
        if constexpr (std::is_invocable_v<F&, Future<T>>) {
            return callable(Future<T>{std::move(state)});
        } else {
            state->mark_value_seen();  // to be told is all that it wants
            return callable();
        }
    };
    if constexpr (is_future<std::decay_t<decltype(invoke())>>) {
        const auto started = invoke();
        watch_outcome(started, std::move(owner));
    } else {
        invoke();
    }
}

template <typename T, typename F>
void CallbackWaiter<T, F>::call() {
    place = Place::nowhere;
    call_done_callback<T>(callable_, std::move(state_), std::unique_ptr<CallbackWaiter>{this});
}

template <typename T>
UntilDone<T>::UntilDone(const Future<T>& future) noexcept
    : FutureAwaiter<T, false>{future.state()} {}

}  // namespace concurrent

template <typename T>
template <typename... Args>
Future<T> Future<T>::ready(Args&&... args) {
    if constexpr (std::is_void_v<T>) {
        return Future{concurrent::ready_state()};
    } else {
        using concurrent::SettledState;
        return Future{concurrent::StateRef<State>::adopt(
            new SettledState<T>(std::in_place, std::forward<Args>(args)...)
        )};
    }
}

template <typename T>
Future<T> Future<T>::failed(std::exception_ptr error) {
    if (error == nullptr) {
        concurrent::fail_without_exception();
    }
    return Future{
        concurrent::StateRef<State>::adopt(new concurrent::SettledState<T>(std::move(error)))};
}

}  // namespace tornado
