#pragma once

#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/promise.hpp"

/// Functions over futures and promises. Mirrors `tornado.concurrent`.
namespace tornado::concurrent {

/// A promise on its way to be settled as a future is. When that does not happen, as the loop
/// closes, it is cancelled.
template <typename T>
class ChainedPromise {
public:
    explicit ChainedPromise(Promise<T> promise) noexcept : promise_{std::move(promise)} {}
    ChainedPromise(ChainedPromise&&) noexcept = default;
    ChainedPromise& operator=(ChainedPromise&&) = delete;
    ~ChainedPromise() {
        if (!promise_.done()) {
            promise_.set_cancelled();
        }
    }

    void operator()(Future<T> done) { promise_.settle_like(std::move(done)); }

private:
    Promise<T> promise_;
};

/// Settles `promise` with the outcome of `future` as soon as that is done: with its value, its
/// error or its cancellation.
///
/// Nothing happens if the consumer of `promise` has cancelled it by then. Cancelling it does not
/// cancel `future`. The value is moved when nobody else holds `future`, and copied otherwise. When
/// the loop closes first, the outcome is a cancellation.
/// Mirrors `chain_future`.
template <typename T>
void chain_future(Future<T> future, Promise<T> promise) {
    if (future.done()) {
        promise.settle_like(std::move(future));
        return;
    }
    future.add_done_callback(ChainedPromise<T>{std::move(promise)});
}

/// Sets the result unless the consumer has cancelled, which is what set_result() does anyway.
template <typename T, typename... Args>
void future_set_result_unless_cancelled(Promise<T>& promise, Args&&... args) {
    promise.set_result(std::forward<Args>(args)...);
}

/// Logs an error that came after its future was cancelled.
void log_after_cancellation(const std::exception_ptr& error) noexcept;

/// Sets the error, or logs it when the consumer has cancelled (where set_exception() drops it).
template <typename T>
void future_set_exception_unless_cancelled(Promise<T>& promise, std::exception_ptr error) {
    if (promise.future().cancelled()) {
        log_after_cancellation(error);
    } else {
        promise.set_exception(std::move(error));
    }
}

/// Calls `callback(future)` or `callback()`, at once when the future is done already; otherwise as
/// Future::add_done_callback does, which never calls at once.
///
/// The callable is kept until the future that it returns, if any, is done. What it throws when it
/// is called at once goes to the caller; what comes later is the loop's to handle.
template <typename T, typename F>
void future_add_done_callback(const Future<T>& future, F callback) {
    if (future.done()) {
        auto owner = std::make_unique<F>(std::move(callback));
        auto& callable = *owner;
        call_done_callback<T>(callable, future.state(), std::move(owner));
    } else {
        future.add_done_callback(std::move(callback));
    }
}

}  // namespace tornado::concurrent
