#pragma once

#include <vector>

#include "tornado/ioloop/queues/queue.hpp"

namespace tornado::queues {

/// Last in, first out.
template <typename T>
class LifoItems final : public Items<T> {
public:
    [[nodiscard]] std::size_t size() const noexcept override { return entries_.size(); }

    void put(Entry<T> entry) override {
        auto place = entries_.end();  // one that comes back may be older than others
        while (place != entries_.begin() && place[-1].sequence > entry.sequence) {
            --place;
        }
        entries_.insert(place, std::move(entry));
    }

    Entry<T> get() override {
        auto entry = std::move(entries_.back());
        entries_.pop_back();
        return entry;
    }

private:
    std::vector<Entry<T>> entries_;
};

/// A Queue that gives out first what was put last. Mirrors `tornado.queues.LifoQueue`.
template <typename T>
class LifoQueue : public Queue<T> {
public:
    /// `maxsize` 0 means without a limit. Throws std::invalid_argument when it is negative.
    explicit LifoQueue(std::ptrdiff_t maxsize = 0)
        : Queue<T>{maxsize, std::make_unique<LifoItems<T>>()} {}
};

}  // namespace tornado::queues
