#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "tornado/ioloop/queues/items.hpp"
#include "tornado/ioloop/queues/task_guard.hpp"
#include "tornado/ioloop/wait_line.hpp"

namespace tornado::queues {

using ioloop::Duration;
using ioloop::TimeoutError;
using ioloop::TimePoint;

/// What `get_nowait()` throws when there is no item. Mirrors `tornado.queues.QueueEmpty`.
class QueueEmpty : public std::runtime_error {
public:
    QueueEmpty() : std::runtime_error{"the queue is empty"} {}
};

/// What `put_nowait()` throws when there is no room. Mirrors `tornado.queues.QueueFull`.
class QueueFull : public std::runtime_error {
public:
    QueueFull() : std::runtime_error{"the queue is full"} {}
};

/// `maxsize` as a size. Throws std::invalid_argument when it is negative.
[[nodiscard]] std::size_t checked_maxsize(std::ptrdiff_t maxsize);

/// Logs the present exception, which has kept an item from going back into its queue.
void log_lost_item() noexcept;

/// Coordinates coroutines that produce items with coroutines that consume them: first in, first
/// out.
///
/// Who wants an item when there is none waits, and so does who wants to put one where there is no
/// room; both are served in the order they came. `T` can be anything that moves without throwing.
///
/// Ownership: owns its items, those of waiting put() calls too.
/// Thread safety: one loop, one thread.
/// Cancellation: a put() that is cancelled or times out has put nothing. A get() that is cancelled,
/// times out or whose future is dropped takes no item with it: one that it had been given, and that
/// nobody has seen, goes to the next who waits, or back to its place in the queue, which may for a
/// while hold more than `maxsize()`. Dropping the future of put() cancels nothing.
/// When it is destroyed, all who wait are cancelled: they get CancelledError.
/// Mirrors `tornado.queues.Queue`.
///
///     Future<void> consumer(queues::Queue<Job>& queue) {
///         while (true) {
///             auto job = co_await queue.get();
///             const queues::TaskGuard task{queue};
///             co_await process(std::move(job));
///         }
///     }
template <typename T>
class Queue {
    static_assert(
        std::is_same_v<T, std::remove_cvref_t<T>> && std::is_nothrow_move_constructible_v<T>,
        "a queue's items must be objects that can be moved without throwing: "
        "give it a std::unique_ptr to others"
    );

public:
    /// `maxsize` 0 means without a limit. Throws std::invalid_argument when it is negative.
    explicit Queue(std::ptrdiff_t maxsize = 0) : Queue{maxsize, std::make_unique<FifoItems<T>>()} {}
    virtual ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    /// How many items it may hold; 0 means any number.
    [[nodiscard]] std::size_t maxsize() const noexcept { return maxsize_; }
    /// How many items it holds.
    [[nodiscard]] std::size_t qsize() const noexcept { return items_->size(); }
    [[nodiscard]] bool empty() const noexcept { return qsize() == 0; }
    [[nodiscard]] bool full() const noexcept { return maxsize_ != 0 && qsize() >= maxsize_; }

    /// Puts an item; the future is done when it is in. When there is room that is at once, whether
    /// the future is awaited or not. Throws TimeoutError when there is no room before `deadline`;
    /// one that is over ends the wait in the next turn of the loop.
    Future<void> put(T item, TimePoint deadline = TimePoint::max());
    Future<void> put(T item, Duration timeout) {
        return put(std::move(item), ioloop::time_after(timeout));
    }
    /// Puts an item now. Throws QueueFull, and leaves the item alone, when there is no room.
    void put_nowait(T&& item);
    void put_nowait(const T& item) requires std::is_copy_constructible_v<T> { put_nowait(T(item)); }

    /// Takes the next item out; at once if there is one. Throws TimeoutError when there is none
    /// before `deadline`; one that is over ends the wait in the next turn of the loop.
    [[nodiscard]] Future<T> get(TimePoint deadline = TimePoint::max());
    [[nodiscard]] Future<T> get(Duration timeout) { return get(ioloop::time_after(timeout)); }
    /// Takes the next item out now. Throws QueueEmpty when there is none.
    T get_nowait();

    /// Says that an item which was taken out has been dealt with. A TaskGuard does it by itself.
    /// Throws std::logic_error when that has been said of all items that were ever put.
    void task_done() { tasks_->done(); }
    /// Done when task_done() has been called for every item that was put; at once if there was
    /// none. Throws TimeoutError when that takes longer than until `deadline`; one that is over
    /// ends the wait in the next turn of the loop.
    [[nodiscard]] Future<void> join(TimePoint deadline = TimePoint::max()) {
        return tasks_->finished().wait(deadline);
    }
    [[nodiscard]] Future<void> join(Duration timeout) { return tasks_->finished().wait(timeout); }

    /// How many items that were put are not done.
    [[nodiscard]] std::size_t unfinished_tasks() const noexcept { return tasks_->unfinished(); }
    /// How many wait for an item.
    [[nodiscard]] std::size_t getters() const noexcept { return getters_.size(); }
    /// How many wait for room.
    [[nodiscard]] std::size_t putters() const noexcept { return putters_.size(); }

protected:
    /// For queues with an order of their own.
    Queue(std::ptrdiff_t maxsize, std::unique_ptr<Items<T>> items)
        : maxsize_{checked_maxsize(maxsize)},
          items_{std::move(items)},
          tasks_{new Tasks} {}

private:
    class Getter;
    class Putter;
    friend class TaskGuard;

    void accept(T&& item);
    void hand_out(Entry<T> entry);
    void take_back(Entry<T> entry) noexcept;
    Entry<T> take_entry();

    const std::size_t maxsize_;
    std::unique_ptr<Items<T>> items_;
    std::uint64_t sequence_ = 0;
    concurrent::StateRef<Tasks> tasks_;
    ioloop::WaitLine getters_;
    ioloop::WaitLine served_;  // getters whose item may come back
    ioloop::WaitLine putters_;
};

}  // namespace tornado::queues

#include "tornado/ioloop/queues/queue_impl.hpp"
