#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tornado/iostream/ssl_options.hpp"
#include "tornado/pubsub/replay_buffer.hpp"

namespace tornado::pubsub {

class Reach;

/// How a broker finds the others of this machine: those of other processes and of other threads.
struct HostOptions {
    /// Where they meet: a folder that is this user's alone; it is made if there is none. Empty: no
    /// others. See PrivateFolder.
    std::string folder = {};
    /// How much may wait for another broker that does not read, in bytes. Then that one is cut off;
    /// it comes back and gets what is still kept.
    std::size_t max_backlog = 16 * 1024 * 1024;
};

/// What a broker hears of what other machines publish.
enum class RedisTopics : std::uint8_t {
    all,        ///< everything, so that its replay buffers are as good as those of the others
    subscribed  ///< topics that anybody here has subscribed to: for very many topics
};

/// How a broker reaches those of other machines: through a Redis, by its pub/sub.
struct RedisOptions {
    std::chrono::milliseconds connect_timeout{5'000};  ///< with TLS and the log-in
    std::chrono::milliseconds first_delay{100};  ///< before the first try to come back; doubles
    std::chrono::milliseconds max_delay{5'000};  ///< at random between half of that and all
    /// What waits to be sent while Redis is away; beyond that the oldest are dropped. When Redis is
    /// back it waits for max_delay more, so that those who listen elsewhere are back too.
    std::size_t max_waiting = 10'000;
    std::size_t max_waiting_bytes = 16 * 1024 * 1024;
    /// How often a silent connection is asked whether it still is one. No answer for as long: it is
    /// not.
    std::chrono::milliseconds ping_interval{15'000};
    std::string prefix = "tornado";        ///< of channels: `tornado:<topic>`
    netutil::SSLOptions ssl_options = {};  ///< with rediss://
    RedisTopics topics = RedisTopics::all;
    /// redis://[[user]:password@]host[:6379][/database], or rediss:// for TLS. Empty: no Redis. A
    /// database keeps no messages apart, as Redis' pub/sub knows none: `prefix` does.
    std::string url = {};
};

/// What a Broker is like.
struct BrokerOptions {
    HostOptions host = {};
    /// Bytes of a payload. Brokers that meet should agree about it: what is larger than one of them
    /// allows does not reach that one, which counts it as malformed and, later, as missed.
    std::size_t max_message_size = 1024 * 1024;
    /// Of all topics together; the topics that were silent for longest lose theirs first.
    std::size_t max_replay_bytes = 64 * 1024 * 1024;
    std::size_t max_topics = 10'000;         ///< not counting those that have subscribers
    std::shared_ptr<Reach> reach = nullptr;  ///< to other machines, instead of Redis
    RedisOptions redis = {};
    ReplayLimits replay = {};  ///< of each topic
};

/// What has become of a broker's messages, since the beginning unless it says now.
struct BrokerCounters {
    std::uint64_t published = 0;      ///< here
    std::uint64_t received = 0;       ///< from others, each once
    std::uint64_t missed = 0;         ///< never came here, as the next one of their publisher shows
    std::uint64_t malformed = 0;      ///< were none of ours
    std::size_t topics = 0;           ///< now
    std::size_t replay_bytes = 0;     ///< now
    std::size_t host_peers = 0;       ///< now: brokers of this machine that are heard
    std::uint64_t host_cut_off = 0;   ///< others here that did not read
    bool redis_connected = false;     ///< now
    std::size_t redis_waiting = 0;    ///< now: messages that Redis has yet to confirm
    std::uint64_t redis_dropped = 0;  ///< found no room to wait, or were refused by Redis
    std::uint64_t redis_outages = 0;
};

}  // namespace tornado::pubsub
