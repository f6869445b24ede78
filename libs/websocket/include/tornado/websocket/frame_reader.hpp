#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tornado/websocket/deflate.hpp"
#include "tornado/websocket/frame.hpp"
#include "tornado/websocket/utf8_validator.hpp"

namespace tornado::websocket {

/// Takes the messages and control frames out of a stream of bytes (RFC 6455, 5), strictly.
///
/// A message in one uncompressed frame of moderate size stays where it is and is unmasked there;
/// any other is gathered. Text is checked as it comes, so that what cannot be UTF-8 is refused
/// before its message ends.
///
///     const auto event = reader.next({input.data(), input.size()});
///     input.consume(event.consumed);
///
/// Ownership: what an event views lives until the next call, and as long as the input does.
/// Thread safety: one object, one thread.
class FrameReader {
public:
    enum class Kind : std::uint8_t { need_more, text, binary, ping, pong, close, failure };

    struct Event {
        Kind kind = Kind::need_more;
        bool gathered = false;     ///< data is all of message(), which may be moved from
        CloseCode code = 0;        ///< of a Close frame, 0 for none; or what a failure closes with
        std::size_t consumed = 0;  ///< bytes of the input that are done with
        std::size_t wanted = 1;    ///< for need_more: so many more bytes would bring it further
        std::string_view data = {};  ///< message, payload, reason; what is wrong with the input
    };

    /// `masked`: whether the peer has to mask its frames, as clients have to; else it must not.
    explicit FrameReader(bool masked, std::size_t max_message_size) noexcept
        : max_message_size_{max_message_size},
          masked_{masked} {}

    /// From now on messages may be compressed.
    void set_inflater(std::unique_ptr<Inflater> inflater) noexcept {
        inflater_ = std::move(inflater);
    }
    [[nodiscard]] Inflater* inflater() noexcept { return inflater_.get(); }

    /// What comes next in `input`, which begins with what was not consumed before, as this has left
    /// it: it unmasks in place. After a failure it fails for ever, after a Close there is nothing.
    [[nodiscard]] Event next(std::span<char> input);

    [[nodiscard]] std::string& message() noexcept { return message_; }
    /// Whether a frame has begun and not ended.
    [[nodiscard]] bool in_frame() const noexcept { return in_frame_; }
    /// Whether a message has begun and not ended.
    [[nodiscard]] bool in_message() const noexcept { return in_message_; }

private:
    /// Frames up to this length are awaited in the input.
    static constexpr std::uint64_t most_in_place = 128 * 1024;
    /// Of a frame that is gathered so much is asked for at a time, and more while it comes fast.
    static constexpr std::uint64_t least_gathered = 16 * 1024;
    static constexpr std::size_t most_kept = 256;

    /// Bytes of the head, or 0 when it is not all there. Throws Failure.
    std::size_t read_head(std::span<const char> input);
    std::size_t read_length(std::span<const char> input, unsigned short_length);
    void check_head(unsigned first, unsigned second) const;
    void begin_frame();
    void check_size() const;
    bool read_in_place(std::span<char> input, Event& event);
    bool read_gathered(std::span<char> input, Event& event);
    void take_part(std::string_view part);
    void make_room(std::size_t more);
    void finish_message(Event& event);
    void read_control(std::string_view payload, Event& event);
    void read_close(std::string_view payload, Event& event);
    void check_text(std::string_view part);
    void check_text_end() const;
    void forget_message() noexcept;

    std::string message_;
    std::unique_ptr<Inflater> inflater_;
    std::size_t max_message_size_;
    std::uint64_t length_ = 0;  ///< of the present frame's payload
    std::uint64_t seen_ = 0;    ///< bytes of it that are unmasked
    MaskKey mask_{};
    Opcode opcode_ = Opcode::text;          ///< of the present frame
    Opcode message_opcode_ = Opcode::text;  ///< of the present message
    Utf8Validator utf8_;
    std::uint8_t head_size_ = 0;  ///< of the present frame, if that is awaited in the input
    bool masked_;
    bool fin_ = false;
    bool rsv1_ = false;
    bool in_frame_ = false;
    bool in_place_ = false;
    bool in_message_ = false;
    bool compressed_ = false;  ///< the present message
    bool delivered_ = false;   ///< message_ has been handed out
    bool over_ = false;        ///< a Close has come
    CloseCode failed_ = 0;
    const char* failure_ = nullptr;
};

}  // namespace tornado::websocket
