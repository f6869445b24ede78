#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "tornado/concurrent/future.hpp"

namespace tornado::web {

/// Work that goes on by itself, behind the responses of an application: mails to be sent, caches to
/// be filled. It ends before the program does.
///
/// What a task throws is logged as an error; its result is dropped. Application::drain() waits for
/// all tasks, those too that others spawn meanwhile, and cancels them at its deadline.
///
/// A task that began in a handler outlives it: it takes what it needs as arguments, by value, and
/// touches neither the handler nor its request.
///
/// Ownership: its destruction cancels what is left. Thread safety: belongs to its loop's thread.
///
///     void post() {
///         application().tasks().spawn(send_mail, get_argument("to"));
///         set_status(202);
///     }
class TaskGroup {
public:
    TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    /// Takes charge of something that has been started.
    template <typename T>
    void spawn(Future<T> task) {
        if constexpr (std::is_void_v<T>) {
            add(std::move(task));
        } else {
            add(drop_result(std::move(task)));
        }
    }
    /// Calls `function(args...)`, which returns a Future or nothing, and takes charge of it. It is
    /// called at once, and kept until its future is done. What it throws is logged.
    template <typename F, typename... Args>
    requires std::is_invocable_v<F&, Args...>
    void spawn(F function, Args... args) { spawn(run(std::move(function), std::move(args)...)); }

    /// How many tasks are not over.
    [[nodiscard]] std::size_t size() const noexcept;
    /// Done when no task is left.
    [[nodiscard]] Future<void> join();
    /// Cancels all tasks, and from now on each new one at once.
    void cancel();

    /// For Application: waits for others first, then for the tasks; cancels these when that takes
    /// longer than `timeout`.
    [[nodiscard]] Future<void>
    drain_behind(std::vector<Future<void>> others, std::chrono::milliseconds timeout);

private:
    struct State;

    template <typename F, typename... Args>
    static Future<void> run(F function, Args... args) {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, Args...>>) {
            function(std::move(args)...);
            co_return;
        } else {
            auto started = function(std::move(args)...);
            co_await std::move(started);
        }
    }
    template <typename T>
    static Future<void> drop_result(Future<T> task) {
        static_cast<void>(co_await std::move(task));
    }
    void add(Future<void> task);

    std::shared_ptr<State> state_;
};

}  // namespace tornado::web
