#pragma once

// The definitions of queue.hpp.

#include <exception>

#include "tornado/ioloop/queues/queue.hpp"

namespace tornado::queues {

/// One who waits for an item, or has been given one.
template <typename T>
class Queue<T>::Getter final : public ioloop::WaitState<Getter, T> {
public:
    explicit Getter(Queue& queue) noexcept : queue_{queue} {}
    ~Getter() {
        if (this->settled() && !this->value_seen()) {
            take_back(this->held_value());
        }
    }

    /// Of one that was served; unless the queue has gone.
    void take_back(T& item) noexcept {
        if (this->in_line()) {
            this->leave();
            queue_.take_back(Entry<T>{sequence_, std::move(item)});
        }
    }

    void serve(Entry<T> entry) {
        sequence_ = entry.sequence;
        this->succeed(std::move(entry.item));
        queue_.served_.push_back(*this);
    }

    static Getter& oldest(const ioloop::WaitLine& line) noexcept {
        return static_cast<Getter&>(*line.first());
    }

private:
    Queue& queue_;
    std::uint64_t sequence_ = 0;
};

/// One who waits for room. The queue owns it until then, as nobody need wait for the future.
template <typename T>
class Queue<T>::Putter final : public ioloop::WaitState<Putter, void> {
public:
    explicit Putter(T&& item)
        : ioloop::WaitState<Putter, void>{2, true},
          item_{std::in_place, std::move(item)} {}

    void fail(std::exception_ptr error) {
        ioloop::WaitState<Putter, void>::fail(std::move(error));
        end();
    }
    void expire() { fail(ioloop::timed_out()); }
    void give_up() noexcept {
        ioloop::WaitState<Putter, void>::give_up();
        end();
    }
    [[nodiscard]] T take_item() { return std::move(*item_); }
    void admit() {
        this->succeed();
        end();
    }

    static Putter& oldest(const ioloop::WaitLine& line) noexcept {
        return static_cast<Putter&>(*line.first());
    }

private:
    void end() noexcept {
        item_.reset();
        this->producer_gone();
        this->release();  // may destroy this
    }

    std::optional<T> item_;
};

template <typename T>
Queue<T>::~Queue() {
    while (!served_.empty()) {
        Getter::oldest(served_).leave();
    }
    while (!getters_.empty()) {
        Getter::oldest(getters_).give_up();
    }
    while (!putters_.empty()) {
        Putter::oldest(putters_).give_up();
    }
    tasks_->close();
}

template <typename T>
Future<void> Queue<T>::put(T item, TimePoint deadline) {
    if (!full() || !getters_.empty()) {
        accept(std::move(item));
        return Future<void>::ready();
    }
    ioloop::require_wakeup(deadline);
    auto* const putter = new Putter{std::move(item)};
    auto future = ioloop::first_future<void>(putter);
    putters_.push_back(*putter);
    try {
        putter->wait_until(deadline);
    } catch (...) {
        putter->give_up();
        throw;
    }
    return future;
}

template <typename T>
void Queue<T>::put_nowait(T&& item) {
    if (full() && getters_.empty()) {
        throw QueueFull{};
    }
    accept(std::move(item));
}

template <typename T>
Future<T> Queue<T>::get(TimePoint deadline) {
    auto* const getter = new Getter{*this};
    auto future = ioloop::first_future<T>(getter);
    if (!empty()) {
        getter->serve(take_entry());
    } else {
        getters_.push_back(*getter);
        getter->wait_until(deadline);
    }
    return future;
}

template <typename T>
T Queue<T>::get_nowait() {
    if (empty()) {
        throw QueueEmpty{};
    }
    return take_entry().item;
}

/// A new item.
template <typename T>
void Queue<T>::accept(T&& item) {
    hand_out(Entry<T>{sequence_, std::move(item)});
    ++sequence_;
    tasks_->add();
}

/// To the oldest who waits, or into the queue.
template <typename T>
void Queue<T>::hand_out(Entry<T> entry) {
    if (!getters_.empty()) {
        Getter::oldest(getters_).serve(std::move(entry));
    } else {
        items_->put(std::move(entry));
    }
}

/// What was handed out and not seen.
template <typename T>
void Queue<T>::take_back(Entry<T> entry) noexcept {
    try {
        hand_out(std::move(entry));
    } catch (...) {
        log_lost_item();
    }
}

/// Of a queue that is not empty. When somebody waits for the room, it is filled first, so that the
/// new item may be the one whose turn it is.
template <typename T>
Entry<T> Queue<T>::take_entry() {
    const bool makes_room = qsize() <= maxsize_;  // not when items came back above the limit
    if (makes_room && !putters_.empty()) {
        auto& putter = Putter::oldest(putters_);
        try {
            accept(putter.take_item());
            putter.admit();
        } catch (...) {  // the putter's to hear, not the getter's
            putter.fail(std::current_exception());
        }
    }
    return items_->get();
}

}  // namespace tornado::queues
