#include "tornado/pubsub/replay_buffer.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace tornado::pubsub {

bool ReplayBuffer::add(Message message) {
    const auto sequence = message.sequence();
    const auto [found, is_new] = publishers_.try_emplace(message.publisher());
    auto& publisher = found->second;
    if (is_new) {
        publisher.lost = sequence - 1;
        publisher.place = order_.insert(order_.end(), message.publisher());
    } else if (sequence <= publisher.last) {
        return false;
    } else if (sequence != publisher.last + 1) {
        message.set_missed(sequence - publisher.last - 1);
        publisher.lost = sequence - 1;
    }
    publisher.last = sequence;
    silent_ -= !is_new && publisher.kept == 0 ? 1 : 0;
    ++publisher.kept;
    order_.splice(order_.end(), order_, publisher.place);
    const auto now = message.arrived();
    bytes_ += message.cost();
    messages_.push_back(std::move(message));
    expire(now);
    while (messages_.size() > limits_.max_messages || bytes_ > limits_.max_bytes) {
        drop_oldest();
    }
    return true;
}

void ReplayBuffer::drop_oldest() {
    const auto oldest = std::move(messages_.front());
    messages_.pop_front();
    ++begin_;
    bytes_ -= oldest.cost();
    auto& publisher = publishers_.at(oldest.publisher());
    publisher.lost = std::max(publisher.lost, oldest.sequence());
    silent_ += --publisher.kept == 0 ? 1 : 0;
    forget_silent();
}

void ReplayBuffer::forget_silent() noexcept {
    if (silent_ > max_silent_publishers) {
        publishers_.erase(order_.front());
        order_.pop_front();
        --silent_;
    }
}

/// One who is new here has been silent for longer than all others.
void ReplayBuffer::add_lost(PublisherId id, std::uint64_t last) {
    const auto [found, is_new] = publishers_.try_emplace(id);
    auto& publisher = found->second;
    if (is_new) {
        publisher.place = order_.insert(order_.begin(), id);
        ++silent_;
    }
    if (last > publisher.last) {
        publisher.last = publisher.lost = last;
    }
    forget_silent();
}

std::vector<Position::Entry> ReplayBuffer::silent_publishers() const {
    std::vector<Position::Entry> entries;
    const auto end = std::next(order_.begin(), static_cast<std::ptrdiff_t>(silent_));
    for (auto id = std::make_reverse_iterator(end); id != order_.rend(); ++id) {
        entries.push_back({*id, last_of(*id)});
    }
    return entries;
}

std::uint64_t ReplayBuffer::last_of(PublisherId publisher) const noexcept {
    const auto found = publishers_.find(publisher);
    return found == publishers_.end() ? 0 : found->second.last;
}

void ReplayBuffer::expire(ioloop::TimePoint now) {
    while (limits_.max_age.count() > 0 && !messages_.empty() &&
           now - messages_.front().arrived() > limits_.max_age) {
        drop_oldest();
    }
}

const Message& ReplayBuffer::at(Index index) const {
    if (index < begin() || index >= end()) {
        throw std::out_of_range{"the replay buffer does not have that message"};
    }
    return messages_[static_cast<std::size_t>(index - begin_)];
}

Position ReplayBuffer::position(Index index) const {
    std::unordered_map<PublisherId, std::uint64_t> first_behind;
    for (auto i = std::max(index, begin()); i < end(); ++i) {
        first_behind.try_emplace(at(i).publisher(), at(i).sequence());
    }
    Position position;
    position.set_time_to_now();
    const auto too_many = order_.size() - std::min(order_.size(), Position::max_publishers);
    for (auto id = std::next(order_.begin(), static_cast<std::ptrdiff_t>(too_many));
         id != order_.end();
         ++id) {
        const auto behind = first_behind.find(*id);
        const auto last = behind == first_behind.end() ? last_of(*id) : behind->second - 1;
        if (last != 0) {
            position.advance(*id, last);
        }
    }
    return position;
}

/// A position that is full may lack some of the publishers that its reader has heard.
bool ReplayBuffer::covers(const Position& position) const noexcept {
    const auto& entries = position.entries();
    const bool is_full = entries.size() == Position::max_publishers;
    const auto is_whole = [&](const auto& known) {
        const auto seen = position.of(known.first);
        return seen >= known.second.lost && (seen != 0 || !is_full);
    };
    return std::ranges::all_of(publishers_, is_whole) &&
           std::ranges::all_of(entries, [&](const Position::Entry& entry) {
               return publishers_.contains(entry.publisher);
           });
}

}  // namespace tornado::pubsub
