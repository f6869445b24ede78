#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <unordered_map>
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
/// one publisher have rising sequence numbers. Beyond its limits it drops the oldest. The numbers
/// of a publisher are known as long as any of its messages is kept; of those of whom none is, the
/// 256 that spoke last are known.
///
/// Thread safety: one thread.
class ReplayBuffer {
public:
    using Index = std::uint64_t;

    explicit ReplayBuffer(const ReplayLimits& limits = {}) : limits_{limits} {}
    ReplayBuffer(const ReplayBuffer&) = delete;
    ReplayBuffer& operator=(const ReplayBuffer&) = delete;

    /// Adds a message, and notes how many of its publisher are missing before it. Returns false,
    /// and adds nothing, when this one or a later one of its publisher has been here already.
    bool add(Message message);
    /// What a publisher has said up to that number has been somewhere and is kept nowhere, as far
    /// as it is not here.
    void add_lost(PublisherId publisher, std::uint64_t last);
    void drop_oldest();
    /// Drops what is older than the limit says.
    void expire(ioloop::TimePoint now);

    /// The oldest message that is kept, and what comes behind the newest.
    [[nodiscard]] Index begin() const noexcept { return begin_; }
    [[nodiscard]] Index end() const noexcept { return begin_ + messages_.size(); }
    /// Throws std::out_of_range for an index that is not between these two.
    [[nodiscard]] const Message& at(Index index) const;
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// The number of the last message of a publisher that has been added; 0 when there is none, or
    /// it is known no more.
    [[nodiscard]] std::uint64_t last_of(PublisherId publisher) const noexcept;

    /// The publishers of whom nothing is kept and their last numbers, who spoke last first.
    [[nodiscard]] std::vector<Position::Entry> silent_publishers() const;

    /// Behind all that has ever been added. Its time is now. Of very many publishers it names the
    /// Position::max_publishers that spoke last.
    [[nodiscard]] Position position() const { return position(end()); }
    /// Behind all that came before that index, or begin(). Its time is now.
    [[nodiscard]] Position position(Index index) const;
    /// Whether all that came after this position is still kept. If not, who goes on from there has
    /// missed something, or may have: so it is with a publisher that was never heard of here.
    [[nodiscard]] bool covers(const Position& position) const noexcept;

private:
    /// What is known of a publisher. Its messages above `lost` are all kept.
    struct Publisher {
        std::uint64_t last = 0;
        std::uint64_t lost = 0;
        std::size_t kept = 0;  ///< of its messages
        std::list<PublisherId>::iterator place = {};
    };
    static constexpr std::size_t max_silent_publishers = 256;

    void forget_silent() noexcept;

    ReplayLimits limits_;
    std::deque<Message> messages_;
    std::unordered_map<PublisherId, Publisher> publishers_;
    /// The one that has been silent for longest first: so those of whom nothing is kept stand in
    /// front of the others.
    std::list<PublisherId> order_;
    std::size_t silent_ = 0;  ///< publishers of whom nothing is kept
    Index begin_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace tornado::pubsub
