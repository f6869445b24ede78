#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tornado/concurrent/future.hpp"
#include "tornado/pubsub/options.hpp"

namespace tornado::pubsub {

/// A way to brokers elsewhere.
class Link {
public:
    virtual ~Link() = default;

    virtual void open() = 0;
    /// Nothing more comes or goes.
    virtual void close() noexcept = 0;
    /// Sends what encode() has made, as far as anybody is there.
    virtual void
    publish(const std::string& topic, const std::shared_ptr<const std::string>& frame) = 0;
    /// Somebody here listens to a topic now; nobody does any more, and it is not kept either.
    virtual void topic_wanted(const std::string& /*topic*/) {}
    virtual void topic_unwanted(const std::string& /*topic*/) {}
    /// Whether all that a publisher says comes straight from it, if only in a while.
    [[nodiscard]] virtual bool hears(PublisherId /*publisher*/) const { return false; }
    /// Redis is listened to now, or is away; what others of this machine have kept may come.
    virtual void redis_has_begun() {}
    /// What others of this machine had kept at the beginning has come.
    virtual void host_is_ready() {}
    /// Since when, counted from 1970, it has heard all of a topic.
    [[nodiscard]] virtual std::chrono::milliseconds whole_since(const std::string& /*topic*/)
        const {
        return std::chrono::milliseconds{0};
    }
    /// Whether what there was at the beginning is here.
    [[nodiscard]] virtual bool is_ready() const = 0;
    /// Whether all that was published has gone.
    [[nodiscard]] virtual bool is_flushed() const = 0;
    virtual void count(BrokerCounters& counters) const = 0;
};

}  // namespace tornado::pubsub
