#pragma once

#include <cstddef>

#include "tornado/ioloop/locks/condition.hpp"
#include "tornado/web/event_replay.hpp"

namespace tornado::web {

/// Where events are published that any number of EventSourceHandlers pass on: see
/// EventSourceHandler::follow().
///
/// Ownership: must outlive the handlers that follow it; those are cancelled otherwise. Thread
/// safety: one loop, one thread.
class EventChannel {
public:
    /// How much is kept for those who come back; see EventReplay.
    explicit EventChannel(std::size_t max_events = 1000, std::size_t max_bytes = 1024 * 1024)
        : replay_{max_events, max_bytes} {}

    /// Sends the event, which gets its id here, to all who follow.
    void publish(ServerSentEvent event);
    void publish(std::string data) { publish(ServerSentEvent{std::move(data)}); }

    /// How many are waiting for the next event.
    [[nodiscard]] std::size_t followers() const noexcept { return published_.waiters(); }
    [[nodiscard]] const EventReplay& replay() const noexcept { return replay_; }
    /// Done when something more is published.
    [[nodiscard]] Future<bool> wait() { return published_.wait(); }

private:
    EventReplay replay_;
    locks::Condition published_;
};

}  // namespace tornado::web
