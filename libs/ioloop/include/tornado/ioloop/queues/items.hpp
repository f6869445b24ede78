#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

namespace tornado::queues {

/// An item of a queue, with its place in the order in which items were put.
template <typename T>
struct Entry {
    Entry(std::uint64_t place, T&& what) noexcept : sequence{place}, item(std::move(what)) {}
    Entry(Entry&&) noexcept = default;
    /// Also for items that cannot be assigned.
    Entry& operator=(Entry&& other) noexcept {
        if (this != &other) {
            std::destroy_at(this);
            std::construct_at(this, std::move(other));
        }
        return *this;
    }
    ~Entry() = default;

    std::uint64_t sequence;
    T item;
};

/// How a queue keeps its items, and so the order in which they leave it. Mirrors the hooks `_put`
/// and `_get` of `tornado.queues.Queue`.
template <typename T>
class Items {
public:
    Items() = default;
    Items(const Items&) = delete;
    Items& operator=(const Items&) = delete;
    virtual ~Items() = default;

    [[nodiscard]] virtual std::size_t size() const noexcept = 0;
    /// Adds an entry. Usually it is the youngest, but one that had left and comes back, because
    /// nobody has seen it, is not.
    virtual void put(Entry<T> entry) = 0;
    /// Takes out the entry whose turn it is; there is one.
    virtual Entry<T> get() = 0;
};

/// First in, first out.
template <typename T>
class FifoItems final : public Items<T> {
public:
    [[nodiscard]] std::size_t size() const noexcept override { return entries_.size(); }

    void put(Entry<T> entry) override {
        if (entries_.empty() || entries_.back().sequence < entry.sequence) {
            entries_.push_back(std::move(entry));
            return;
        }
        auto place = entries_.begin();  // it is older than most
        while (place->sequence < entry.sequence) {
            ++place;
        }
        entries_.insert(place, std::move(entry));
    }

    Entry<T> get() override {
        auto entry = std::move(entries_.front());
        entries_.pop_front();
        return entry;
    }

private:
    std::deque<Entry<T>> entries_;
};

}  // namespace tornado::queues
