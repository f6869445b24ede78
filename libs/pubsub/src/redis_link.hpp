#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "link.hpp"
#include "redis_connection.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/ioloop/timeout.hpp"

namespace tornado::pubsub {

class BrokerCore;

/// The way through a Redis: one connection that publishes and one that listens, each of which comes
/// back by itself.
///
/// Messages wait until Redis has confirmed them, and are sent again over the next connection:
/// brokers know what they have had already. After an outage they wait until others are back too.
///
/// What is heard at the beginning waits until what others of this machine have kept is here: that
/// is older, and would be refused behind it.
class RedisLink final : public Link, public std::enable_shared_from_this<RedisLink> {
public:
    /// Throws std::invalid_argument for options that make no sense.
    explicit RedisLink(BrokerCore& core);

    void open() override;
    void close() noexcept override;
    void publish(const std::string& topic, const std::shared_ptr<const std::string>& frame)
        override;
    void topic_wanted(const std::string& topic) override;
    void topic_unwanted(const std::string& topic) override;
    [[nodiscard]] std::chrono::milliseconds whole_since(const std::string& topic) const override;
    [[nodiscard]] bool is_ready() const override { return listening_ && !holding_; }
    [[nodiscard]] bool is_flushed() const override { return waiting_.empty(); }
    void host_is_ready() override;
    void count(BrokerCounters& counters) const override;

private:
    template <void (RedisLink::*ring)()>
    struct Timer : ioloop::Alarm {
        explicit Timer(RedisLink& its)
            : Alarm{[](Alarm& alarm) { (static_cast<Timer&>(alarm).link.*ring)(); }},
              link{its} {}
        RedisLink& link;
    };
    struct Held {
        std::string channel;
        std::string text;
    };
    struct Waiting {
        std::string channel;
        std::shared_ptr<const std::string> frame;
        [[nodiscard]] std::size_t cost() const noexcept { return channel.size() + frame->size(); }
    };
    using Session = Future<void> (*)(std::shared_ptr<RedisLink> self);

    static Future<void> keep_up(std::shared_ptr<RedisLink> self, Session session);
    static Future<void> send_messages(std::shared_ptr<RedisLink> self);
    static Future<void> hear_messages(std::shared_ptr<RedisLink> self);

    void pump_soon();
    void pump();
    void take_answer(const resp::Value& answer);
    void drop_one();

    void ask_for_topics();
    void is_listening();
    void take_push(const resp::Value& push);
    void hold_or_take(std::string_view channel, std::string_view text);
    void release_held();
    void take_message(std::string_view channel, std::string_view text);
    void take_confirmation(std::string_view channel);
    [[nodiscard]] bool hears_all() const noexcept;
    [[nodiscard]] std::string channel_of(const std::string& topic) const;
    [[nodiscard]] std::string topic_of(std::string_view channel) const;

    void has_failed(const std::string& why);
    void note_state();

    BrokerCore& core_;  ///< until close()
    const RedisOptions& options_;
    std::shared_ptr<const RedisTarget> target_;
    std::optional<Future<void>> sender_;
    std::optional<Future<void>> hearer_;

    std::shared_ptr<RedisConnection> out_;  ///< while it is logged in
    std::deque<Waiting> waiting_;           ///< the oldest first
    std::size_t waiting_bytes_ = 0;
    std::size_t sent_ = 0;  ///< so many of them, over the present connection
    std::size_t sent_bytes_ = 0;
    bool pump_scheduled_ = false;
    Timer<&RedisLink::pump> resume_{*this};  ///< while set, nothing is sent
    bool refusal_logged_ = false;            ///< since it was last away
    bool drop_logged_ = false;
    std::uint64_t dropped_ = 0;

    std::shared_ptr<RedisConnection> in_;
    bool listening_ = false;
    std::deque<Held> held_;
    std::size_t held_bytes_ = 0;
    bool holding_ = false;
    Timer<&RedisLink::release_held> patience_{*this};
    std::set<std::string> wanted_;
    /// Topics, or nothing at all for all of them, and since when they have been listened to.
    std::map<std::string, std::chrono::milliseconds> heard_since_;

    bool is_away_ = false;
    ioloop::TimePoint away_since_;
    std::uint64_t outages_ = 0;
    bool closed_ = false;
};

}  // namespace tornado::pubsub
