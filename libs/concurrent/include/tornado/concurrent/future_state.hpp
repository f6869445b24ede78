#pragma once

#include <cassert>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <utility>

#include "tornado/concurrent/errors.hpp"
#include "tornado/concurrent/frame_pool.hpp"
#include "tornado/concurrent/scheduler.hpp"

namespace tornado::concurrent {

class FutureState;
class CoroutineState;

/// Something that waits for a future: an awaiting coroutine, a callback, or one of the library's
/// own objects.
///
/// A node that its owner embeds, so that waiting does not allocate.
struct Waiter : Task {
    enum class Kind : std::uint8_t {
        coroutine,  ///< resumed directly by the end of the coroutine it awaits, otherwise through
                    ///< the ready queue
        queued,     ///< run through the ready queue
        placed,     ///< run at once, also within set_result(): it only puts itself into a queue
        direct  ///< run directly by the end of a coroutine, otherwise through the ready queue: for
                ///< the library's own state machines
    };
    enum class Place : std::uint8_t { nowhere, attached, in_queue };

    Kind kind = Kind::queued;
    Place place = Place::nowhere;
    bool cancelled = false;  ///< this wait was withdrawn: the coroutine gets CancelledError
    bool is_ours = false;    ///< whether it is a CoroutineState

protected:  // a CoroutineState's, where there is room for them
    bool left_entry_ : 1 = false;
    bool cancel_requested_ : 1 = false;
    // For the compiler to write all of these at once.
    std::uint8_t unused_ : 6 = 0;
    std::uint8_t unused_too_ = 0;
    std::uint8_t nor_this_ = 0;

public:
    FutureState* source;  ///< what it is or was attached to
    void* frame;          ///< for Kind::coroutine: the address of its handle

    Waiter() noexcept : source{nullptr}, frame{nullptr} { is_waiter = true; }
    [[nodiscard]] std::coroutine_handle<> handle() const noexcept {
        return std::coroutine_handle<>::from_address(frame);
    }
    /// For `run`: resumes `handle`.
    static void resume(Task& task) {
        auto& waiter = static_cast<Waiter&>(task);
        waiter.place = Place::nowhere;
        waiter.handle().resume();
    }

    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    [[gnu::always_inline]] ~Waiter();

protected:
    /// Of a coroutine that may never wait.
    explicit Waiter(Context&& caller) noexcept : Task{std::move(caller)} {
        is_waiter = true;
        is_ours = true;
    }
};

/// What every kind of future shares: reference count, status, error and waiters.
///
/// The derived class holds the value. Not atomic: a future never leaves its thread.
class FutureState {
public:
    enum class Status : std::uint8_t { pending, value, error, cancelled };

    FutureState(const FutureState&) = delete;
    FutureState& operator=(const FutureState&) = delete;

    [[nodiscard]] Status status() const noexcept { return status_; }
    [[nodiscard]] bool settled() const noexcept { return status_ != Status::pending; }
    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }

    void retain() noexcept { ++references_; }
    [[gnu::always_inline]] void release() noexcept {
        if (--references_ == 0) {
            destroy();
        }
    }

    /// Whether one consumer alone holds this: a future or an awaiter, not counting who will settle
    /// it.
    [[nodiscard]] bool has_one_consumer() const noexcept {
        return references_ - (has_producer_ ? 1U : 0U) == 1U;
    }
    [[nodiscard]] bool has_one_reference() const noexcept { return references_ == 1; }

    /// Nobody needs to look at the outcome: a failure is not logged.
    void mark_looked_at() noexcept { looked_at_ = true; }

    /// Whether anybody has seen or taken the value. What hands out things that must not get lost
    /// (items of a queue, say) takes back what was dropped unseen.
    [[nodiscard]] bool value_seen() const noexcept { return value_seen_; }
    void mark_value_seen() noexcept { value_seen_ = true; }

    /// Whether this hands out things that must not get lost: what takes its value over, and is
    /// dropped before anybody has seen that, gives it back.
    [[nodiscard]] bool takes_back() const noexcept { return operations_->take_back != nullptr; }
    /// `value` points to the value that was taken.
    void take_back(void* value) noexcept { operations_->take_back(*this, value); }

    /// Whether a coroutine ended before it could hear that it was cancelled.
    [[nodiscard]] bool cancelled_too_late() const noexcept { return cancelled_too_late_; }

    /// Adds a waiter to an unsettled future.
    void attach(Waiter& waiter) noexcept {
        assert(!settled() && waiter.place == Waiter::Place::nowhere);
        waiter.source = this;
        waiter.place = Waiter::Place::attached;
        waiter.next = last_waiter_;
        last_waiter_ = &waiter;
    }
    /// Takes a waiter away again.
    void detach(Waiter& waiter) noexcept;

    /// Takes the operation back. False when it is settled already.
    bool cancel() { return !settled() && operations_->cancel(*this); }

    /// Throws the error or CancelledError; does nothing when there is a value. Throws when pending.
    void throw_if_failed() {
        if (status_ != Status::value) {
            throw_failure();
        }
    }
    /// When there is no value.
    [[noreturn]] void throw_failure();

    /// For who started it and has no use for the outcome: throws the error if nobody else has
    /// looked at it.
    void throw_if_unseen();

    void settle_with_error(std::exception_ptr error) noexcept;
    void settle_as_cancelled() noexcept;

protected:
    struct Operations {
        void (*destroy)(FutureState&) noexcept;
        bool (*cancel)(FutureState&);
        void (*take_back)(FutureState&, void* value) noexcept = nullptr;
    };

    FutureState(const Operations& operations, unsigned references, bool has_producer) noexcept
        : operations_{&operations},
          references_{references},
          has_producer_{has_producer} {}
    /// For the promise of a coroutine, at whose beginning this must be; `operations` need not
    /// destroy it. One reference is for the future that is returned, one is the coroutine's own
    /// while it lives.
    struct OfCoroutine {};
    FutureState(OfCoroutine /*tag*/, const Operations& operations) noexcept
        : operations_{&operations},
          references_{2},
          has_producer_{true},
          is_coroutine_{true} {}
    [[gnu::always_inline]] ~FutureState() {
        if (error_) {
            drop_error();
        }
    }

    /// Marks the state as settled and hands its waiters to the ready queue.
    void settle(Status status) noexcept;

    /// The same, but the first awaiting coroutine is returned, to be resumed by symmetric transfer.
    std::coroutine_handle<> settle_and_transfer() noexcept {
        assert(!settled());
        status_ = outcome_;
        return last_waiter_ == nullptr ? std::noop_coroutine() : transfer();
    }

    /// Says how the coroutine is going to end, when not with a value.
    void set_outcome(Status status, std::exception_ptr error = nullptr) noexcept {
        outcome_ = status;
        error_ = std::move(error);
    }
    void set_operations(const Operations& operations) noexcept { operations_ = &operations; }
    void producer_gone() noexcept { has_producer_ = false; }
    void mark_cancelled_too_late() noexcept { cancelled_too_late_ = true; }

private:
    friend class CoroutineState;
    using Frame = std::coroutine_handle<FutureState>;
    void destroy() noexcept {
        if (is_coroutine_) {
            Frame::from_promise(*this).destroy();
        } else {
            operations_->destroy(*this);
        }
    }
    void drop_error() noexcept;
    std::coroutine_handle<> transfer() noexcept;
    Waiter* take_waiters() noexcept;
    void hand_over(Waiter* first) noexcept;

    const Operations* operations_;
    std::exception_ptr error_;
    Waiter* last_waiter_ = nullptr;  // each points to the one that came before it
    unsigned references_;
    Status status_ = Status::pending;
    Status outcome_ = Status::value;
    bool has_producer_ : 1;
    bool looked_at_ : 1 = false;
    bool cancelled_too_late_ : 1 = false;
    bool is_coroutine_ : 1 = false;
    // For the compiler to write the whole byte without reading it first, when it was just written
    // in parts as the end of another frame in this place.
    std::uint8_t unused_ : 4 = 0;
    bool value_seen_ = false;
};

[[gnu::always_inline]] inline Waiter::~Waiter() {
    if (place == Place::attached) {
        source->detach(*this);
    }
}

/// An owning reference to a future's state.
template <typename State>
class StateRef {
public:
    StateRef() noexcept = default;
    /// Takes over a reference that is counted already.
    static StateRef adopt(State* state) noexcept {
        StateRef reference;
        reference.state_ = state;
        return reference;
    }
    explicit StateRef(State* state) noexcept : state_{state} { retain(); }
    StateRef(const StateRef& other) noexcept : state_{other.state_} { retain(); }
    StateRef(StateRef&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    StateRef& operator=(StateRef other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    [[gnu::always_inline]] ~StateRef() {
        if (state_ != nullptr) {
            state_->release();
        }
    }

    /// Gives the reference away, as adopt() takes it.
    [[nodiscard]] State* let_go() noexcept { return std::exchange(state_, nullptr); }
    [[nodiscard]] State* get() const noexcept { return state_; }
    State* operator->() const noexcept { return state_; }
    State& operator*() const noexcept { return *state_; }
    explicit operator bool() const noexcept { return state_ != nullptr; }

private:
    void retain() const noexcept {
        if (state_ != nullptr) {
            state_->retain();
        }
    }
    State* state_ = nullptr;
};

}  // namespace tornado::concurrent
