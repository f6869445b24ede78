#pragma once

#include "tornado/concurrent/context.hpp"

namespace tornado::concurrent {

class CoroutineState;

/// Something that waits in a ready queue: an intrusive node, so that queueing never allocates.
///
/// Ownership: whoever made it keeps it alive until `run` has been called or the queue has been
/// cleared.
struct Task {
    /// Called once, from the queue. May destroy the task.
    void (*run)(Task&);
    /// Called instead of `run` when the queue is thrown away; may be null.
    void (*discard)(Task&) noexcept;
    Task* next;
    Context context;
    bool is_waiter = false;  ///< whether it is a Waiter: for who changes the order

    Task() noexcept : run{nullptr}, discard{nullptr}, next{nullptr} {}

protected:
    /// For a task that may never be queued: all but the context has no value yet.
    explicit Task(Context&& captured) noexcept : context{std::move(captured)} {}
};

/// A first-in, first-out queue of tasks.
class TaskQueue {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

    void push(Task& task) noexcept {
        task.next = nullptr;
        *(first_ == nullptr ? &first_ : &last_->next) = &task;
        last_ = &task;
    }

    /// The oldest task, now out of the queue, or null.
    Task* pop() noexcept {
        auto* task = first_;
        if (task != nullptr) {
            first_ = task->next;
        }
        return task;
    }

    /// Appends all tasks of `other`, which is empty afterwards.
    void splice(TaskQueue& other) noexcept {
        if (other.empty()) {
            return;
        }
        *(first_ == nullptr ? &first_ : &last_->next) = other.first_;
        last_ = other.last_;
        other.first_ = nullptr;
    }

    /// Throws all tasks away, those that the discarding itself adds too.
    void discard_all() noexcept {
        while (auto* task = pop()) {
            if (task->discard != nullptr) {
                task->discard(*task);
            }
        }
    }

private:
    Task* first_ = nullptr;
    Task* last_ = nullptr;
};

/// What resumes coroutines and runs callbacks on a thread, in order. IOLoop implements it.
///
/// Thread safety: everything belongs to one thread.
class Scheduler {
public:
    constexpr Scheduler() noexcept = default;
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    /// Appends a task to the ready queue, under the context that it carries. Never runs it at once.
    virtual void schedule(Task& task) noexcept = 0;
    /// Runs a task at the end of the turn, behind the tasks that it runs, and before the loop looks
    /// for events again: for what is better done once for all of them, such as sending.
    virtual void schedule_last(Task& task) noexcept { schedule(task); }

    /// This thread's scheduler. Before there is a loop it only collects: the next loop of the
    /// thread takes over, tasks and suspended coroutines alike.
    static Scheduler& current() noexcept;

    /// Makes `scheduler` this thread's (null: none) and returns the former one, or null.
    static Scheduler* set_current(Scheduler* scheduler) noexcept;

    /// Whether it runs nothing any more.
    [[nodiscard]] bool closed() const noexcept { return closed_; }

    /// The coroutines that are suspended under this scheduler, most recent first.
    [[nodiscard]] CoroutineState* suspended_coroutines() const noexcept { return coroutines_; }

    /// Cancels every coroutine that is suspended now, each once.
    void cancel_suspended_coroutines();

protected:
    ~Scheduler() = default;

    /// Takes over the suspended coroutines of `other`.
    void adopt_coroutines(Scheduler& other) noexcept;
    void mark_closed() noexcept { closed_ = true; }

private:
    friend class CoroutineState;
    CoroutineState* coroutines_ = nullptr;
    // The next one that cancel_suspended_coroutines() comes to: kept here, because cancelling may
    // end others.
    CoroutineState* next_to_cancel_ = nullptr;
    bool closed_ = false;
};

/// Throws the std::logic_error of who would wait for a closed loop.
[[noreturn]] void throw_closed();

/// What waits for the first time in a closed loop would wait for ever: throws when the current one
/// is closed.
inline void require_wakeup() {
    if (Scheduler::current().closed()) {
        throw_closed();
    }
}

}  // namespace tornado::concurrent
