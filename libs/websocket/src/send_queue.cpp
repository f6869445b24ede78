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
    if (!entries_.empty() && !has_room_for(cost)) {
        if (options_.policy == SendQueuePolicy::close) {
            return false;
        }
        if (options_.policy == SendQueuePolicy::drop_new) {
            ++dropped_;
            return true;
        }
        while (!entries_.empty() && !has_room_for(cost)) {
            static_cast<void>(pop());
            ++dropped_;
        }
    }
    bytes_ += cost;
    const auto at = entries_.insert(entries_.end(), std::move(entry));
    if (!at->key.empty()) {
        keyed_.emplace(at->key, at);
    }
    return true;
}

/// Puts it in the place of the one with the same key, if there is one. When it does not fit there,
/// the former one goes all the same: nobody wants old news.
bool SendQueue::replace(Entry& entry) {
    const auto found = keyed_.find(entry.key);
    if (found == keyed_.end()) {
        return false;
    }
    auto& former = *found->second;
    bytes_ -= former.cost();
    if (!has_room_for(entry.cost())) {
        bytes_ += former.cost();
        static_cast<void>(take(found->second));
        ++dropped_;
        return false;
    }
    bytes_ += entry.cost();
    former.data = std::move(entry.data);
    former.shared = std::move(entry.shared);
    former.binary = entry.binary;
    ++coalesced_;
    return true;
}

SendQueue::Entry SendQueue::pop() {
    return take(entries_.begin());
}

SendQueue::Entry SendQueue::take(Entries::iterator at) {
    bytes_ -= at->cost();
    if (!at->key.empty()) {
        keyed_.erase(at->key);
    }
    auto entry = std::move(*at);
    entries_.erase(at);
    return entry;
}

void SendQueue::clear() noexcept {
    dropped_ += entries_.size();
    keyed_.clear();
    entries_.clear();
    bytes_ = 0;
}

SendQueueCounters SendQueue::counters() const noexcept {
    return {entries_.size(), bytes_, dropped_, coalesced_};
}

}  // namespace tornado::websocket
