// Topics and their subscribers.
#include <algorithm>
#include <stdexcept>

#include "broker_core.hpp"
#include "tornado/log.hpp"
#include "tornado/log/exception.hpp"

namespace tornado::pubsub {

namespace {

void check_topic(std::string_view name) {
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    if (name.empty() || name.size() > max_topic_size ||
        std::any_of(name.begin(), name.end(), is_control)) {
        throw std::invalid_argument{
            "a topic's name has 1 to 255 bytes, and no control characters among them"};
    }
}

}  // namespace

// Subscribers

void Subscriber::call(const Message& message) noexcept {
    is_called_ = true;
    try {
        callback_(message);
    } catch (...) {
        log::app_log().error(
            "Uncaught exception of a subscriber to \"",
            message.topic(),
            "\": ",
            log::format_current_exception()
        );
    }
    is_called_ = false;
    if (!is_there()) {
        const auto goes_now = std::move(callback_);
    }
}

/// The callback goes last: it may own other subscriptions to the same topic.
void Subscriber::leave() noexcept {
    Callback callback;
    if (auto* const topic = std::exchange(topic_, nullptr)) {
        topic->core.subscriber_left(*topic);
    }
    backlog.clear();
    if (!is_called_) {
        callback = std::move(callback_);
    }
}

void Subscriber::go_on_from(const Position& since) {
    for (auto i = topic_->buffer.begin(); i != topic_->buffer.end(); ++i) {
        if (const auto& message = topic_->buffer.at(i); since.is_before(message)) {
            backlog.push_back(message);
        }
    }
    for (const auto& entry : since.entries()) {
        if (topic_->buffer.last_of(entry.publisher) < entry.sequence) {
            seen_ahead_.push_back(entry);
        }
    }
}

bool Subscriber::has_seen(const Message& message) noexcept {
    const auto found =
        std::ranges::find(seen_ahead_, message.publisher(), &Position::Entry::publisher);
    if (found == seen_ahead_.end()) {
        return false;
    }
    const bool seen = message.sequence() <= found->sequence;
    if (message.sequence() >= found->sequence) {
        seen_ahead_.erase(found);
    }
    return seen;
}

void Topic::remove_gone() {
    std::erase_if(subscribers, [](const auto& subscriber) { return !subscriber->is_there(); });
    gone = 0;
}

std::shared_ptr<Subscriber> BrokerCore::subscribe(Topic& topic, Callback callback) {
    if (!callback) {
        throw std::invalid_argument{"a subscription needs a callback to call"};
    }
    auto subscriber = std::make_shared<Subscriber>(topic, std::move(callback));
    subscriber->first_index = topic.buffer.end();
    const bool is_first = !topic.has_subscribers();
    topic.subscribers.push_back(subscriber);
    touch(topic);
    keep_limits();
    if (is_first) {
        for (const auto& link : links_) {
            link->topic_wanted(*topic.name);
        }
    }
    return subscriber;
}

/// Those that have left stay in the list until there are many, or nobody goes through it: leaving
/// costs the same however many there are.
void BrokerCore::subscriber_left(Topic& topic) noexcept {
    ++topic.gone;
    if (!topic.has_subscribers()) {
        touch(topic);
    }
    if (!topic.delivering && topic.gone * 2 > topic.subscribers.size()) {
        topic.remove_gone();
    }
}

// Delivery

void BrokerCore::deliver_soon(Topic& topic) {
    if (!std::exchange(topic.is_due, true)) {
        due_.push_back(&topic);
    }
    if (!std::exchange(scheduled_, true)) {
        const stack_context::NullContext nobody;
        loop_.add_callback([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->scheduled_ = false;
                self->deliver();
            }
        });
    }
}

void BrokerCore::deliver() {
    const auto due = std::exchange(due_, {});
    for (auto* const topic : due) {
        topic->is_due = false;
        deliver(*topic);
        if (closed_) {
            break;
        }
    }
    drop_forms_soon();
}

/// What messages were made into for those who got them is not kept as long as they are: who comes
/// later is one of few.
void BrokerCore::note_forms(const Message& message) {
    if (message.has_new_forms()) {
        formed_.push_back(message);
    }
}

void BrokerCore::drop_forms_soon() {
    if (formed_.empty()) {
        return;
    }
    const stack_context::NullContext nobody;
    loop_.add_callback([messages = std::exchange(formed_, {})] {
        for (const auto& message : messages) {
            message.drop_forms();
        }
    });
}

/// Whoever subscribes meanwhile comes next time, with what has come by then.
void BrokerCore::deliver(Topic& topic) {
    const auto messages = std::exchange(topic.pending, {});
    const auto count = topic.subscribers.size();
    topic.delivering = true;
    for (std::size_t i = 0; i < count && !closed_; ++i) {
        const auto subscriber = topic.subscribers[i];
        for (const auto& message : std::exchange(subscriber->backlog, {})) {
            if (subscriber->is_there()) {
                subscriber->call(message);
            }
            note_forms(message);
        }
    }
    for (const auto& [index, message] : messages) {
        for (std::size_t i = 0; i < count && !closed_; ++i) {
            const auto subscriber = topic.subscribers[i];
            if (subscriber->is_there() && index >= subscriber->first_index &&
                !subscriber->has_seen(message)) {
                subscriber->call(message);
            }
        }
        note_forms(message);
    }
    topic.delivering = false;
    if (topic.gone != 0) {
        topic.remove_gone();
    }
}

// Topics

const Topic* BrokerCore::find(std::string_view name) const {
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : found->second.get();
}

Topic& BrokerCore::topic(std::string_view name) {
    if (const auto found = topics_.find(name); found != topics_.end()) {
        return *found->second;
    }
    check_topic(name);
    auto made = std::make_unique<Topic>(*this, name, options_.replay);
    auto& topic = *topics_.emplace(std::string{name}, std::move(made)).first->second;
    topic.own_sequence = forgotten_.take(name);
    topic.place = silent_.insert(silent_.end(), &topic);
    touch(topic);
    keep_limits();
    return topic;
}

std::list<Topic*>& BrokerCore::list_of(const Topic& topic) noexcept {
    return topic.is_silent ? silent_ : heard_;
}

/// It has been used, or has subscribers now, or none any more.
void BrokerCore::touch(Topic& topic) {
    topic.last_used = loop_.time();
    auto& former = list_of(topic);
    topic.is_silent = !topic.has_subscribers();
    auto& its = list_of(topic);
    its.splice(its.end(), former, topic.place);
    if (!sweep_.is_set() && options_.replay.max_age.count() > 0) {
        sweep_.set(loop_, loop_.time_after(sweep_interval));
    }
}

/// The topics that were silent for longest are forgotten, or lose what is kept of them, first.
void BrokerCore::keep_limits() {
    for (auto next = silent_.begin();
         silent_.size() > options_.max_topics && next != silent_.end();) {
        auto& oldest = **next++;
        if (may_go(oldest) && &oldest != silent_.back()) {
            remove(oldest);
        }
    }
    auto silent = silent_.begin();
    auto heard = heard_.begin();
    while (replay_bytes_ > options_.max_replay_bytes &&
           (silent != silent_.end() || heard != heard_.end())) {
        const bool is_silent =
            heard == heard_.end() ||
            (silent != silent_.end() && (*silent)->last_used <= (*heard)->last_used);
        drop_oldest(is_silent ? **silent++ : **heard++);
    }
}

/// As much of what is kept as is too much.
void BrokerCore::drop_oldest(Topic& topic) {
    auto& buffer = topic.buffer;
    while (replay_bytes_ > options_.max_replay_bytes && buffer.begin() != buffer.end()) {
        const auto before = buffer.bytes();
        buffer.drop_oldest();
        replay_bytes_ -= before - buffer.bytes();
    }
}

bool BrokerCore::may_go(const Topic& topic) noexcept {
    return !topic.has_subscribers() && !topic.is_due && !topic.delivering;
}

/// Drops what is too old, and topics that nobody has used for twice as long.
void BrokerCore::sweep() {
    for (const auto* const topics : {&silent_, &heard_}) {
        for (auto next = topics->begin(); next != topics->end();) {
            sweep(**next++);
        }
    }
    if (!topics_.empty() && options_.replay.max_age.count() > 0) {
        sweep_.set(loop_, loop_.time_after(sweep_interval));
    }
}

void BrokerCore::sweep(Topic& topic) {
    const auto before = topic.buffer.bytes();
    topic.buffer.expire(loop_.time());
    replay_bytes_ -= before - topic.buffer.bytes();
    const auto max_age = options_.replay.max_age;
    if (max_age.count() > 0 && may_go(topic) && loop_.time() - topic.last_used > 2 * max_age) {
        remove(topic);
    }
}

/// Its numbers are not used again: others would take the messages for old ones.
void BrokerCore::remove(Topic& topic) {
    forgotten_.add(*topic.name, topic.own_sequence);
    replay_bytes_ -= topic.buffer.bytes();
    for (const auto& subscriber : topic.subscribers) {
        subscriber->forget_topic();
    }
    for (const auto& link : links_) {
        link->topic_unwanted(*topic.name);
    }
    list_of(topic).erase(topic.place);
    topics_.erase(topics_.find(*topic.name));
}

}  // namespace tornado::pubsub
