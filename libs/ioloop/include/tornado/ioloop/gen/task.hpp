#pragma once

#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/promise.hpp"

namespace tornado::gen {

/// The callback that task() gives to a function; copies are the same callback.
///
/// Calling it settles the task's future; twice throws concurrent::InvalidStateError. Once nobody
/// holds a copy any more, a task that was never called back fails with concurrent::BrokenPromise.
///
/// Thread safety: stays on its thread; from another one, go through IOLoop::add_callback().
template <typename T>
class TaskCallback {
public:
    /// The result, or what it is made of.
    template <typename... Args>
    void operator()(Args&&... args) const {
        promise_->set_result(std::forward<Args>(args)...);
    }
    /// The operation failed: an exception, or a pointer to one.
    template <typename E>
    void set_exception(E&& error) const {
        promise_->set_exception(std::forward<E>(error));
    }
    /// Names what takes the operation back, when the task is cancelled.
    void on_cancel(util::UniqueFunction<void()> take_back) const {
        promise_->on_cancel(std::move(take_back));
    }

    [[nodiscard]] Future<T> future() const { return promise_->future(); }

private:
    std::shared_ptr<Promise<T>> promise_ = std::make_shared<Promise<T>>();
};

/// A future of what `start` will call back with: makes an awaitable of a function in callback
/// style.
///
/// Calls `start(args..., callback)` at once; what that throws comes out of the future. A callback
/// with several arguments makes a T that is constructed from them, such as a std::tuple.
/// Mirrors `gen.Task`.
///
///     const auto answer = co_await gen::task<std::string>(&Legacy::ask, &legacy, "question");
template <typename T = void, typename F, typename... Args>
requires std::is_invocable_v<F, Args..., TaskCallback<T>>
[[nodiscard]] Future<T> task(F&& start, Args&&... args) {
    const TaskCallback<T> callback;
    auto future = callback.future();
    try {
        static_cast<void>(std::apply(
            std::forward<F>(start), std::forward_as_tuple(std::forward<Args>(args)..., callback)
        ));
    } catch (...) {
        if (future.done()) {
            throw;  // it has called back before
        }
        callback.set_exception(std::current_exception());
    }
    return future;
}

}  // namespace tornado::gen
