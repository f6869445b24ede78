#include "tornado/pubsub/broker.hpp"

#include <algorithm>
#include <utility>

#include "broker_core.hpp"
#include "tornado/gen.hpp"

namespace tornado::pubsub {

namespace {

using Check = bool (Link::*)() const;

bool all(const BrokerCore& core, Check check) {
    return std::ranges::all_of(core.links(), [check](const auto& link) {
        return (link.get()->*check)();
    });
}

/// Looks again and again, as this is for the beginning and the end of a program. It ends with the
/// broker.
Future<void> wait_for(std::shared_ptr<BrokerCore> core, Check check, ioloop::TimePoint deadline) {
    constexpr std::chrono::milliseconds step{5};
    while (!core->closed() && !all(*core, check) && core->loop().time() < deadline) {
        co_await gen::sleep(step);
    }
}

}  // namespace

Broker::Broker(BrokerOptions options) : core_{std::make_shared<BrokerCore>(std::move(options))} {
    core_->open();
}
Broker::~Broker() {
    core_->close();
}

Future<void> Broker::ready() {
    constexpr std::chrono::seconds patience{2};
    return wait_for(core_, &Link::is_ready, core_->loop().time_after(patience));
}
Future<void> Broker::flush() {
    return wait_for(core_, &Link::is_flushed, ioloop::TimePoint::max());
}

Message Broker::publish(std::string_view topic, std::string payload) {
    return core_->publish(topic, std::move(payload));
}

Subscription Broker::subscribe(std::string_view topic, Callback callback) {
    return {core_->subscribe(core_->topic(topic), std::move(callback)), false};
}

Subscription Broker::subscribe(std::string_view topic, const Position& since, Callback callback) {
    auto& its = core_->topic(topic);
    const bool missed = !core_->covers(its, since);
    auto subscriber = core_->subscribe(its, std::move(callback));
    subscriber->go_on_from(since);
    if (!subscriber->backlog.empty()) {
        core_->deliver_soon(its);
    }
    return {std::move(subscriber), missed};
}

std::vector<Message> Broker::recent(std::string_view topic, std::size_t count) const {
    std::vector<Message> messages;
    if (const auto* const its = core_->find(topic)) {
        const auto end = its->buffer.end();
        const auto kept = end - its->buffer.begin();
        for (auto i = end - std::min<ReplayBuffer::Index>(count, kept); i != end; ++i) {
            messages.push_back(its->buffer.at(i));
        }
    }
    return messages;
}

Position Broker::position(std::string_view topic) const {
    if (const auto* const its = core_->find(topic)) {
        return its->buffer.position();
    }
    Position position;
    position.set_time_to_now();
    return position;
}

bool Broker::covers(std::string_view topic, const Position& position) const {
    return core_->covers(core_->topic(topic), position);
}
const ReplayBuffer& Broker::replay(std::string_view topic) {
    return core_->topic(topic).buffer;
}
PublisherId Broker::id() const noexcept {
    return core_->id();
}
BrokerCounters Broker::counters() const {
    return core_->counters();
}

}  // namespace tornado::pubsub
