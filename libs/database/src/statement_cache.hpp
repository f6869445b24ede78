#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "backend.hpp"

namespace tornado::database {

/// The prepared statements of one connection: when there is no room, the one that was not used for
/// the longest time goes.
///
/// Thread safety: one thread at a time.
template <typename Prepared>
class StatementCache {
public:
    explicit StatementCache(std::size_t capacity) : capacity_{capacity == 0 ? 1 : capacity} {}

    /// The prepared form, or null. It counts as used.
    [[nodiscard]] Prepared* find(const Statement& statement) {
        const auto found = places_.find(&statement);
        if (found == places_.end()) {
            return nullptr;
        }
        entries_.splice(entries_.begin(), entries_, found->second);
        return &found->second->prepared;
    }

    /// Whether the next add() drops one: take_oldest() gives it first to who must close it in the
    /// server.
    [[nodiscard]] bool full() const noexcept { return entries_.size() >= capacity_; }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] Prepared take_oldest() {
        auto prepared = std::move(entries_.back().prepared);
        drop_oldest();
        return prepared;
    }

    Prepared& add(std::shared_ptr<const Statement> statement, Prepared prepared) {
        if (full()) {
            drop_oldest();
        }
        const auto* const key = statement.get();
        entries_.push_front({std::move(statement), std::move(prepared)});
        places_[key] = entries_.begin();
        return entries_.front().prepared;
    }

    void remove(const Statement& statement) {
        if (const auto found = places_.find(&statement); found != places_.end()) {
            entries_.erase(found->second);
            places_.erase(found);
        }
    }
    void clear() noexcept {
        places_.clear();
        entries_.clear();
    }

private:
    struct Entry {
        std::shared_ptr<const Statement> statement;  // keeps the address from being used again
        Prepared prepared;
    };

    void drop_oldest() {
        places_.erase(entries_.back().statement.get());
        entries_.pop_back();
    }

    std::size_t capacity_;
    std::list<Entry> entries_;  ///< the last used first
    std::unordered_map<const Statement*, typename std::list<Entry>::iterator> places_;
};

}  // namespace tornado::database
