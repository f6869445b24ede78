#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "tornado/ioloop/queues/queue.hpp"

namespace tornado::queues {

/// Least first; among equals, first in, first out.
template <typename T, typename Compare>
class PriorityItems final : public Items<T> {
public:
    explicit PriorityItems(Compare compare) : later_{std::move(compare)} {}

    [[nodiscard]] std::size_t size() const noexcept override { return entries_.size(); }

    void put(Entry<T> entry) override {
        entries_.push_back(std::move(entry));
        std::push_heap(entries_.begin(), entries_.end(), std::ref(later_));
    }

    Entry<T> get() override {
        std::pop_heap(entries_.begin(), entries_.end(), std::ref(later_));
        auto entry = std::move(entries_.back());
        entries_.pop_back();
        return entry;
    }

private:
    /// Whether `a` leaves after `b`.
    struct Later {
        bool operator()(const Entry<T>& a, const Entry<T>& b) {
            return less(b.item, a.item) || (!less(a.item, b.item) && b.sequence < a.sequence);
        }
        Compare less;
    };

    Later later_;
    std::vector<Entry<T>> entries_;
};

/// A Queue that gives out first the least of its items: the one that `Compare` puts before the
/// others. Equal ones leave in the order they came.
///
/// An item is usually a pair of a priority and something, or a struct with an `operator<`.
/// Mirrors `tornado.queues.PriorityQueue`.
template <typename T, typename Compare = std::less<T>>
class PriorityQueue : public Queue<T> {
public:
    /// `maxsize` 0 means without a limit. Throws std::invalid_argument when it is negative.
    explicit PriorityQueue(std::ptrdiff_t maxsize = 0, Compare compare = Compare())
        : Queue<T>{maxsize, std::make_unique<PriorityItems<T, Compare>>(std::move(compare))} {}
};

}  // namespace tornado::queues
