#pragma once

#include <coroutine>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::gen {

using ioloop::Duration;

/// Done after `duration`; cancelled when the loop closes before. Throws std::logic_error when it is
/// closed already. Cancellation: takes the timer back.
[[nodiscard]] Future<void> sleep(Duration duration);

/// What `co_await moment()` makes: one turn of the loop. Throws std::logic_error when the loop is
/// closed.
/// Cancellation: the coroutine gets CancelledError when its turn comes. The frame of a coroutine of
/// another kind than this library's must not be destroyed before.
class [[nodiscard]] Moment : concurrent::FutureWait {
public:
    Moment() noexcept = default;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        return this->suspend_for_a_turn(handle);
    }
    void await_resume() {
        if (this->resumed_as_cancelled()) {
            this->hear_of_cancellation(nullptr);
        }
    }
};

/// Lets the loop do one turn: callbacks that are ready and descriptors get theirs. Mirrors
/// `gen.moment`.
inline Moment moment() noexcept {
    return {};
}

}  // namespace tornado::gen
