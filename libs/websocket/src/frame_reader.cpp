#include "tornado/websocket/frame_reader.hpp"

#include <algorithm>
#include <utility>

namespace tornado::websocket {

namespace {

/// What a peer has done wrong.
struct Failure {
    CloseCode code;
    const char* what;
};

[[noreturn]] void fail(CloseCode code, const char* what) {
    throw Failure{code, what};
}
[[noreturn]] void fail(const char* what) {
    fail(close_code::protocol_error, what);
}

unsigned byte_at(std::span<const char> input, std::size_t i) noexcept {
    return static_cast<unsigned char>(input[i]);
}

std::uint64_t number_at(std::span<const char> input, std::size_t at, std::size_t bytes) noexcept {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
        number = number << 8U | byte_at(input, at + i);
    }
    return number;
}

}  // namespace

FrameReader::Event FrameReader::next(std::span<char> input) {
    Event event;
    forget_message();
    if (over_) {
        event.consumed = input.size();
        return event;
    }
    try {
        if (failure_ != nullptr) {
            fail(failed_, failure_);
        }
        while (true) {
            const auto rest = input.subspan(event.consumed);
            if (!in_frame_) {
                const auto size = read_head(rest);
                if (size == 0) {
                    event.wanted = 1;
                    return event;
                }
                head_size_ = static_cast<std::uint8_t>(size);
                begin_frame();
                if (!in_place_) {
                    event.consumed += size;
                    continue;
                }
            }
            if (in_place_ ? read_in_place(rest, event) : read_gathered(rest, event)) {
                return event;
            }
        }
    } catch (const Failure& failure) {
        failed_ = failure.code;
        failure_ = failure.what;
        event = {};
        event.kind = Kind::failure;
        event.code = failure.code;
        event.data = failure.what;
        event.consumed = input.size();
        return event;
    }
}

/// A message that has been handed out is over; so is its memory, unless it is little.
void FrameReader::forget_message() noexcept {
    if (!std::exchange(delivered_, false)) {
        return;
    }
    message_.clear();
    if (message_.capacity() > most_kept) {
        std::string{}.swap(message_);
    }
}

// The head

std::size_t FrameReader::read_head(std::span<const char> input) {
    if (input.size() < 2) {
        return 0;
    }
    const auto first = byte_at(input, 0);
    const auto second = byte_at(input, 1);
    check_head(first, second);
    fin_ = (first & 0x80U) != 0;
    rsv1_ = (first & 0x40U) != 0;
    opcode_ = static_cast<Opcode>(first & 0x0FU);
    auto size = read_length(input, second & 0x7FU);
    if (size == 0) {
        return 0;
    }
    if (masked_) {
        if (input.size() < size + mask_.size()) {
            return 0;
        }
        std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(size), mask_.size(), mask_.begin());
        size += mask_.size();
    }
    return size;
}

/// Bytes of the head up to the length's end, or 0 when it is not all there.
std::size_t FrameReader::read_length(std::span<const char> input, unsigned short_length) {
    if (short_length < 126) {
        length_ = short_length;
        return 2;
    }
    const std::size_t bytes = short_length == 126 ? 2 : 8;
    if (input.size() < 2 + bytes) {
        return 0;
    }
    length_ = number_at(input, 2, bytes);
    if (length_ >> 63U != 0) {
        fail("a frame's length has its highest bit set");  // RFC 6455, 5.2
    }
    if (length_ < 126 || (bytes == 8 && length_ <= 0xFFFF)) {
        fail("a frame's length is not in its shortest form");  // RFC 6455, 5.2
    }
    return 2 + bytes;
}

/// What the first two bytes tell.
void FrameReader::check_head(unsigned first, unsigned second) const {
    const auto opcode = first & 0x0FU;
    if ((first & 0x30U) != 0) {
        fail("a reserved bit is set");  // RFC 6455, 5.2
    }
    if ((opcode > 2 && opcode < 8) || opcode > 10) {
        fail("a frame's opcode is reserved");
    }
    const bool control = opcode >= 8;
    if ((first & 0x40U) != 0 && (inflater_ == nullptr || control || opcode == 0)) {
        fail("RSV1 is set where nothing is compressed");  // RFC 7692, 6
    }
    if (((second & 0x80U) != 0) != masked_) {
        fail(masked_ ? "a client's frame is not masked" : "a server's frame is masked");  // 5.1
    }
    if (control && ((first & 0x80U) == 0 || (second & 0x7FU) > max_control_payload)) {
        fail("a control frame is fragmented or longer than 125 bytes");  // RFC 6455, 5.5
    }
    if (!control && opcode != 0 && in_message_) {
        fail("a message begins within another");  // RFC 6455, 5.4
    }
    if (opcode == 0 && !in_message_) {
        fail("a continuation frame continues nothing");
    }
}

void FrameReader::begin_frame() {
    in_frame_ = true;
    seen_ = 0;
    if (is_control(opcode_)) {
        in_place_ = true;
        return;
    }
    check_size();
    if (!in_message_) {
        in_message_ = true;
        message_opcode_ = opcode_;
        compressed_ = rsv1_;
        utf8_.reset();
        in_place_ = fin_ && !compressed_ && length_ <= most_in_place;
    } else {
        in_place_ = false;
    }
}

/// A compressed message is measured as it is decompressed; what deflate makes of it is hardly ever
/// longer, and so what claims to be is refused before it comes.
void FrameReader::check_size() const {
    const bool compressed = in_message_ ? compressed_ : rsv1_;
    const std::uint64_t most = max_message_size_;
    const bool too_big = compressed
                             ? length_ > most && length_ - most > most / 8 + 1024
                             : length_ > most - std::min<std::uint64_t>(most, message_.size());
    if (too_big) {
        fail(close_code::message_too_big, "the message is too big");
    }
}

// The payload

/// Whether there is an event.
bool FrameReader::read_in_place(std::span<char> input, Event& event) {
    const auto payload = input.subspan(head_size_);
    const auto there = std::min<std::uint64_t>(payload.size(), length_);
    const auto fresh = payload.subspan(seen_, there - seen_);
    if (masked_) {
        apply_mask(fresh, mask_, seen_);
    }
    seen_ = there;
    const bool control = is_control(opcode_);
    if (!control) {
        check_text({fresh.data(), fresh.size()});
    }
    if (there < length_) {
        event.wanted = length_ - there;
        return true;
    }
    event.consumed += head_size_ + length_;
    in_frame_ = false;
    const std::string_view whole{payload.data(), static_cast<std::size_t>(length_)};
    if (control) {
        read_control(whole, event);
        return true;
    }
    in_message_ = false;
    check_text_end();
    event.kind = message_opcode_ == Opcode::text ? Kind::text : Kind::binary;
    event.data = whole;
    return true;
}

bool FrameReader::read_gathered(std::span<char> input, Event& event) {
    const auto count = std::min<std::uint64_t>(input.size(), length_ - seen_);
    const auto fresh = input.first(count);
    if (masked_) {
        apply_mask(fresh, mask_, seen_);
    }
    take_part({fresh.data(), fresh.size()});
    seen_ += count;
    event.consumed += count;
    if (seen_ < length_) {
        const auto some = std::clamp<std::uint64_t>(2 * count, least_gathered, most_in_place);
        event.wanted = std::min(length_ - seen_, some);
        return true;
    }
    in_frame_ = false;
    if (!fin_) {
        return false;
    }
    finish_message(event);
    return true;
}

/// Room for a message grows as it comes, but not beyond what its frame has announced.
void FrameReader::make_room(std::size_t more) {
    const auto needed = message_.size() + more;
    if (needed > message_.capacity()) {
        const auto announced = message_.size() + static_cast<std::size_t>(length_ - seen_);
        message_.reserve(std::max(needed, std::min(announced, 4 * needed)));
    }
}

void FrameReader::take_part(std::string_view part) {
    if (!compressed_) {
        make_room(part.size());
        message_.append(part);
        check_text(part);
        return;
    }
    const auto before = message_.size();
    const auto outcome = inflater_->add(part, message_, max_message_size_);
    if (outcome == Inflater::Outcome::too_much) {
        fail(close_code::message_too_big, "the message is too big once it is decompressed");
    }
    if (outcome == Inflater::Outcome::corrupt) {
        fail(close_code::invalid_data, "the message cannot be decompressed");
    }
    check_text(std::string_view{message_}.substr(before));
}

void FrameReader::finish_message(Event& event) {
    if (compressed_) {
        const auto before = message_.size();
        const auto outcome = inflater_->finish(message_, max_message_size_);
        if (outcome == Inflater::Outcome::too_much) {
            fail(close_code::message_too_big, "the message is too big once it is decompressed");
        }
        if (outcome == Inflater::Outcome::corrupt) {
            fail(close_code::invalid_data, "the message cannot be decompressed");
        }
        check_text(std::string_view{message_}.substr(before));
    }
    check_text_end();
    in_message_ = false;
    delivered_ = true;
    event.kind = message_opcode_ == Opcode::text ? Kind::text : Kind::binary;
    event.data = message_;
    event.gathered = true;
}

void FrameReader::check_text(std::string_view part) {
    if (message_opcode_ == Opcode::text && !utf8_.add(part)) {
        fail(close_code::invalid_data, "the text is not UTF-8");  // RFC 6455, 8.1
    }
}

void FrameReader::check_text_end() const {
    if (message_opcode_ == Opcode::text && !utf8_.is_complete()) {
        fail(close_code::invalid_data, "the text ends within a character");
    }
}

// Control frames

void FrameReader::read_control(std::string_view payload, Event& event) {
    event.data = payload;
    if (opcode_ == Opcode::close) {
        read_close(payload, event);
    } else {
        event.kind = opcode_ == Opcode::ping ? Kind::ping : Kind::pong;
    }
}

void FrameReader::read_close(std::string_view payload, Event& event) {
    event.kind = Kind::close;
    if (payload.size() == 1) {
        fail("a Close frame has half a code");  // RFC 6455, 5.5.1
    }
    if (payload.size() >= 2) {
        event.code = static_cast<CloseCode>(number_at(payload, 0, 2));
        if (!is_sendable(event.code)) {
            fail("a Close frame has a code that must not be sent");  // RFC 6455, 7.4
        }
        event.data.remove_prefix(2);
        Utf8Validator reason;
        if (!reason.add(event.data) || !reason.is_complete()) {
            fail(close_code::invalid_data, "a Close frame's reason is not UTF-8");
        }
    }
    over_ = true;
}

}  // namespace tornado::websocket
