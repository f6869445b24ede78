#include "tornado/pubsub/subscription.hpp"

#include <utility>

#include "broker_core.hpp"

namespace tornado::pubsub {

Subscription::Subscription() noexcept = default;
Subscription::Subscription(std::shared_ptr<Subscriber> subscriber, bool missed) noexcept
    : subscriber_{std::move(subscriber)},
      missed_{missed} {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&& other) noexcept {
    if (this != &other) {
        unsubscribe();
        subscriber_ = std::move(other.subscriber_);
        missed_ = other.missed_;
    }
    return *this;
}
Subscription::~Subscription() {
    unsubscribe();
}

void Subscription::unsubscribe() noexcept {
    if (const auto subscriber = std::exchange(subscriber_, nullptr)) {
        subscriber->leave();
    }
}

}  // namespace tornado::pubsub
