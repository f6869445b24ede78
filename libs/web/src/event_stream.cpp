#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

#include "tornado/util/secure_random.hpp"
#include "tornado/web/event_channel.hpp"

namespace tornado::web {

namespace {

/// Appends each line of `text` behind `prefix`. A line ends with CR, LF or both (HTML, 9.2.5).
void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
    while (true) {
        const auto end = text.find_first_of("\r\n");
        out.append(prefix).append(text.substr(0, end)).append("\n");
        if (end == text.npos) {
            return;
        }
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
}

void check_one_line(std::string_view text, const char* what) {
    if (text.find_first_of(std::string_view{"\r\n\0", 3}) != text.npos) {
        throw std::invalid_argument{
            std::string{"a ServerSentEvent's "} + what + " is one line, and holds no NUL"};
    }
}

}  // namespace

ServerSentEvent& ServerSentEvent::event(std::string name) {
    check_one_line(name, "type");
    event_ = std::move(name);
    return *this;
}

ServerSentEvent& ServerSentEvent::id(std::string id) {
    check_one_line(id, "id");
    id_ = std::move(id);
    return *this;
}

ServerSentEvent& ServerSentEvent::retry(std::chrono::milliseconds delay) {
    if (delay.count() < 0) {
        throw std::invalid_argument{"a ServerSentEvent's retry is no negative time"};
    }
    retry_ = delay;
    return *this;
}

std::string ServerSentEvent::to_string() const {
    std::string text;
    if (id_) {
        text += "id: " + *id_ + "\n";
    }
    if (!event_.empty()) {
        text += "event: " + event_ + "\n";
    }
    if (retry_) {
        text += "retry: " + std::to_string(retry_->count()) + "\n";
    }
    if (!data_.empty() || !event_.empty()) {
        append_lines(text, "data: ", data_);
    }
    return text + "\n";
}

std::string event_stream_comment(std::string_view text) {
    std::string comment;
    append_lines(comment, ": ", text);
    return comment + "\n";
}

EventChannel::EventChannel(std::size_t max_events, std::size_t max_bytes)
    : topic_{"events"},
      own_{pubsub::ReplayLimits{
          .max_age = std::chrono::milliseconds{0},
          .max_bytes = max_bytes,
          .max_messages = max_events}} {
    if (max_events == 0) {
        throw std::invalid_argument{"an EventChannel keeps at least one event"};
    }
    util::fill_secure_random(std::as_writable_bytes(std::span{&id_, 1}));
}

EventChannel::EventChannel(pubsub::Broker& broker, std::string topic)
    : broker_{&broker},
      topic_{std::move(topic)},
      replay_{&broker.replay(topic_)},
      subscription_{broker.subscribe(topic_, [this](const pubsub::Message& /*message*/) {
          published_.notify_all();
      })} {}

void EventChannel::publish(const ServerSentEvent& event) {
    if (event.id()) {
        throw std::invalid_argument{
            "an event that is kept for replay gets its id on the way: give it none"};
    }
    if (broker_ != nullptr) {
        broker_->publish(topic_, event.to_string());
        return;
    }
    own_.add({std::make_shared<const std::string>(topic_), event.to_string(), id_, ++sequence_, {}}
    );
    published_.notify_all();
}

bool EventChannel::covers(const pubsub::Position& position) const {
    return broker_ != nullptr ? broker_->covers(topic_, position) : own_.covers(position);
}

}  // namespace tornado::web
