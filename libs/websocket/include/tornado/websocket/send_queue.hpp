#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tornado/websocket/shared_message.hpp"

namespace tornado::websocket {

/// What happens to messages for a peer that does not read as fast as they come.
enum class SendQueuePolicy : std::uint8_t {
    close,        ///< the connection is closed with 1013
    drop_oldest,  ///< those that wait longest are dropped
    drop_new      ///< the new one is dropped, and a former one that it was to replace
};

/// How much may wait for one peer, in bytes, beside what its socket and its stream hold.
struct SendQueueOptions {
    std::size_t max_size = 16 * 1024 * 1024;
    SendQueuePolicy policy = SendQueuePolicy::close;
};

/// What has become of a connection's messages.
struct SendQueueCounters {
    std::size_t waiting = 0;        ///< messages in the queue
    std::size_t waiting_bytes = 0;  ///< and their bytes
    std::uint64_t dropped = 0;      ///< messages, since the beginning
    std::uint64_t coalesced = 0;    ///< messages that a newer one has replaced
};

/// The messages that wait for one slow peer: never more than its options allow, except for a single
/// message that is larger.
class SendQueue {
public:
    struct Entry {
        std::string data = {};
        std::optional<SharedMessage> shared = {};  ///< instead of data
        std::string key = {};  ///< a newer message of the same key replaces it; empty: none does
        bool binary = false;

        [[nodiscard]] std::size_t cost() const noexcept;
    };

    explicit SendQueue(const SendQueueOptions& options) noexcept : options_{options} {}

    /// False when the queue is full and the policy says to close.
    [[nodiscard]] bool push(Entry entry);
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    /// The oldest one; there must be one.
    [[nodiscard]] Entry pop();
    void clear() noexcept;
    [[nodiscard]] SendQueueCounters counters() const noexcept;

private:
    using Entries = std::list<Entry>;

    bool replace(Entry& entry);
    [[nodiscard]] bool has_room_for(std::size_t cost) const noexcept {
        return bytes_ + cost <= options_.max_size;
    }
    Entry take(Entries::iterator at);

    SendQueueOptions options_;
    Entries entries_;
    std::unordered_map<std::string_view, Entries::iterator> keyed_;  ///< views their keys
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t coalesced_ = 0;
};

}  // namespace tornado::websocket
