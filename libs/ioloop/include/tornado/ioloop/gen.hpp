#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tornado/ioloop/ioloop.hpp"

/// Coroutine helpers. Mirrors `tornado.gen`.
namespace tornado::gen {

using ioloop::Duration;
using ioloop::TimeoutError;
using ioloop::TimePoint;

/// A future that is done after `duration`. Cancellation: takes the timer back.
[[nodiscard]] Future<void> sleep(Duration duration);

/// What `co_await moment()` makes: one turn of the loop, without an allocation.
/// Cancellation: the coroutine gets CancelledError when its turn comes.
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

namespace detail {

/// Logs the failure of a future whose result nobody waits for any more.
void log_late_failure(std::exception_ptr error) noexcept;

}  // namespace detail

/// The outcome of `future`, or TimeoutError if that takes longer than until `deadline`.
///
/// The inner future lives on: it is not cancelled, and its late failure is logged. Mirrors
/// `gen.with_timeout`. Cancellation: withdraws the waiting only.
template <typename T>
Future<T> with_timeout(TimePoint deadline, Future<T> future) {
    if (future.done()) {
        return future;
    }
    auto& loop = ioloop::IOLoop::current();
    auto outer = std::make_shared<Promise<T>>();
    auto result = outer->future();
    // The timeout alone owns the promise: while the promise is there, so are timeout and loop.
    const std::weak_ptr<Promise<T>> pending = outer;
    const auto timeout =
        loop.call_at(deadline, [owner = outer] { owner->set_exception(TimeoutError{"Timeout"}); });
    outer->on_cancel([timeout, &loop] { loop.remove_timeout(timeout); });
    outer.reset();
    future.add_done_callback([pending, timeout, &loop](const Future<T>& inner) {
        const auto waiting = pending.lock();
        if (waiting == nullptr) {
            if (auto error = inner.exception()) {
                detail::log_late_failure(std::move(error));
            }
            return;
        }
        loop.remove_timeout(timeout);
        if (inner.cancelled()) {
            waiting->future().cancel();
        } else if (auto error = inner.exception()) {
            waiting->set_exception(std::move(error));
        } else if constexpr (std::is_void_v<T>) {
            waiting->set_result();
        } else {
            waiting->set_result(inner.state()->take_value());
        }
    });
    return result;
}

template <typename T>
Future<T> with_timeout(Duration timeout, Future<T> future) {
    return with_timeout(ioloop::IOLoop::current().time() + timeout, std::move(future));
}

namespace detail {

/// Waits for one child; keeps the first failure and logs the others. Throws only when the waiting
/// itself is cancelled.
template <typename T>
Future<void> settle_child(const Future<T>& child, std::exception_ptr& first_error) {
    if (!child.done()) {
        try {
            co_await child;
        } catch (const CancelledError&) {
            if (!child.cancelled()) {
                throw;  // it is we who were cancelled
            }
        } catch (...) {
            // looked at below
        }
    }
    try {
        static_cast<void>(child.result());
    } catch (...) {
        if (first_error == nullptr) {
            first_error = std::current_exception();
        } else if (first_error != std::current_exception()) {  // the same one may stand here twice
            log_late_failure(std::current_exception());
        }
    }
}

template <typename T>
T take_result(Future<T>& child) {
    auto state = child.state();
    child = Future<T>{concurrent::StateRef<typename Future<T>::State>{}};
    return T(state->take_value());
}

}  // namespace detail

/// Waits for all of `children`, which run at the same time; their results, in order.
///
/// Throws the first error in the children's order, when all are done; other errors are logged.
/// Mirrors `gen.multi`. Cancellation: does not cancel the children.
template <typename T>
requires(!std::is_void_v<T>) Future<std::vector<T>> multi(std::vector<Future<T>> children) {
    std::exception_ptr first_error;
    for (auto& child : children) {
        co_await detail::settle_child(child, first_error);
    }
    if (first_error) {
        std::rethrow_exception(first_error);
    }
    std::vector<T> results;
    results.reserve(children.size());
    for (auto& child : children) {
        results.push_back(detail::take_result(child));
    }
    co_return results;
}

inline Future<void> multi(std::vector<Future<void>> children) {
    std::exception_ptr first_error;
    for (auto& child : children) {
        co_await detail::settle_child(child, first_error);
    }
    if (first_error) {
        std::rethrow_exception(first_error);
    }
}

/// The same for futures of different types: a tuple of their results.
template <typename... Ts>
requires(sizeof...(Ts) > 0 && (!std::is_void_v<Ts> && ...))
    Future<std::tuple<Ts...>> multi(Future<Ts>... children) {
    std::exception_ptr first_error;
    (co_await detail::settle_child(children, first_error), ...);
    if (first_error) {
        std::rethrow_exception(first_error);
    }
    co_return std::tuple<Ts...>(detail::take_result(children)...);
}

/// A future of any value: futures come back unchanged. Mirrors `gen.maybe_future`.
template <typename T>
auto maybe_future(T value) {
    if constexpr (concurrent::is_future<T>) {
        return value;
    } else {
        return Future<T>::ready(std::move(value));
    }
}

}  // namespace tornado::gen
