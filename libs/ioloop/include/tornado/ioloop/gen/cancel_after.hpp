#pragma once

#include <memory>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"

namespace tornado::gen {

using ioloop::Duration;
using ioloop::TimeoutError;
using ioloop::TimePoint;

namespace detail {

/// Cancels an operation when a deadline comes, unless this has gone by then. The operation must
/// live as long.
class CancelTimer {
public:
    CancelTimer(TimePoint deadline, concurrent::FutureState& operation);
    CancelTimer(const CancelTimer&) = delete;
    CancelTimer& operator=(const CancelTimer&) = delete;
    ~CancelTimer();

    [[nodiscard]] bool fired() const noexcept { return fired_; }

private:
    bool fired_ = false;
    ioloop::IOLoop& loop_;
    ioloop::Timeout timeout_;
    std::weak_ptr<void> pending_;  // there as long as the timeout, and so the loop, is
};

template <typename T>
Future<T> cancel_after(TimePoint deadline, Future<T> future) {
    CancelTimer timer{deadline, *future.state()};
    try {
        co_return co_await std::move(future);
    } catch (const CancelledError&) {
        if (!timer.fired()) {
            throw;
        }
    }
    throw TimeoutError{"Timeout"};
}

}  // namespace detail

/// The outcome of `future`, which is cancelled at `deadline`: then TimeoutError comes out as soon
/// as it has unwound, or its result if it came to one all the same.
///
/// Where with_timeout() gives up the waiting, this gives up the work, whoever else may be waiting
/// for it. Cancellation: cancels `future` too, unless somebody else holds it.
///
/// This is a coroutine, and what a coroutine has returned is its own: an item of a queue that is
/// dropped with the future that this returns, unseen, is lost. `queue.get(timeout)` has a limit
/// that loses nothing, and so has with_timeout().
///
///     const auto row = co_await gen::cancel_after(500ms, database.get(query));
template <typename T>
Future<T> cancel_after(TimePoint deadline, Future<T> future) {
    if (future.done()) {
        return future;
    }
    return detail::cancel_after(deadline, std::move(future));
}

template <typename T>
Future<T> cancel_after(Duration timeout, Future<T> future) {
    return cancel_after(ioloop::IOLoop::current().time_after(timeout), std::move(future));
}

}  // namespace tornado::gen
