#include "frame.hpp"

#include <algorithm>

namespace tornado::pubsub {

namespace {

constexpr char version = 1;
constexpr std::size_t least_size = 1 + 1 + 8 + 8 + 1;

template <typename T>
void append(std::string& out, T number) {
    for (std::size_t i = sizeof(T); i-- > 0;) {
        out.push_back(static_cast<char>(number >> (8 * i) & 0xffU));
    }
}

template <typename T>
T take(std::string_view& text) {
    T number = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        number = static_cast<T>(number << 8U | static_cast<unsigned char>(text[i]));
    }
    text.remove_prefix(sizeof(T));
    return number;
}

}  // namespace

/// Length of the rest (4 bytes), version, kind, publisher (8), sequence (8), size of the topic (1),
/// topic, then, in what is kept, its age (4), and the payload. Numbers have their high byte first.
std::string encode(const Frame& frame) {
    const bool has_age = frame.kind == FrameKind::kept;
    const auto size =
        1 + 1 + 8 + 8 + 1 + frame.topic.size() + (has_age ? 4 : 0) + frame.payload.size();
    std::string out;
    out.reserve(frame_length_size + size);
    append(out, static_cast<std::uint32_t>(size));
    out.push_back(version);
    out.push_back(static_cast<char>(frame.kind));
    append(out, frame.publisher);
    append(out, frame.sequence);
    out.push_back(static_cast<char>(frame.topic.size()));
    out.append(frame.topic);
    if (has_age) {
        append(out, frame.age);
    }
    out.append(frame.payload);
    return out;
}

std::optional<Frame> decode(std::string_view text) {
    if (text.size() < least_size || text[0] != version || text[1] < 1 ||
        text[1] > static_cast<char>(FrameKind::whole)) {
        return std::nullopt;
    }
    Frame frame{.kind = static_cast<FrameKind>(text[1])};
    text.remove_prefix(2);
    frame.publisher = take<std::uint64_t>(text);
    frame.sequence = take<std::uint64_t>(text);
    const std::size_t topic_size = take<std::uint8_t>(text);
    const bool has_age = frame.kind == FrameKind::kept;
    if (text.size() < topic_size + (has_age ? 4 : 0)) {
        return std::nullopt;
    }
    frame.topic = text.substr(0, topic_size);
    text.remove_prefix(topic_size);
    if (has_age) {
        frame.age = take<std::uint32_t>(text);
    }
    frame.payload = text;
    const bool is_message = frame.kind == FrameKind::message || has_age ||
                            (frame.kind == FrameKind::spoke && frame.payload.empty());
    if (is_message != (topic_size != 0) || is_message != (frame.sequence != 0)) {
        return std::nullopt;
    }
    return frame;
}

void FrameReader::feed(std::string_view bytes) {
    buffer_.erase(0, at_);
    at_ = 0;
    const auto skipped = std::min(to_skip_, bytes.size());
    to_skip_ -= skipped;
    buffer_.append(bytes.substr(skipped));
}

std::optional<Frame> FrameReader::next() {
    while (good_) {
        auto rest = std::string_view{buffer_}.substr(at_);
        if (rest.size() < frame_length_size) {
            return std::nullopt;
        }
        const auto size = take<std::uint32_t>(rest);
        if (size > frame_head_size + max_topic_size + max_payload_) {
            skip(size);
            continue;
        }
        if (rest.size() < size) {
            return std::nullopt;
        }
        const auto frame = decode(rest.substr(0, size));
        good_ = frame.has_value();
        at_ += frame_length_size + size;
        return frame;
    }
    return std::nullopt;
}

/// No broker sends more than the largest payload.
void FrameReader::skip(std::size_t size) {
    if (size > frame_head_size + max_topic_size + largest_payload) {
        good_ = false;
        return;
    }
    at_ += frame_length_size;
    const auto here = std::min(size, buffer_.size() - at_);
    at_ += here;
    to_skip_ = size - here;
    ++skipped_;
}

}  // namespace tornado::pubsub
