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
    Moment() noexcept = default;
    Moment(const Moment&) = delete;
    Moment& operator=(const Moment&) = delete;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        waiter_.kind = concurrent::Waiter::Kind::coroutine;
        waiter_.handle = handle;
        waiter_.run = &concurrent::Waiter::resume;
        if constexpr (std::is_base_of_v<concurrent::CoroutineState, P>) {
            waiter_.coroutine = &handle.promise();
            return waiter_.coroutine->suspend_for_a_turn(waiter_);
        } else {
            concurrent::require_wakeup();
            waiter_.context = concurrent::Context::capture();
            waiter_.place = concurrent::Waiter::Place::in_queue;
            concurrent::Scheduler::current().schedule(waiter_);
            return true;
        }
    }
    void await_resume() const {
        if (waiter_.coroutine != nullptr) {
            waiter_.coroutine->resumed();
        }
        if (waiter_.cancelled) {
            throw CancelledError{};
        }
    }

private:
    concurrent::Waiter waiter_;
};

/// Lets the loop do one turn: callbacks that are ready and descriptors get theirs. Mirrors
/// `gen.moment`.
inline Moment moment() noexcept {
    return {};
}

}  // namespace tornado::gen
