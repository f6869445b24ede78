#include "timer_heap.hpp"

#include <atomic>

namespace tornado::ioloop {

std::uint32_t TimerHeap::other_generation() noexcept {
    static constinit std::atomic<std::uint32_t> heaps = 0;
    constexpr std::uint32_t golden_ratio = 0x9e3779b9;  // spreads any number of them evenly
    return ++heaps * golden_ratio;
}

Timeout TimerHeap::add(TimePoint when, Callback callback, concurrent::Context context) {
    Index index = 0;
    if (free_.empty()) {
        index = static_cast<Index>(entries_.size());
        entries_.emplace_back().generation = first_generation_;
        free_.reserve(entries_.capacity());  // so that take_out() cannot fail
    } else {
        index = free_.back();
        free_.pop_back();
    }
    auto& entry = entries_[index];
    entry.when = when;
    entry.sequence = ++sequence_;
    entry.callback = std::move(callback);
    entry.context = std::move(context);
    heap_.push_back(index);
    sift_up(heap_.size() - 1);
    return Timeout{index, entry.generation};
}

bool TimerHeap::remove(Timeout timeout) noexcept {
    if (timeout.slot_ >= entries_.size() ||
        entries_[timeout.slot_].generation != timeout.generation_) {
        return false;
    }
    // The callable's destructor may do anything, so it runs when the heap is whole again.
    const auto callback = std::move(entries_[timeout.slot_].callback);
    const auto context = std::move(entries_[timeout.slot_].context);
    take_out(timeout.slot_);
    return true;
}

TimerHeap::Due TimerHeap::pop() {
    const auto index = heap_.front();
    Due due{std::move(entries_[index].callback), std::move(entries_[index].context)};
    take_out(index);
    return due;
}

void TimerHeap::clear() noexcept {
    while (!heap_.empty()) {
        pop();
    }
}

bool TimerHeap::before(Index a, Index b) const noexcept {
    const auto& left = entries_[a];
    const auto& right = entries_[b];
    return left.when != right.when ? left.when < right.when : left.sequence < right.sequence;
}

void TimerHeap::put(std::size_t place, Index entry) noexcept {
    heap_[place] = entry;
    entries_[entry].place = static_cast<Index>(place);
}

void TimerHeap::sift_up(std::size_t place) noexcept {
    const auto entry = heap_[place];
    while (place > 0) {
        const auto parent = (place - 1) / 2;
        if (!before(entry, heap_[parent])) {
            break;
        }
        put(place, heap_[parent]);
        place = parent;
    }
    put(place, entry);
}

void TimerHeap::sift_down(std::size_t place) noexcept {
    const auto entry = heap_[place];
    while (true) {
        auto child = 2 * place + 1;
        if (child >= heap_.size()) {
            break;
        }
        if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) {
            ++child;
        }
        if (!before(heap_[child], entry)) {
            break;
        }
        put(place, heap_[child]);
        place = child;
    }
    put(place, entry);
}

void TimerHeap::take_out(Index index) noexcept {
    auto& entry = entries_[index];
    const auto place = static_cast<std::size_t>(entry.place);
    ++entry.generation;
    entry.place = nowhere;
    free_.push_back(index);
    const auto last = heap_.back();
    heap_.pop_back();
    if (last != index) {
        put(place, last);
        sift_down(place);
        sift_up(entries_[last].place);
    }
}

}  // namespace tornado::ioloop
