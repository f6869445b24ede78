#pragma once

#include <coroutine>
#include <type_traits>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::gen {

using ioloop::Duration;

/// Done after `duration`; cancelled when the loop closes before. Throws std::logic_error when it is
/// closed already. Cancellation: takes the timer back.
[[nodiscard]] Future<void> sleep(Duration duration);

/// What `co_await moment()` makes: one turn of the loop, without an allocation. Throws
/// std::logic_error when the loop is closed.
/// Cancellation: the coroutine gets CancelledError when its turn comes. The frame of a coroutine of
/// another kind than this library's must not be destroyed before.
class [[nodiscard]] Moment {
public:
    Moment() noexcept {}
    ~Moment() {}
    Moment(const Moment&) = delete;
    Moment& operator=(const Moment&) = delete;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        if constexpr (std::is_base_of_v<concurrent::CoroutineState, P>) {
            coroutine_ = &handle.promise();
            return coroutine_->suspend_for_a_turn(handle);
        } else {
            concurrent::require_wakeup();
            ::new (static_cast<void*>(&waiter_)) concurrent::Waiter;
            waiter_.kind = concurrent::Waiter::Kind::coroutine;
            waiter_.frame = handle.address();
            waiter_.run = &concurrent::Waiter::resume;
            waiter_.context = concurrent::Context::capture();
            waiter_.place = concurrent::Waiter::Place::in_queue;
            concurrent::Scheduler::current().schedule(waiter_);
            return true;
        }
    }
    void await_resume() const {
        if (coroutine_ != nullptr && coroutine_->resumed_as_cancelled()) {
            throw CancelledError{};
        }
    }

private:
    concurrent::CoroutineState* coroutine_ = nullptr;
    union {
        concurrent::Waiter waiter_;  // of a coroutine of another kind; ours are nodes themselves
    };
};

/// Lets the loop do one turn: callbacks that are ready and descriptors get theirs. Mirrors
/// `gen.moment`.
inline Moment moment() noexcept {
    return {};
}

}  // namespace tornado::gen
