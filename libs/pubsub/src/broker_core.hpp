#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "forgotten_topics.hpp"
#include "frame.hpp"
#include "link.hpp"
#include "tornado/concurrent/stack_context.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/pubsub/broker.hpp"

namespace tornado::pubsub {

class BrokerCore;
struct Topic;

/// One who is called. Its topic is null once it has unsubscribed or its broker has gone; its
/// callback goes then too.
class Subscriber {
public:
    Subscriber(Topic& topic, Callback callback) : topic_{&topic}, callback_{std::move(callback)} {}

    void call(const Message& message) noexcept;
    void leave() noexcept;
    /// It goes on from there, so that what it has seen elsewhere does not come again when it comes
    /// here at last.
    void go_on_from(const Position& since);
    /// Whether a message that has come now is one of those.
    [[nodiscard]] bool has_seen(const Message& message) noexcept;
    void forget_topic() noexcept { topic_ = nullptr; }
    [[nodiscard]] bool is_there() const noexcept { return topic_ != nullptr; }

    std::vector<Message> backlog = {};    ///< what it has missed
    ReplayBuffer::Index first_index = 0;  ///< of what comes from then on

private:
    Topic* topic_;
    Callback callback_;
    bool is_called_ = false;
    /// What it has seen of publishers whom this broker has not heard as far as that.
    std::vector<Position::Entry> seen_ahead_;
};

/// One topic: who listens, and what has come.
struct Topic {
    Topic(BrokerCore& its, std::string_view its_name, const ReplayLimits& limits)
        : core{its},
          name{std::make_shared<const std::string>(its_name)},
          buffer{limits} {}

    BrokerCore& core;
    std::shared_ptr<const std::string> name;
    ReplayBuffer buffer;
    std::vector<std::shared_ptr<Subscriber>> subscribers;
    std::size_t gone = 0;  ///< those among them that have left
    std::vector<std::pair<ReplayBuffer::Index, Message>> pending;  ///< to be delivered
    bool is_due = false;                                           ///< to be looked at by deliver()
    bool delivering = false;
    std::uint64_t own_sequence = 0;  ///< of the last message that was published here
    ioloop::TimePoint last_used;
    bool is_silent = true;                   ///< in which of the two lists it is
    std::list<Topic*>::iterator place = {};  ///< there; the least recently used stands first

    [[nodiscard]] bool has_subscribers() const noexcept { return subscribers.size() > gone; }
    void remove_gone();
};

/// The last number of a publisher in a topic.
struct LastNumber {
    std::shared_ptr<const std::string> topic;
    Position::Entry entry;
};

/// Behind a Broker.
class BrokerCore : public std::enable_shared_from_this<BrokerCore> {
public:
    explicit BrokerCore(BrokerOptions options);
    ~BrokerCore();
    BrokerCore(const BrokerCore&) = delete;
    BrokerCore& operator=(const BrokerCore&) = delete;

    /// Once it is in a shared pointer.
    void open();
    /// Nothing more comes or goes.
    void close() noexcept;

    Message publish(std::string_view topic, std::string payload);
    std::shared_ptr<Subscriber> subscribe(Topic& topic, Callback callback);
    [[nodiscard]] bool covers(const Topic& topic, const Position& position) const;
    /// A topic that is made if there is none. Throws std::invalid_argument for no good name.
    Topic& topic(std::string_view name);
    [[nodiscard]] const Topic* find(std::string_view name) const;
    void subscriber_left(Topic& topic) noexcept;
    void deliver_soon(Topic& topic);

    // For links

    /// From elsewhere. What was published here, or has been here, is ignored.
    void receive(const Frame& frame, bool through_redis);
    /// What that one has said up to then is known to have been said, and is not kept there.
    void receive_last_number(const Frame& frame);
    /// All that is kept and has come since then, oldest first within each topic.
    [[nodiscard]] std::vector<Message> kept(ioloop::TimePoint since = {}) const;
    /// Of all topics, the publishers of whom nothing is kept.
    [[nodiscard]] std::vector<LastNumber> last_numbers() const;
    /// Since when, counted from 1970, all that other machines said in any topic is known here; the
    /// maximum when that cannot be said.
    [[nodiscard]] std::chrono::milliseconds whole_since() const;
    /// Since when the link to them has heard all.
    [[nodiscard]] std::chrono::milliseconds far_since() const;
    /// What others of this machine have kept completes what is heard since `own`: all that was
    /// said since `since` is known.
    void take_over(std::chrono::milliseconds own, std::chrono::milliseconds since);
    [[nodiscard]] std::vector<std::string> topics_with_subscribers() const;
    void count_malformed(std::string_view from);
    /// Whether what the others of this machine have kept is here.
    [[nodiscard]] bool is_host_ready() const { return host_ == nullptr || host_->is_ready(); }
    /// A link tells the other one; see there.
    void redis_has_begun();
    void host_is_ready();

    [[nodiscard]] const BrokerOptions& options() const noexcept { return options_; }
    [[nodiscard]] PublisherId id() const noexcept { return id_; }
    [[nodiscard]] ioloop::IOLoop& loop() const noexcept { return loop_; }
    [[nodiscard]] BrokerCounters counters() const;
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] const std::vector<std::shared_ptr<Link>>& links() const noexcept {
        return links_;
    }

private:
    struct Sweep : ioloop::Alarm {
        explicit Sweep(BrokerCore& its)
            : Alarm{[](Alarm& alarm) { static_cast<Sweep&>(alarm).core.sweep(); }},
              core{its} {}
        BrokerCore& core;
    };
    /// What is known of the time before the link to other machines heard all.
    struct Heritage {
        std::chrono::milliseconds own{-1};  ///< whole_since() of that link
        std::chrono::milliseconds since{0};
    };
    using Topics = std::map<std::string, std::unique_ptr<Topic>, std::less<>>;

    bool accept(Topic& topic, Message message);
    [[nodiscard]] std::chrono::milliseconds with_heritage(std::chrono::milliseconds own
    ) const noexcept;
    void deliver();
    void note_forms(const Message& message);
    void drop_forms_soon();
    void deliver(Topic& topic);
    std::list<Topic*>& list_of(const Topic& topic) noexcept;
    void touch(Topic& topic);
    void keep_limits();
    void drop_oldest(Topic& topic);
    void sweep();
    void sweep(Topic& topic);
    void remove(Topic& topic);
    [[nodiscard]] static bool may_go(const Topic& topic) noexcept;

    static constexpr std::chrono::seconds sweep_interval{10};
    static constexpr std::size_t most_forgotten_topics = 50'000;

    BrokerOptions options_;
    ioloop::IOLoop& loop_;
    PublisherId id_;
    Topics topics_;
    std::list<Topic*> silent_;  ///< topics without subscribers
    std::list<Topic*> heard_;   ///< and with some
    std::vector<Topic*> due_;
    std::vector<Message> formed_;  ///< those whose other forms are to go
    Heritage heritage_;
    std::vector<std::shared_ptr<Link>> links_;
    Link* host_ = nullptr;
    Link* far_ = nullptr;  ///< to other machines
    Sweep sweep_;
    std::size_t replay_bytes_ = 0;
    ForgottenTopics forgotten_{most_forgotten_topics};
    BrokerCounters counters_;
    bool scheduled_ = false;
    bool closed_ = false;
};

}  // namespace tornado::pubsub
