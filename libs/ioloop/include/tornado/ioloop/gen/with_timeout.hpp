#pragma once

#include <memory>
#include <utility>

#include "tornado/ioloop/gen/quiet_exceptions.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::gen {

using ioloop::Duration;
using ioloop::TimeoutError;
using ioloop::TimePoint;

namespace detail {

/// A promise that is cancelled rather than broken when its last owner goes: for what a loop's timer
/// settles, unless the loop closes first.
template <typename T>
std::shared_ptr<Promise<T>> make_promise_of_timer() {
    struct OfTimer : Promise<T> {
        ~OfTimer() {
            if (!this->done()) {
                this->set_cancelled();
            }
        }
    };
    return std::make_shared<OfTimer>();
}

}  // namespace detail

/// The outcome of `future`, or TimeoutError if that takes longer than until `deadline`.
///
/// The inner future lives on: it is not cancelled, and its late failure is logged unless it is
/// quiet. When the loop closes first, the outcome is cancelled. Mirrors `gen.with_timeout`.
/// Cancellation: withdraws the waiting only. An item of a queue that has come, and is dropped with
/// the future that this returns before anybody has seen it, goes back to the queue.
template <typename T>
Future<T> with_timeout(TimePoint deadline, Future<T> future, QuietExceptions quiet = {}) {
    if (future.done()) {
        return future;
    }
    auto& loop = ioloop::IOLoop::current();
    if (loop.closed()) {
        concurrent::throw_closed();
    }
    auto outer = detail::make_promise_of_timer<T>();
    auto result = outer->future();
    // The timeout alone owns the promise: while the promise is there, so are timeout and loop.
    const std::weak_ptr<Promise<T>> pending = outer;
    const auto timeout =
        loop.call_at(deadline, [owner = outer] { owner->set_exception(TimeoutError{"Timeout"}); });
    outer->on_cancel([timeout, &loop] { loop.remove_timeout(timeout); });
    outer.reset();
    future.add_done_callback([pending, timeout, quiet, &loop](Future<T> inner) {
        if (const auto waiting = pending.lock()) {
            loop.remove_timeout(timeout);
            waiting->settle_like(std::move(inner));
        } else if (const auto error = inner.exception()) {
            log_late_failure(error, quiet);
        }
    });
    return result;
}

template <typename T>
Future<T> with_timeout(Duration timeout, Future<T> future, QuietExceptions quiet = {}) {
    return with_timeout(ioloop::IOLoop::current().time_after(timeout), std::move(future), quiet);
}

}  // namespace tornado::gen
