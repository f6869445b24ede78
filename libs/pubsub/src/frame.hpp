#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/pubsub/message.hpp"
#include "tornado/util/result.hpp"

namespace tornado::pubsub {

enum class FrameKind : std::uint8_t {
    message = 1,  ///< just published
    kept,         ///< published some time ago, for one who has come late
    hello,        ///< says who the other end is
    synced,       ///< all that was kept has been sent
    spoke,        ///< the last number of a publisher of whose messages in a topic none is kept
    whole         ///< all that other machines said since then is known: its payload, since 1970
};

/// What brokers tell each other.
struct Frame {
    FrameKind kind = FrameKind::message;
    PublisherId publisher = 0;
    std::uint64_t sequence = 0;
    std::uint32_t age = 0;  ///< of what is kept, in milliseconds
    std::string_view topic = {};
    std::string_view payload = {};
};

/// The most bytes beside topic and payload.
inline constexpr std::size_t frame_head_size = 27;
/// Of these, those that a channel which keeps messages apart does not need.
inline constexpr std::size_t frame_length_size = 4;
inline constexpr std::size_t max_topic_size = 255;
/// The most that a broker's max_message_size may be.
inline constexpr std::size_t largest_payload = 256 * 1024 * 1024;

[[nodiscard]] std::string encode(const Frame& frame);
/// A frame without its length, which views `text`; nullopt for what is none.
[[nodiscard]] std::optional<Frame> decode(std::string_view text);

/// Takes frames out of a stream of bytes. It skips those with a payload of more than its maximum,
/// and does not keep them meanwhile.
class FrameReader {
public:
    explicit FrameReader(std::size_t max_payload) : max_payload_{max_payload} {}

    void feed(std::string_view bytes);
    /// The next frame, valid until feed(); nullopt when it is not all there; false in `good()` for
    /// what is none, and then nothing more comes.
    [[nodiscard]] std::optional<Frame> next();
    [[nodiscard]] bool good() const noexcept { return good_; }
    /// How many frames it has skipped.
    [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }

private:
    void skip(std::size_t size);

    std::size_t max_payload_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::size_t to_skip_ = 0;  ///< of what is fed next
    std::uint64_t skipped_ = 0;
    bool good_ = true;
};

}  // namespace tornado::pubsub
