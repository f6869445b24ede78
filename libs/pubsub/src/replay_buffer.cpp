#include "tornado/pubsub/replay_buffer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tornado::pubsub {

bool ReplayBuffer::add(Message message) {
    const auto sequence = message.sequence();
    if (auto* const publisher = find(message.publisher())) {
        if (sequence <= publisher->last) {
            return false;
        }
        if (sequence != publisher->last + 1) {
            message.set_missed(sequence - publisher->last - 1);
            publisher->lost = sequence - 1;
        }
        publisher->last = sequence;
        // The one that spoke last is the last to be forgotten.
        const auto place = publishers_.begin() + (publisher - publishers_.data());
        std::rotate(place, place + 1, publishers_.end());
    } else {
        make_room_for_publisher();
        publishers_.push_back({message.publisher(), sequence, sequence - 1});
    }
    expire(message.arrived());
    bytes_ += message.cost();
    messages_.push_back(std::move(message));
    while (messages_.size() > limits_.max_messages || bytes_ > limits_.max_bytes) {
        drop_oldest();
    }
    return true;
}

void ReplayBuffer::make_room_for_publisher() {
    if (publishers_.size() == max_publishers) {
        publishers_.erase(publishers_.begin());
    }
}

ReplayBuffer::Publisher* ReplayBuffer::find(PublisherId id) noexcept {
    for (auto& publisher : publishers_) {
        if (publisher.id == id) {
            return &publisher;
        }
    }
    return nullptr;
}

void ReplayBuffer::drop_oldest() noexcept {
    const auto& oldest = messages_.front();
    if (auto* const publisher = find(oldest.publisher())) {
        publisher->lost = std::max(publisher->lost, oldest.sequence());
    }
    bytes_ -= oldest.cost();
    messages_.pop_front();
    ++begin_;
}

void ReplayBuffer::expire(ioloop::TimePoint now) noexcept {
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
    auto last = publishers_;
    for (auto i = end(); i > std::max(index, begin()); --i) {
        const auto& message = at(i - 1);
        for (auto& publisher : last) {
            if (publisher.id == message.publisher()) {
                publisher.last = message.sequence() - 1;
            }
        }
    }
    Position position;
    position.set_time_to_now();
    for (const auto& publisher : last) {
        if (publisher.last != 0) {
            position.advance(publisher.id, publisher.last);
        }
    }
    return position;
}

bool ReplayBuffer::covers(const Position& position) const noexcept {
    const auto& entries = position.entries();
    return std::ranges::all_of(
               publishers_,
               [&](const Publisher& known) { return position.of(known.id) >= known.lost; }
           ) &&
           std::ranges::all_of(entries, [&](const Position::Entry& entry) {
               return std::ranges::any_of(publishers_, [&](const Publisher& known) {
                   return known.id == entry.publisher;
               });
           });
}

}  // namespace tornado::pubsub
