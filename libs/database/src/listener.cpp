#include "tornado/database/listener.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "backend.hpp"
#include "saturated.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/concurrent/stack_context.hpp"
#include "tornado/concurrent/wrap.hpp"
#include "tornado/database/errors.hpp"
#include "tornado/gen.hpp"
#include "tornado/log.hpp"
#include "tornado/util/back_off.hpp"

namespace tornado::database {

namespace {

void require_channel(std::string_view name) {
    if (name.empty() || name.size() > max_channel_name || name.find('\0') != name.npos) {
        throw std::invalid_argument{
            "a channel of NOTIFY has a name of 1 to " + std::to_string(max_channel_name) +
            " bytes without NUL, and not one of " + std::to_string(name.size())};
    }
}

std::string quoted(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        text += c == '"' ? std::string{"\"\""} : std::string{c};
    }
    return text + '"';
}

DatabaseURL url_of(std::string_view text) {
    auto url = parse_database_url(text);
    if (!url.has_value() || url.value().scheme != Scheme::postgresql) {
        throw InterfaceError{
            "a Listener listens to a PostgreSQL: its URL begins with postgresql://" +
            (url.has_value() ? std::string{} : ": " + url.error().message())};
    }
    return std::move(url.value());
}

std::unique_ptr<Driver> driver_of(
    [[maybe_unused]] const DatabaseURL& url,
    [[maybe_unused]] const ConnectionOptions& options
) {
#ifdef TORNADO_HAS_LIBPQ
    return make_postgresql_driver(url, options);
#else
    throw InterfaceError{
        "this program was built without PostgreSQL: install libpq-dev and build it again"};
#endif
}

/// Whether it will not be otherwise later, as on a standby: then the channel's name is to blame.
bool is_final(const std::exception_ptr& refusal) {
    try {
        std::rethrow_exception(refusal);
    } catch (const DataError&) {
        return true;
    } catch (const ProgrammingError&) {
        return true;
    } catch (...) {
        return false;
    }
}

/// A statement whose end is a future. It fails with OperationalError.
class Said final : public Command {
public:
    explicit Said(std::string sql) {
        statement = std::make_shared<const Statement>(Statement{std::move(sql)});
        wanted = Wanted::summary;
    }
    [[nodiscard]] Future<void> done() const { return done_.future(); }
    bool take(std::shared_ptr<const Block> /*rows*/) override { return true; }
    void finish(Outcome /*outcome*/) noexcept override { done_.set_result(); }
    void fail(Fault fault) noexcept override { done_.set_exception(make_exception(fault)); }

private:
    Promise<void> done_;
};

}  // namespace

class Listener::Impl final : public ConnectionObserver,
                             public std::enable_shared_from_this<Listener::Impl> {
public:
    Impl(std::string_view text, const ConnectionOptions& options, std::chrono::milliseconds ping)
        : url_{url_of(text)},
          options_{saturated(options)},
          ping_{saturated(ping)},
          driver_{driver_of(url_, options_)},
          loop_{ioloop::IOLoop::current()} {
        if (ping_.count() <= 0) {
            throw std::invalid_argument{"a Listener's ping_interval is more than nothing"};
        }
    }

    void open() {
        const stack_context::NullContext nobody;
        running_ = keep_up(shared_from_this());
        running_->ignore();
    }
    void close() noexcept {
        closed_ = true;
        auto channels = std::exchange(channels_, {});
        for (auto& [name, channel] : channels) {
            for (auto& heard : channel.waiting) {
                heard.set_cancelled();
            }
        }
        gap_ = {};
        forget_connection();
        if (const auto running = std::exchange(running_, std::nullopt)) {
            running->cancel();
        }
    }

    Future<void> listen(std::string_view name, Callback callback) {
        auto& channel = channels_[std::string{name}];  // made now, or known
        if (channel.number == 0) {
            channel.number = ++channels_made_;
        }
        channel.callback = std::make_shared<Callback>(stack_context::wrap(std::move(callback)));
        Promise<void> heard;
        auto future = heard.future();
        if (channel.is_heard) {
            heard.set_result();
        } else {
            const bool is_asked = !channel.waiting.empty();
            channel.waiting.push_back(std::move(heard));
            if (connection_ && !is_asked) {
                ask_now(shared_from_this(), std::string{name}, channel.number).ignore();
            }
        }
        return future;
    }
    void unlisten(std::string_view name) {
        const auto found = channels_.find(std::string{name});
        if (found == channels_.end()) {
            return;
        }
        auto channel = std::move(found->second);
        channels_.erase(found);
        for (auto& heard : channel.waiting) {
            heard.set_cancelled();
        }
        if (connection_) {
            say("UNLISTEN " + quoted(name)).ignore();
        }
    }
    void on_gap(util::UniqueFunction<void()> callback) {
        gap_ = stack_context::wrap(std::move(callback));
    }
    [[nodiscard]] bool listening() const noexcept { return listening_; }

    void connection_lost(const Fault& fault) override {
        why_ = fault.text;
        end_serving();
    }
    void notified(std::string_view name, std::string_view payload) override {
        const auto found = channels_.find(std::string{name});
        if (found == channels_.end() || !found->second.callback) {
            return;
        }
        const auto callback = found->second.callback;  // it may listen to something else
        call([&] { (*callback)(payload); });
    }

private:
    struct Channel {
        std::shared_ptr<Callback> callback;
        std::vector<Promise<void>> waiting;
        std::size_t number = 0;  ///< no other has the same, also of the same name
        bool is_heard = false;
    };
    using Self = std::shared_ptr<Impl>;

    template <typename F>
    void call(F function) noexcept {
        try {
            function();
        } catch (...) {
            loop_.handle_callback_exception(std::current_exception());
        }
    }

    Future<void> say(std::string sql) {
        auto command = std::make_unique<Said>(std::move(sql));
        auto done = command->done();
        connection_->submit(std::move(command));
        return done;
    }

    /// One connection after the other.
    static Future<void> keep_up(Self self) {
        util::BackOff back_off{self->options_.first_delay, self->options_.max_delay};
        bool was_away = false;
        while (!self->closed_) {
            std::string why;
            try {
                co_await self->connect(self);
                co_await serve(self, was_away, back_off);
                why = self->why_;
            } catch (const ConnectFault& failure) {
                why = failure.fault.text;
                if (!failure.fault.lost) {
                    self->refuse_all(make_exception(failure.fault));
                }
            } catch (const std::exception& failure) {
                why = failure.what();
            }
            if (self->closed_) {
                co_return;
            }
            self->forget_connection();
            if (!std::exchange(was_away, true)) {
                log::gen_log().warning(
                    "No notifications come from ",
                    self->url_.to_string(),
                    ": ",
                    why,
                    ". Trying again"
                );
            }
            co_await gen::sleep(back_off.next());
        }
    }

    static Future<void> connect(Self self) {
        auto connecting = self->driver_->connect();
        connecting.ignore();
        auto connection =
            co_await gen::cancel_after(self->options_.connect_timeout, std::move(connecting));
        if (!self->closed_) {
            connection->observer = self.get();
            self->connection_ = std::move(connection);
        }
    }

    /// Listens until the connection is lost.
    static Future<void> serve(Self self, bool& was_away, util::BackOff& back_off) {
        self->ended_.emplace();
        const auto ended = self->ended_->future();
        std::vector<std::pair<std::string, std::size_t>> known;
        for (const auto& [name, channel] : self->channels_) {
            known.emplace_back(name, channel.number);
        }
        std::exception_ptr refusal;
        for (const auto& [name, number] : known) {
            try {
                co_await ask(self, name, number);
            } catch (const ConnectionLostError&) {
                throw;
            } catch (const DatabaseError&) {
                refusal = std::current_exception();
            }
        }
        if (refusal) {
            std::rethrow_exception(refusal);
        }
        back_off.reset();
        self->listening_ = true;
        if (std::exchange(was_away, false)) {
            log::gen_log().info("Notifications come from ", self->url_.to_string(), " again");
            if (self->gap_) {
                self->call([&] { self->gap_(); });
            }
        }
        while (!ended.done()) {
            bool has_ended = false;
            try {
                co_await gen::with_timeout(self->ping_, ended);
                has_ended = true;
            } catch (const ioloop::TimeoutError&) {
            }
            if (!has_ended && !self->closed_ && self->connection_) {
                auto answer = self->say("SELECT 1");
                answer.ignore();
                co_await gen::with_timeout(self->ping_, answer);
            }
        }
    }

    /// Throws what the server refuses it with, after those who wait have been told. One whose name
    /// it does not take is forgotten.
    static Future<void> ask(Self self, std::string name, std::size_t number) {
        const auto before = self->channels_.find(name);
        if (before == self->channels_.end() || before->second.number != number) {
            co_return;
        }
        std::exception_ptr refusal;
        try {
            co_await self->say("LISTEN " + quoted(name));
        } catch (const ConnectionLostError&) {
            throw;
        } catch (const DatabaseError&) {
            refusal = std::current_exception();
        }
        const auto found = self->channels_.find(name);
        if (found == self->channels_.end() || found->second.number != number) {
            co_return;  // unlisten() came between, and perhaps listen() again
        }
        if (refusal && is_final(refusal)) {
            auto channel = std::move(found->second);
            self->channels_.erase(found);
            settle(channel, refusal);
            co_return;
        }
        found->second.is_heard = refusal == nullptr;
        settle(found->second, refusal);
        if (refusal) {
            std::rethrow_exception(refusal);
        }
    }

    /// As ask(), where nobody hears of it: the connection is made again if the server refuses.
    static Future<void> ask_now(Self self, std::string name, std::size_t number) {
        std::string why;
        try {
            co_await ask(self, std::move(name), number);
        } catch (const DatabaseError& refusal) {
            why = refusal.what();
        }
        if (!why.empty() && self->ended_) {
            self->why_ = std::move(why);
            self->end_serving();
        }
    }

    /// Tells those who wait for a channel.
    static void settle(Channel& channel, const std::exception_ptr& refusal) {
        auto waiting = std::exchange(channel.waiting, {});
        for (auto& heard : waiting) {
            if (refusal) {
                heard.set_exception(refusal);
            } else {
                heard.set_result();
            }
        }
    }
    void refuse_all(const std::exception_ptr& refusal) {
        for (auto& [name, channel] : channels_) {
            settle(channel, refusal);
        }
    }
    void end_serving() noexcept {
        if (auto ended = std::exchange(ended_, std::nullopt)) {
            ended->set_result();
        }
    }

    void forget_connection() noexcept {
        listening_ = false;
        for (auto& [name, channel] : channels_) {
            channel.is_heard = false;
        }
        end_serving();
        if (connection_) {
            connection_->observer = nullptr;
            // Not here: it may be what has called.
            loop_.add_callback([gone = std::move(connection_)] { gone->close(); });
        }
    }

    DatabaseURL url_;
    ConnectionOptions options_;
    std::chrono::milliseconds ping_;
    std::unique_ptr<Driver> driver_;
    ioloop::IOLoop& loop_;
    std::map<std::string, Channel> channels_;
    std::size_t channels_made_ = 0;
    util::UniqueFunction<void()> gap_;
    std::unique_ptr<BackendConnection> connection_;
    std::optional<Promise<void>> ended_;  ///< settled when the connection is lost
    std::optional<Future<void>> running_;
    std::string why_;
    bool listening_ = false;
    bool closed_ = false;
};

Listener::Listener(
    std::string_view url,
    const ConnectionOptions& options,
    std::chrono::milliseconds ping_interval
)
    : impl_{std::make_shared<Impl>(url, options, ping_interval)} {
    impl_->open();
}
Listener::~Listener() {
    impl_->close();
}

Future<void> Listener::listen(std::string_view channel, Callback callback) {
    require_channel(channel);
    return impl_->listen(channel, std::move(callback));
}
void Listener::unlisten(std::string_view channel) {
    impl_->unlisten(channel);
}
void Listener::on_gap(util::UniqueFunction<void()> callback) {
    impl_->on_gap(std::move(callback));
}
bool Listener::listening() const noexcept {
    return impl_->listening();
}

namespace {

Future<void> send(Queries* database, std::string channel, std::string payload) {
    co_await database->query("SELECT pg_notify(?, ?)", channel, payload);
}

}  // namespace

Future<void> notify(Queries& database, std::string_view channel, std::string_view payload) {
    require_channel(channel);
    if (payload.size() > max_notification || payload.find('\0') != payload.npos) {
        throw std::invalid_argument{
            "a notification carries at most " + std::to_string(max_notification) +
            " bytes, none of them NUL, and not these " + std::to_string(payload.size()) +
            ": send where the rest is found"};
    }
    return send(&database, std::string{channel}, std::string{payload});
}

}  // namespace tornado::database
