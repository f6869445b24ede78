#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "tornado/ioloop/locks/event.hpp"

namespace tornado::queues {

/// How many items of a queue have been put and are not done; shared with the queue's task guards.
class Tasks final : public concurrent::Pooled {
public:
    Tasks() { finished_->set(); }

    void retain() noexcept { ++references_; }
    void release() noexcept {
        if (--references_ == 0) {
            delete this;
        }
    }

    [[nodiscard]] std::size_t unfinished() const noexcept { return unfinished_; }
    /// Set while none is; the queue's only.
    [[nodiscard]] locks::Event& finished() noexcept { return *finished_; }

    void add() noexcept {
        ++unfinished_;
        finished_->clear();
    }
    /// Throws std::logic_error when none is unfinished.
    void done();
    /// For the queue's end.
    void close() noexcept { finished_.reset(); }

private:
    std::size_t unfinished_ = 0;
    unsigned references_ = 0;
    std::optional<locks::Event> finished_{std::in_place};
};

template <typename T>
class Queue;

/// Calls `task_done()` of a queue when it is destroyed.
///
/// Ownership: moves, never copies. It may outlive the queue.
///
///     while (true) {
///         auto job = co_await queue.get();
///         const queues::TaskGuard task{queue};
///         co_await process(std::move(job));
///     }
class [[nodiscard]] TaskGuard {
public:
    template <typename T>
    explicit TaskGuard(Queue<T>& queue) noexcept : tasks_{queue.tasks_} {}
    TaskGuard(TaskGuard&&) noexcept = default;
    TaskGuard& operator=(TaskGuard&& other) noexcept {
        const TaskGuard former{std::move(*this)};
        tasks_ = std::move(other.tasks_);
        return *this;
    }
    ~TaskGuard();

    /// Calls `task_done()` now, and not again later. Throws what that throws.
    void done();

private:
    concurrent::StateRef<Tasks> tasks_;
};

}  // namespace tornado::queues
