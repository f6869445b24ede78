#include "tornado/websocket/send_queue.hpp"

#include <utility>

namespace tornado::websocket {

/// Many empty messages are not free either.
std::size_t SendQueue::Entry::cost() const noexcept {
    return sizeof(Entry) + key.size() + (shared ? shared->payload().size() : data.size());
}

bool SendQueue::push(Entry entry) {
    if (!entry.key.empty() && replace(entry)) {
        return true;
    }
    const auto cost = entry.cost();
    if (!entries_.empty() && bytes_ + cost > options_.max_size) {
        if (options_.policy == SendQueuePolicy::close) {
            return false;
        }
        if (options_.policy == SendQueuePolicy::drop_new) {
            ++dropped_;
            return true;
        }
        while (!entries_.empty() && bytes_ + cost > options_.max_size) {
            static_cast<void>(pop());
            ++dropped_;
        }
    }
    bytes_ += cost;
    entries_.push_back(std::move(entry));
    return true;
}

/// Puts it in the place of the one with the same key, if there is one.
bool SendQueue::replace(Entry& entry) {
    for (auto& former : entries_) {
        if (former.key == entry.key) {
            bytes_ -= former.cost();
            bytes_ += entry.cost();
            former = std::move(entry);
            ++coalesced_;
            return true;
        }
    }
    return false;
}

SendQueue::Entry SendQueue::pop() {
    bytes_ -= entries_.front().cost();
    auto entry = std::move(entries_.front());
    entries_.pop_front();
    return entry;
}

void SendQueue::clear() noexcept {
    dropped_ += entries_.size();
    entries_.clear();
    bytes_ = 0;
}

SendQueueCounters SendQueue::counters() const noexcept {
    return {entries_.size(), bytes_, dropped_, coalesced_};
}

}  // namespace tornado::websocket
