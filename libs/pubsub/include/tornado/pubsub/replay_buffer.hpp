#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "tornado/pubsub/message.hpp"
#include "tornado/pubsub/position.hpp"

namespace tornado::pubsub {

/// How much of a topic is kept for those who come back or are slow.
struct ReplayLimits {
    std::chrono::milliseconds max_age{300'000};  ///< zero: any
    std::size_t max_bytes = 1024 * 1024;
    std::size_t max_messages = 1'000;
};

/// The latest messages of a topic.
///
/// Messages lie in the order in which they came here, each at an index that never changes. Those of
/// one publisher have rising sequence numbers. Beyond its limits it drops the oldest.
///
/// Thread safety: one thread.
class ReplayBuffer {
public:
    using Index = std::uint64_t;

    explicit ReplayBuffer(const ReplayLimits& limits = {}) : limits_{limits} {}

    /// Adds a message, and notes how many of its publisher are missing before it. Returns false,
    /// and adds nothing, when this one or a later one of its publisher has been here already.
    bool add(Message message);
    void drop_oldest() noexcept;
    /// Drops what is older than the limit says.
    void expire(ioloop::TimePoint now) noexcept;

    /// The oldest message that is kept, and what comes behind the newest.
    [[nodiscard]] Index begin() const noexcept { return begin_; }
    [[nodiscard]] Index end() const noexcept { return begin_ + messages_.size(); }
    /// Throws std::out_of_range for an index that is not between these two.
    [[nodiscard]] const Message& at(Index index) const;
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Behind all that has ever been added. Its time is now.
    [[nodiscard]] Position position() const { return position(end()); }
    /// Behind all that came before that index, or begin(). Its time is now.
    [[nodiscard]] Position position(Index index) const;
    /// Whether all that came after this position is still kept. If not, who goes on from there has
    /// missed something, or may have: so it is with a publisher that was never heard of here.
    [[nodiscard]] bool covers(const Position& position) const noexcept;

private:
    /// What is known of a publisher. Its messages above `lost` are all kept.
    struct Publisher {
        PublisherId id;
        std::uint64_t last;
        std::uint64_t lost;
    };
    static constexpr std::size_t max_publishers = 64;

    Publisher* find(PublisherId id) noexcept;
    void make_room_for_publisher();

    ReplayLimits limits_;
    std::deque<Message> messages_;
    std::vector<Publisher> publishers_;
    Index begin_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace tornado::pubsub
