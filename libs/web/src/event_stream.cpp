#include <array>
#include <charconv>
#include <stdexcept>

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

std::string make_word() {
    constexpr char digits[] = "0123456789abcdef";
    std::string word;
    for (const char c : util::secure_random_bytes(4)) {
        const auto byte = static_cast<unsigned char>(c);
        word += {digits[byte >> 4U], digits[byte & 0x0fU]};
    }
    return word;
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

EventReplay::EventReplay(std::size_t max_events, std::size_t max_bytes)
    : max_events_{max_events},
      max_bytes_{max_bytes},
      own_word_{make_word()} {
    if (max_events == 0) {
        throw std::invalid_argument{"an EventReplay keeps at least one event"};
    }
}

void EventReplay::add(ServerSentEvent event) {
    if (event.id()) {
        throw std::invalid_argument{
            "an event that is kept for replay gets its id here: give it none"};
    }
    auto text = event.id(own_word_ + "-" + std::to_string(end_)).to_string();
    if (end_ - begin_ == max_events_) {
        drop_oldest();
    }
    bytes_ += text.size();
    if (const auto place = place_of(end_); place < texts_.size()) {
        texts_[place] = std::move(text);
    } else {
        texts_.push_back(std::move(text));
    }
    ++end_;
    while (bytes_ > max_bytes_) {
        drop_oldest();
    }
}

void EventReplay::drop_oldest() noexcept {
    auto& oldest = texts_[place_of(begin_++)];
    bytes_ -= oldest.size();
    oldest = std::string{};
}

const std::string& EventReplay::at(Position position) const {
    if (position < begin_ || position >= end_) {
        throw std::out_of_range{"the replay buffer does not have that event"};
    }
    return texts_[place_of(position)];
}

std::optional<EventReplay::Position> EventReplay::behind(std::string_view id) const {
    if (!id.starts_with(own_word_ + "-")) {
        return std::nullopt;
    }
    id.remove_prefix(own_word_.size() + 1);
    Position position = 0;
    const auto* const last = id.data() + id.size();
    const auto read = std::from_chars(id.data(), last, position);
    if (read.ec != std::errc{} || read.ptr != last || position >= end_) {
        return std::nullopt;
    }
    return position + 1;
}

void EventChannel::publish(ServerSentEvent event) {
    replay_.add(std::move(event));
    published_.notify_all();
}

}  // namespace tornado::web
