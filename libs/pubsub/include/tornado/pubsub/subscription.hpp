#pragma once

#include <memory>

#include "tornado/pubsub/message.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::pubsub {

/// Called with each message, one at a time, by the loop. What it throws is logged, and hinders
/// nobody else.
using Callback = util::UniqueFunction<void(const Message&)>;

class Subscriber;

/// Somebody's interest in a topic, which ends with this object.
///
/// Ownership: moves, never copies; may outlive its Broker, and may go while it is called.
/// Thread safety: its broker's thread.
class Subscription {
public:
    /// None.
    Subscription() noexcept;
    Subscription(std::shared_ptr<Subscriber> subscriber, bool missed) noexcept;
    Subscription(Subscription&&) noexcept;
    Subscription& operator=(Subscription&&) noexcept;
    ~Subscription();

    /// Ends it: no more calls.
    void unsubscribe() noexcept;
    [[nodiscard]] explicit operator bool() const noexcept { return subscriber_ != nullptr; }
    /// Whether something that came after the position to go on from is not kept any more, or may be
    /// not.
    [[nodiscard]] bool missed() const noexcept { return missed_; }

private:
    std::shared_ptr<Subscriber> subscriber_;
    bool missed_ = false;
};

}  // namespace tornado::pubsub
