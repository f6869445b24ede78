#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::ioloop {

/// Something to run later. It takes any callable, also one that returns a Future.
using Callback = util::UniqueFunction<void()>;

using concurrent::watch_outcome;

/// Wraps a callable so that it lives until the future that it returns is done (a coroutine's
/// captures live in it). The failure of that future is thrown from the loop, as if the callable had
/// thrown it.
template <typename F>
Callback keep_until_done(F callable) {
    if constexpr (concurrent::is_future<std::decay_t<std::invoke_result_t<F&>>>) {
        return [owner = std::make_unique<F>(std::move(callable))]() mutable {
            const auto started = (*owner)();
            watch_outcome(started, std::move(owner));
        };
    } else {
        return [callable = std::move(callable)]() mutable { static_cast<void>(callable()); };
    }
}

/// The same in a ready queue, on the loop's own thread: the task is what owns the callable.
template <typename F>
class CallbackTask final : public concurrent::Task, public concurrent::Pooled {
public:
    template <typename G>
    explicit CallbackTask(G&& callable) : callable_(std::forward<G>(callable)) {
        context = concurrent::Context::capture();
        run = [](Task& task) { static_cast<CallbackTask&>(task).call(); };
        discard = [](Task& task) noexcept { delete static_cast<CallbackTask*>(&task); };
    }

private:
    void call() {
        std::unique_ptr<CallbackTask> self{this};
        if constexpr (concurrent::is_future<std::decay_t<std::invoke_result_t<F&>>>) {
            const auto started = callable_();
            watch_outcome(started, std::move(self));
        } else {
            static_cast<void>(callable_());
        }
    }

    F callable_;
};

}  // namespace tornado::ioloop
