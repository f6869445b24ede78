#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "tornado/ioloop/locks/condition.hpp"
#include "tornado/pubsub/broker.hpp"
#include "tornado/web/server_sent_event.hpp"

namespace tornado::web {

/// Where events are published that any number of EventSourceHandlers pass on: see
/// EventSourceHandler::follow(). By itself it reaches this process's clients, over a Broker those
/// of all processes, or machines, that the broker reaches.
///
/// Ownership: must outlive the handlers that follow it; those are cancelled otherwise. Thread
/// safety: one loop, one thread.
class EventChannel {
public:
    /// How much is kept for those who come back, the oldest go first. Throws
    /// std::invalid_argument for no events at all.
    explicit EventChannel(std::size_t max_events = 1000, std::size_t max_bytes = 1024 * 1024);
    EventChannel(const EventChannel&) = delete;
    EventChannel& operator=(const EventChannel&) = delete;
    /// A topic of a broker, which must outlive this. What is kept, the broker's options say.
    EventChannel(pubsub::Broker& broker, std::string topic);

    /// Sends the event to all who follow. Its id it gets on the way: throws std::invalid_argument
    /// for one that has an id already, and what Broker::publish() throws.
    void publish(const ServerSentEvent& event);
    void publish(std::string data) { publish(ServerSentEvent{std::move(data)}); }

    /// How many are waiting for the next event.
    [[nodiscard]] std::size_t followers() const noexcept { return published_.waiters(); }
    /// The latest events, as text without ids.
    [[nodiscard]] const pubsub::ReplayBuffer& replay() const noexcept { return *replay_; }
    /// Whether all that came after that position is kept.
    [[nodiscard]] bool covers(const pubsub::Position& position) const;
    /// Done when something more is published.
    [[nodiscard]] Future<bool> wait() { return published_.wait(); }

private:
    pubsub::Broker* broker_ = nullptr;
    std::string topic_;
    pubsub::ReplayBuffer own_;  ///< without a broker
    const pubsub::ReplayBuffer* replay_ = &own_;
    pubsub::PublisherId id_ = 0;
    std::uint64_t sequence_ = 0;
    locks::Condition published_;
    pubsub::Subscription subscription_;
};

}  // namespace tornado::web
