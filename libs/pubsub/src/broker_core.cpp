#include "broker_core.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "host_mesh.hpp"
#include "reach_link.hpp"
#include "redis_link.hpp"
#include "tornado/log.hpp"
#include "tornado/util/secure_random.hpp"

namespace tornado::pubsub {

namespace {

PublisherId new_id() {
    PublisherId id = 0;
    util::fill_secure_random(std::as_writable_bytes(std::span{&id, 1}));
    return id;
}

}  // namespace

BrokerCore::BrokerCore(BrokerOptions options)
    : options_{std::move(options)},
      loop_{ioloop::IOLoop::current()},
      id_{new_id()},
      sweep_{*this} {
    if (options_.max_message_size > largest_payload) {
        throw std::invalid_argument{"a broker's max_message_size is at most 256 MiB"};
    }
    if (options_.reach != nullptr && !options_.redis.url.empty()) {
        throw std::invalid_argument{
            "a broker reaches other machines in one way: by Redis or by a Reach"};
    }
}

BrokerCore::~BrokerCore() {
    close();
}

void BrokerCore::open() {
    const stack_context::NullContext nobody;
    if (!options_.host.folder.empty()) {
        links_.push_back(std::make_shared<HostMesh>(*this));
        host_ = links_.back().get();
    }
    if (!options_.redis.url.empty()) {
        links_.push_back(std::make_shared<RedisLink>(*this));
        far_ = links_.back().get();
    }
    if (options_.reach != nullptr) {
        links_.push_back(std::make_shared<ReachLink>(*this));
        far_ = links_.back().get();
    }
    for (const auto& link : links_) {
        link->open();
    }
}

void BrokerCore::close() noexcept {
    if (std::exchange(closed_, true)) {
        return;
    }
    sweep_.unset();
    for (const auto& link : links_) {
        link->close();
    }
    for (const auto& [name, topic] : topics_) {
        for (const auto& subscriber : topic->subscribers) {
            subscriber->forget_topic();
        }
    }
}

Message BrokerCore::publish(std::string_view name, std::string payload) {
    if (payload.size() > options_.max_message_size) {
        throw std::invalid_argument{
            "a message of " + std::to_string(payload.size()) + " bytes is more than the broker's " +
            "max_message_size, which is " + std::to_string(options_.max_message_size)};
    }
    auto& topic = this->topic(name);
    Message message{topic.name, std::move(payload), id_, ++topic.own_sequence, loop_.time()};
    ++counters_.published;
    accept(topic, message);
    if (!links_.empty()) {
        const Frame frame{
            .publisher = id_,
            .sequence = message.sequence(),
            .topic = message.topic(),
            .payload = message.payload()};
        const auto encoded = std::make_shared<const std::string>(encode(frame));
        for (const auto& link : links_) {
            link->publish(message.topic(), encoded);
        }
    }
    return message;
}

void BrokerCore::receive(const Frame& frame, bool through_redis) {
    // What comes straight from its publisher is complete, if only in a while; it must not be
    // overtaken by what does not.
    const bool comes_twice = through_redis && host_ != nullptr && host_->hears(frame.publisher);
    if (closed_ || frame.publisher == id_ || comes_twice) {
        return;
    }
    if (frame.payload.size() > options_.max_message_size) {
        count_malformed("a broker with a larger max_message_size");
        return;
    }
    auto& topic = this->topic(frame.topic);
    const auto age = std::chrono::milliseconds{frame.age};
    Message message{
        topic.name,
        std::string{frame.payload},
        frame.publisher,
        frame.sequence,
        loop_.time() - age};
    const bool is_new = accept(topic, message);
    counters_.received += is_new ? 1 : 0;
    counters_.missed += is_new ? message.missed() : 0;
}

/// False for one that has been here.
bool BrokerCore::accept(Topic& topic, Message message) {
    const auto before = topic.buffer.bytes();
    const auto index = topic.buffer.end();
    if (!topic.buffer.add(message)) {
        return false;
    }
    replay_bytes_ = replay_bytes_ - before + topic.buffer.bytes();
    touch(topic);
    if (topic.has_subscribers()) {
        topic.pending.emplace_back(index, std::move(message));
        deliver_soon(topic);
    }
    keep_limits();
    return true;
}

bool BrokerCore::covers(const Topic& topic, const Position& position) const {
    // The clocks of two machines agree that well.
    constexpr std::chrono::milliseconds clock_difference{1'000};
    if (far_ != nullptr) {
        const auto since = with_heritage(far_->whole_since(*topic.name));
        if (since == std::chrono::milliseconds::max() ||
            position.time() < since + clock_difference) {
            return false;
        }
    }
    return topic.buffer.covers(position);
}

void BrokerCore::receive_last_number(const Frame& frame) {
    if (!closed_ && frame.publisher != id_) {
        topic(frame.topic).buffer.add_lost(frame.publisher, frame.sequence);
    }
}

std::vector<Message> BrokerCore::kept(ioloop::TimePoint since) const {
    std::vector<Message> messages;
    for (const auto* const topics : {&silent_, &heard_}) {
        for (const auto* const topic : *topics) {
            for (auto i = topic->buffer.begin(); i != topic->buffer.end(); ++i) {
                if (const auto& message = topic->buffer.at(i); message.arrived() >= since) {
                    messages.push_back(message);
                }
            }
        }
    }
    return messages;
}

std::vector<LastNumber> BrokerCore::last_numbers() const {
    std::vector<LastNumber> numbers;
    for (const auto& [name, topic] : topics_) {
        for (const auto& entry : topic->buffer.silent_publishers()) {
            numbers.push_back({topic->name, entry});
        }
    }
    return numbers;
}

std::chrono::milliseconds BrokerCore::far_since() const {
    return far_ != nullptr ? far_->whole_since({}) : std::chrono::milliseconds::max();
}

std::chrono::milliseconds BrokerCore::whole_since() const {
    return with_heritage(far_since());
}

std::chrono::milliseconds BrokerCore::with_heritage(std::chrono::milliseconds own) const noexcept {
    return own == heritage_.own ? std::min(own, heritage_.since) : own;
}

void BrokerCore::take_over(std::chrono::milliseconds own, std::chrono::milliseconds since) {
    const bool has_heard_all = own == far_since() && own != std::chrono::milliseconds::max();
    if (has_heard_all && since < with_heritage(own)) {
        heritage_ = {own, since};
    }
}

std::vector<std::string> BrokerCore::topics_with_subscribers() const {
    std::vector<std::string> names;
    for (const auto& [name, topic] : topics_) {
        if (topic->has_subscribers()) {
            names.push_back(name);
        }
    }
    return names;
}

void BrokerCore::redis_has_begun() {
    if (host_ != nullptr) {
        host_->redis_has_begun();
    }
}

void BrokerCore::host_is_ready() {
    if (far_ != nullptr) {
        far_->host_is_ready();
    }
}

void BrokerCore::count_malformed(std::string_view from) {
    if (counters_.malformed++ == 0) {
        log::gen_log().warning("Ignored what is no message of a broker, from ", from);
    }
}

BrokerCounters BrokerCore::counters() const {
    auto counters = counters_;
    counters.topics = topics_.size();
    counters.replay_bytes = replay_bytes_;
    for (const auto& link : links_) {
        link->count(counters);
    }
    return counters;
}

}  // namespace tornado::pubsub
