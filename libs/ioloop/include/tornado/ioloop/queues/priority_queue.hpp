#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
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
        auto place = entries_.size() - 1;
        try {  // all that may throw comes before anything else moves
            while (place > 0 && later_(entries_[parent_of(place)], entries_.back())) {
                place = parent_of(place);
            }
        } catch (...) {
            entries_.pop_back();
            throw;
        }
        for (auto child = entries_.size() - 1; child != place; child = parent_of(child)) {
            std::swap(entries_[child], entries_[parent_of(child)]);
        }
    }

    Entry<T> get() override {
        // The path that the last entry takes down from the top, which becomes free.
        const auto last = entries_.size() - 1;
        path_.clear();
        for (auto child = first_child(0, last); child < last; child = first_child(child, last)) {
            if (!later_(entries_[last], entries_[child])) {
                break;
            }
            path_.push_back(child);
        }
        auto entry = std::move(entries_.front());
        std::size_t free = 0;
        for (const auto child : path_) {
            entries_[free] = std::move(entries_[child]);
            free = child;
        }
        entries_[free] = std::move(entries_[last]);  // which may be the same one
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

    static constexpr std::size_t parent_of(std::size_t place) noexcept { return (place - 1) / 2; }
    /// The child of `place` that leaves first, or `end`.
    std::size_t first_child(std::size_t place, std::size_t end) {
        const auto left = 2 * place + 1;
        const auto right = left + 1;
        if (right < end && later_(entries_[left], entries_[right])) {
            return right;
        }
        return std::min(left, end);
    }

    Later later_;
    std::vector<Entry<T>> entries_;  // a heap
    std::vector<std::size_t> path_;
};

/// A Queue that gives out first the least of its items: the one that `Compare` puts before the
/// others. Equal ones leave in the order they came. What `Compare` throws leaves the put or get
/// that called it, and the queue with all its items; but a put() that waited may have been let in
/// by a get() that then fails, so that the queue holds one more than `maxsize()` until that is
/// taken.
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
