#include "redis_link.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "broker_core.hpp"
#include "tornado/gen.hpp"
#include "tornado/log.hpp"
#include "tornado/util/back_off.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::pubsub {

using resp::Value;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t window = 1'000;  ///< messages that are under way at a time
constexpr std::size_t window_bytes = 1024 * 1024;
/// How long what is heard at the beginning waits for what others of this machine have kept.
constexpr std::chrono::seconds host_patience{5};
/// What stands around a payload.
constexpr std::size_t frame_allowance = 1024;
/// What stands around a message.
constexpr std::size_t value_allowance = 64 * 1024;

std::shared_ptr<const RedisTarget> target_of(const BrokerOptions& all) {
    const auto& options = all.redis;
    if (options.first_delay.count() <= 0 || options.max_delay < options.first_delay) {
        throw std::invalid_argument{
            "RedisOptions: first_delay is more than nothing, and max_delay not less than it"};
    }
    if (options.max_waiting == 0) {
        throw std::invalid_argument{"RedisOptions: max_waiting is at least 1"};
    }
    auto target = std::make_shared<RedisTarget>();
    target->url = parse_redis_url(options.url);
    if (target->url.tls) {
        target->ssl_context =
            netutil::ssl_options_to_context(options.ssl_options, netutil::SSLSide::client);
    }
    target->connect_timeout = options.connect_timeout;
    target->ping_interval = options.ping_interval;
    target->limits.max_text = all.max_message_size + frame_allowance;
    target->limits.max_value = target->limits.max_text + value_allowance;
    return target;
}

/// A pattern for PSUBSCRIBE that means just this text.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view{"*?[]\\"}.find(c) != std::string_view::npos) {
            out.push_back('\\');
        }
        out.push_back(c);
    }
    return out;
}

/// Whether it will go well later.
bool is_of_the_moment(std::string_view error) {
    constexpr std::string_view kinds[] = {
        "LOADING", "NOAUTH", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"};
    const auto kind = error.substr(0, error.find(' '));
    return std::ranges::find(kinds, kind) != std::end(kinds);
}

milliseconds since_1970() {
    Position now;
    now.set_time_to_now();
    return now.time();
}

}  // namespace

RedisLink::RedisLink(BrokerCore& core)
    : core_{core},
      options_{core.options().redis},
      target_{target_of(core.options())} {}

void RedisLink::open() {
    if (!core_.is_host_ready()) {
        holding_ = true;
        patience_.set(core_.loop(), core_.loop().time_after(host_patience));
    }
    sender_ = keep_up(shared_from_this(), send_messages);
    hearer_ = keep_up(shared_from_this(), hear_messages);
    sender_->ignore();
    hearer_->ignore();
}

void RedisLink::close() noexcept {
    closed_ = true;
    resume_.unset();
    patience_.unset();
    for (auto* const connection : {&out_, &in_}) {
        if (const auto open = std::exchange(*connection, nullptr)) {
            open->close();
        }
    }
    for (auto* const running : {&sender_, &hearer_}) {
        if (const auto future = std::exchange(*running, std::nullopt)) {
            future->cancel();
        }
    }
}

bool RedisLink::hears_all() const noexcept {
    return options_.topics == RedisTopics::all;
}
std::string RedisLink::channel_of(const std::string& topic) const {
    return options_.prefix + ":" + topic;
}

std::string RedisLink::topic_of(std::string_view channel) const {
    return std::string{channel.substr(std::min(channel.size(), options_.prefix.size() + 1))};
}

// Connections

/// Runs one session after the other.
Future<void> RedisLink::keep_up(std::shared_ptr<RedisLink> self, Session session) {
    constexpr std::chrono::seconds long_enough{1};
    util::BackOff back_off{self->options_.first_delay, self->options_.max_delay};
    while (!self->closed_) {
        std::string why;
        const auto begun = self->core_.loop().time();
        try {
            const auto running = session(self);
            running.ignore();
            co_await running;
        } catch (const std::exception& error) {
            why = error.what();
        }
        if (self->closed_) {
            co_return;
        }
        self->has_failed(why);
        if (self->core_.loop().time() - begun > long_enough + self->options_.connect_timeout) {
            back_off.reset();
        }
        co_await gen::sleep(back_off.next());
    }
}

void RedisLink::has_failed(const std::string& why) {
    if (std::exchange(is_away_, true)) {
        return;
    }
    ++outages_;
    refusal_logged_ = drop_logged_ = false;
    away_since_ = core_.loop().time();
    log::gen_log().warning(
        target_->url.to_string(),
        " is away: ",
        why,
        ". Trying again; messages for it wait meanwhile"
    );
    core_.redis_has_begun();
}

/// Both connections have to be there again.
void RedisLink::note_state() {
    if (is_away_ && out_ != nullptr && listening_) {
        is_away_ = false;
        const auto away =
            std::chrono::duration_cast<milliseconds>(core_.loop().time() - away_since_);
        log::gen_log().info(target_->url.to_string(), " is back, after ", away.count(), " ms");
    }
}

// Sending

Future<void> RedisLink::send_messages(std::shared_ptr<RedisLink> self) {
    const auto connection = co_await RedisConnection::open(self->target_);
    if (self->closed_) {
        co_return;
    }
    self->out_ = connection;
    const util::ScopeExit at_end{[&] {
        self->out_.reset();
        self->resume_.unset();
        self->sent_ = self->sent_bytes_ = 0;
    }};
    if (self->is_away_) {  // who listens elsewhere comes back within that time
        auto& loop = self->core_.loop();
        self->resume_.set(loop, loop.time_after(self->options_.max_delay));
    }
    self->note_state();
    self->pump();
    while (true) {
        const auto answers = co_await RedisConnection::read(connection);
        for (const auto& answer : answers) {
            self->take_answer(answer);
        }
        self->pump();
    }
}

void RedisLink::publish(const std::string& topic, const std::shared_ptr<const std::string>& frame) {
    waiting_.push_back({channel_of(topic), frame});
    waiting_bytes_ += waiting_.back().cost();
    while (waiting_.size() > sent_ && (waiting_.size() > options_.max_waiting ||
                                       waiting_bytes_ > options_.max_waiting_bytes)) {
        drop_one();
    }
    pump_soon();
}

/// The oldest that is not under way.
void RedisLink::drop_one() {
    const auto victim = waiting_.begin() + static_cast<std::ptrdiff_t>(sent_);
    waiting_bytes_ -= victim->cost();
    waiting_.erase(victim);
    ++dropped_;
    if (!std::exchange(drop_logged_, true)) {
        log::gen_log().warning(
            "More waits for ", target_->url.to_string(), " than may: the oldest messages are lost"
        );
    }
}

/// What is published in one turn of the loop goes out together.
void RedisLink::pump_soon() {
    if (out_ != nullptr && !std::exchange(pump_scheduled_, true)) {
        const stack_context::NullContext nobody;
        core_.loop().add_callback([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->pump_scheduled_ = false;
                self->pump();
            }
        });
    }
}

void RedisLink::pump() {
    if (closed_ || out_ == nullptr || resume_.is_set()) {
        return;
    }
    std::string commands;
    while (sent_ < waiting_.size() && sent_ < window && sent_bytes_ < window_bytes) {
        const auto& next = waiting_[sent_];
        const auto message = std::string_view{*next.frame}.substr(frame_length_size);
        resp::append_command(commands, {"PUBLISH", next.channel, message});
        ++sent_;
        sent_bytes_ += next.cost();
    }
    if (!commands.empty()) {
        out_->send(std::move(commands));
    }
}

void RedisLink::take_answer(const Value& answer) {
    if (sent_ == 0) {
        throw RedisError{"more answers than questions"};
    }
    if (answer.kind == Value::Kind::error) {
        if (is_of_the_moment(answer.text)) {
            throw RedisError{answer.text};
        }
        ++dropped_;
        if (!std::exchange(refusal_logged_, true)) {
            log::gen_log().warning(target_->url.to_string(), " refuses a message: ", answer.text);
        }
    }
    const auto cost = waiting_.front().cost();
    waiting_.pop_front();
    waiting_bytes_ -= cost;
    sent_bytes_ -= cost;
    --sent_;
}

// Hearing

Future<void> RedisLink::hear_messages(std::shared_ptr<RedisLink> self) {
    const auto connection = co_await RedisConnection::open(self->target_);
    if (self->closed_) {
        co_return;
    }
    self->in_ = connection;
    const util::ScopeExit at_end{[&] {
        self->in_.reset();
        self->listening_ = false;
        self->heard_since_.clear();
    }};
    self->ask_for_topics();
    while (true) {
        const auto pushes = co_await RedisConnection::read(connection);
        for (const auto& push : pushes) {
            if (self->closed_) {
                co_return;
            }
            self->take_push(push);
        }
    }
}

void RedisLink::ask_for_topics() {
    std::string commands;
    if (hears_all()) {
        resp::append_command(commands, {"PSUBSCRIBE", escaped(options_.prefix) + ":*"});
    } else {
        for (const auto& topic : wanted_) {
            resp::append_command(commands, {"SUBSCRIBE", channel_of(topic)});
        }
        is_listening();
    }
    in_->send(std::move(commands));
}

void RedisLink::is_listening() {
    listening_ = true;
    note_state();
    core_.redis_has_begun();
}

void RedisLink::topic_wanted(const std::string& topic) {
    if (!hears_all() && wanted_.insert(topic).second && in_ != nullptr) {
        in_->send(resp::command({"SUBSCRIBE", channel_of(topic)}));
    }
}
void RedisLink::topic_unwanted(const std::string& topic) {
    if (wanted_.erase(topic) != 0 && in_ != nullptr) {
        heard_since_.erase(topic);
        in_->send(resp::command({"UNSUBSCRIBE", channel_of(topic)}));
    }
}

void RedisLink::take_push(const Value& push) {
    if (push.kind == Value::Kind::error) {
        throw RedisError{push.text};
    }
    const auto& items = push.items;
    const auto kind = items.empty() ? std::string_view{} : std::string_view{items[0].text};
    if (kind == "message" && items.size() == 3) {
        hold_or_take(items[1].text, items[2].text);
    } else if (kind == "pmessage" && items.size() == 4) {
        hold_or_take(items[2].text, items[3].text);
    } else if ((kind == "subscribe" || kind == "psubscribe") && items.size() == 3) {
        take_confirmation(items[1].text);
    } else if (kind == "unsubscribe" && items.size() == 3) {
        heard_since_.erase(topic_of(items[1].text));
    } else {
        throw RedisError{"what it says is none of Redis' pub/sub"};
    }
}

void RedisLink::hold_or_take(std::string_view channel, std::string_view text) {
    if (!holding_) {
        take_message(channel, text);
        return;
    }
    held_.push_back({std::string{channel}, std::string{text}});
    held_bytes_ += channel.size() + text.size() + sizeof(Held);
    if (held_bytes_ > options_.max_waiting_bytes) {
        release_held();
    }
}

void RedisLink::host_is_ready() {
    if (holding_ && !closed_) {
        release_held();
    }
}

void RedisLink::release_held() {
    holding_ = false;
    held_bytes_ = 0;
    patience_.unset();
    for (const auto& [channel, text] : std::exchange(held_, {})) {
        take_message(channel, text);
    }
}

void RedisLink::take_message(std::string_view channel, std::string_view text) {
    const auto frame = decode(text);
    if (!frame || frame->kind != FrameKind::message || frame->topic != topic_of(channel)) {
        core_.count_malformed(target_->url.to_string());
        return;
    }
    try {
        core_.receive(*frame, true);
    } catch (const std::invalid_argument&) {
        core_.count_malformed(target_->url.to_string());  // the topic is none
    }
}

void RedisLink::take_confirmation(std::string_view channel) {
    const auto topic = hears_all() ? std::string{} : topic_of(channel);
    if (hears_all() || wanted_.contains(topic)) {
        heard_since_.insert_or_assign(topic, since_1970());
    }
    is_listening();
}

milliseconds RedisLink::whole_since(const std::string& topic) const {
    const auto found = heard_since_.find(hears_all() ? std::string{} : topic);
    return found == heard_since_.end() ? milliseconds::max() : found->second;
}

void RedisLink::count(BrokerCounters& counters) const {
    counters.redis_connected = out_ != nullptr && listening_;
    counters.redis_waiting = waiting_.size();
    counters.redis_dropped = dropped_;
    counters.redis_outages = outages_;
}

}  // namespace tornado::pubsub
