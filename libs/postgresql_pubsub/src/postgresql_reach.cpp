#include "tornado/postgresql_pubsub/postgresql_reach.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "parts.hpp"
#include "tornado/concurrent/stack_context.hpp"
#include "tornado/database/connection.hpp"
#include "tornado/database/errors.hpp"
#include "tornado/database/listener.hpp"
#include "tornado/gen.hpp"
#include "tornado/log.hpp"
#include "tornado/util/secure_random.hpp"

namespace tornado::postgresql_pubsub {

using std::chrono::milliseconds;

namespace {

/// So much goes in one transaction.
constexpr std::size_t batch_size = 256 * 1024;
/// What stands around a payload.
constexpr std::size_t frame_allowance = 1024;

milliseconds since_1970() {
    return std::chrono::duration_cast<milliseconds>(
        std::chrono::system_clock::now().time_since_epoch()
    );
}

std::uint64_t new_id() {
    std::uint64_t id = 0;
    util::fill_secure_random(std::as_writable_bytes(std::span{&id, 1}));
    return id;
}

database::ConnectionOptions connection_options(const PostgreSQLReachOptions& options) {
    database::ConnectionOptions its;
    its.size = 1;
    its.first_delay = options.first_delay;
    its.max_delay = options.max_delay;
    return its;
}

}  // namespace

class PostgreSQLReach::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(std::string_view url, PostgreSQLReachOptions options)
        : url_{url},
          options_{std::move(options)},
          assembler_{options_.max_message_size + frame_allowance} {
        const auto& channel = options_.channel;
        if (channel.empty() || channel.size() > database::max_channel_name ||
            channel.find('\0') != channel.npos) {
            throw std::invalid_argument{
                "PostgreSQLReachOptions: channel has 1 to 63 bytes, none of them NUL"};
        }
        if (options_.first_delay.count() <= 0 || options_.max_delay < options_.first_delay) {
            throw std::invalid_argument{
                "PostgreSQLReachOptions: first_delay is more than nothing, and max_delay not less "
                "than it"};
        }
        if (options_.max_waiting == 0) {
            throw std::invalid_argument{"PostgreSQLReachOptions: max_waiting is at least 1"};
        }
        const bool is_postgresql = url_.starts_with("postgresql:") || url_.starts_with("postgres:");
        if (!is_postgresql) {
            throw database::InterfaceError{
                "a PostgreSQLReach takes the URL of a PostgreSQL: postgresql://..."};
        }
        name_ = database::Connection{url_, connection_options(options_)}.to_string();
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    void open(pubsub::ReachObserver& observer) {
        if (observer_ != nullptr) {
            throw std::logic_error{"a PostgreSQLReach is one broker's: make one for each"};
        }
        observer_ = &observer;
        const stack_context::NullContext nobody;
        database_.emplace(url_, connection_options(options_));
        listener_.emplace(url_, connection_options(options_));
        auto heard = listener_->listen(options_.channel, [this](std::string_view payload) {
            if (auto message = assembler_.add(payload); message && observer_ != nullptr) {
                observer_->received(*message);
            }
        });
        heard.ignore();
        heard.add_done_callback([weak = weak_from_this()](const Future<void>& done) {
            if (const auto self = weak.lock(); self && !done.cancelled() && !done.exception()) {
                self->heard_since_ = since_1970();
            }
        });
        listener_->on_gap([this] { heard_since_ = since_1970(); });
    }

    void close() noexcept {
        observer_ = nullptr;
        listener_.reset();
        if (const auto sending = std::exchange(sending_, std::nullopt)) {
            sending->cancel();
        }
        if (database_) {
            database_->close();
        }
    }

    void publish(std::string message) {
        if (observer_ == nullptr) {
            return;
        }
        waiting_bytes_ += message.size();
        waiting_.push_back({++numbers_, std::move(message)});
        while (waiting_.size() > under_way_ && (waiting_.size() > options_.max_waiting ||
                                                waiting_bytes_ > options_.max_waiting_bytes)) {
            drop_one();
        }
        if (!is_sending_ && !waiting_.empty()) {
            is_sending_ = true;
            const stack_context::NullContext nobody;
            sending_ = send(shared_from_this());
            sending_->ignore();
        }
    }

    [[nodiscard]] milliseconds whole_since() const {
        return listener_ && listener_->listening() ? heard_since_ : milliseconds::max();
    }
    [[nodiscard]] bool is_flushed() const noexcept { return waiting_.empty(); }
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

private:
    struct Waiting {
        std::uint64_t number;
        std::string message;
    };

    /// The oldest that is not under way.
    void drop_one() {
        const auto victim = waiting_.begin() + static_cast<std::ptrdiff_t>(under_way_);
        waiting_bytes_ -= victim->message.size();
        waiting_.erase(victim);
        if (dropped_++ == 0) {
            log::gen_log().warning(
                "More waits for ", name_, " than may: the oldest messages are lost"
            );
        }
    }

    /// The notifications of the messages that go next.
    std::vector<database::Params> next_batch() {
        std::vector<database::Params> batch;
        std::size_t size = 0;
        while (under_way_ < waiting_.size() && size < batch_size) {
            const auto& [number, message] = waiting_[under_way_++];
            size += message.size();
            for (const auto& part :
                 split_message(message, sender_, number, database::max_notification)) {
                batch.emplace_back(options_.channel, part);
            }
        }
        return batch;
    }

    /// What is published in one turn of the loop goes in one transaction.
    static Future<void> send(std::shared_ptr<Impl> self) {
        auto delay = self->options_.first_delay;
        co_await gen::moment();
        while (self->observer_ != nullptr && !self->waiting_.empty()) {
            bool failed = false;
            try {
                co_await self->database_->executemany("SELECT pg_notify(?, ?)", self->next_batch());
                delay = self->options_.first_delay;
            } catch (const database::DatabaseError& error) {
                failed = true;
                log::gen_log().debug(self->name_, " takes no messages: ", error.what());
            }
            if (failed) {  // it may have them: who has had them knows that
                self->under_way_ = 0;
                co_await gen::sleep(delay);
                delay = std::min(2 * delay, self->options_.max_delay);
                continue;
            }
            for (; self->under_way_ > 0; --self->under_way_) {
                self->waiting_bytes_ -= self->waiting_.front().message.size();
                self->waiting_.pop_front();
            }
        }
        self->is_sending_ = false;
    }

    std::string url_;
    PostgreSQLReachOptions options_;
    std::string name_;
    pubsub::ReachObserver* observer_ = nullptr;  ///< while it is open
    std::optional<database::Connection> database_;
    std::optional<database::Listener> listener_;
    std::optional<Future<void>> sending_;
    Assembler assembler_;
    std::uint64_t sender_ = new_id();
    std::uint64_t numbers_ = 0;
    std::deque<Waiting> waiting_;  ///< the oldest first
    std::size_t under_way_ = 0;    ///< so many of them
    std::size_t waiting_bytes_ = 0;
    std::uint64_t dropped_ = 0;
    milliseconds heard_since_ = milliseconds::max();
    bool is_sending_ = false;
};

PostgreSQLReach::PostgreSQLReach(std::string_view url, PostgreSQLReachOptions options)
    : impl_{std::make_shared<Impl>(url, std::move(options))} {}
PostgreSQLReach::~PostgreSQLReach() {
    impl_->close();
}

std::string PostgreSQLReach::name() const {
    return impl_->name();
}
void PostgreSQLReach::open(pubsub::ReachObserver& observer) {
    impl_->open(observer);
}
void PostgreSQLReach::close() noexcept {
    impl_->close();
}
void PostgreSQLReach::publish(std::string message) {
    impl_->publish(std::move(message));
}
milliseconds PostgreSQLReach::whole_since() const {
    return impl_->whole_since();
}
bool PostgreSQLReach::is_flushed() const {
    return impl_->is_flushed();
}
std::uint64_t PostgreSQLReach::dropped() const noexcept {
    return impl_->dropped();
}

}  // namespace tornado::postgresql_pubsub
