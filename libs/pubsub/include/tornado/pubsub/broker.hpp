#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/pubsub/message.hpp"
#include "tornado/pubsub/options.hpp"
#include "tornado/pubsub/position.hpp"
#include "tornado/pubsub/replay_buffer.hpp"
#include "tornado/pubsub/subscription.hpp"

namespace tornado::pubsub {

/// Passes on what is published in a topic to all who have subscribed to it: those of one loop; with
/// HostOptions::folder, those of all loops and processes of this machine; with RedisOptions::url,
/// those of many machines. What is written for one of these runs with the others.
///
/// A topic is a name of 1 to 255 bytes without control characters; it need not be made. A
/// subscriber gets the messages of each publisher in the order in which they were published, each
/// once at most; those of different publishers come as they arrive. The latest ones are kept, for
/// who comes back. See the guide for what each reach promises.
///
/// Others that are away cost a line in the log, once when they go and once when they are back; all
/// goes on here meanwhile.
///
/// Ownership: belongs to the loop that was current when it was made, and goes before it does; in a
/// forked worker it is made after the fork. Thread safety: its loop's thread; each loop has its
/// own.
///
///     pubsub::Broker broker{{.host = {.folder = "/run/chat"}}};
///     const auto listening = broker.subscribe("news", [](const pubsub::Message& message) {
///         show(message.payload());
///     });
///     broker.publish("news", "It is Thursday");
class Broker {
public:
    /// Throws std::invalid_argument for options that make no sense, a URL that is none among them,
    /// and std::system_error when the folder cannot be used.
    explicit Broker(BrokerOptions options = {});
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    ~Broker();

    /// Done when what others of this machine have kept is here too, and Redis is listened to; or
    /// after two seconds, whatever has come by then. Good to await before a server listens. Done
    /// too when the broker goes.
    Future<void> ready();
    /// Done when all that was published has been taken by the system, for the brokers of this
    /// machine, and by Redis; or when the broker goes. For the end of a program: with a time limit,
    /// as Redis may be away.
    Future<void> flush();

    /// Publishes a message, and tells its number. Subscribers here get it in the next turn of the
    /// loop. Throws std::invalid_argument for a topic that is none, and for a payload of more than
    /// max_message_size.
    Message publish(std::string_view topic, std::string payload);

    /// Subscribes to what comes from now on. Throws std::invalid_argument for a topic that is none
    /// and for an empty callback.
    [[nodiscard]] Subscription subscribe(std::string_view topic, Callback callback);
    /// Subscribes to what has come after that position, and comes from now on; see
    /// Subscription::missed(). What the position says has been seen does not come again, even if it
    /// is later here than where it was seen. Throws as the other one does.
    [[nodiscard]] Subscription
    subscribe(std::string_view topic, const Position& since, Callback callback);

    /// The `count` latest messages that are kept, the oldest first.
    [[nodiscard]] std::vector<Message> recent(std::string_view topic, std::size_t count) const;
    /// Behind all that has come so far.
    [[nodiscard]] Position position(std::string_view topic) const;
    /// Whether all that came after that position is still kept. Throws std::invalid_argument for a
    /// topic that is none.
    [[nodiscard]] bool covers(std::string_view topic, const Position& position) const;
    /// What is kept of a topic; valid as long as that has a subscriber.
    [[nodiscard]] const ReplayBuffer& replay(std::string_view topic);

    [[nodiscard]] PublisherId id() const noexcept;
    [[nodiscard]] BrokerCounters counters() const;

private:
    std::shared_ptr<class BrokerCore> core_;
};

}  // namespace tornado::pubsub
