#include "sqlite_connection.hpp"

#include <algorithm>
#include <utility>

#include "tornado/stack_context.hpp"

namespace tornado::database {

/// Where news of the worker arrive, once. It may have to wait for them longer than the connection
/// lives.
class SQLiteConnection::Mailbox final : public ioloop::Pending {
public:
    explicit Mailbox(std::weak_ptr<SQLiteConnection*> owner) noexcept : owner_{std::move(owner)} {}

    void arrive(ioloop::Parcel* parcel) noexcept override {
        const auto owner = owner_.lock();
        delete this;
        if (owner != nullptr) {
            (*owner)->arrived(parcel != nullptr);
        }
    }

private:
    ~Mailbox() = default;
    std::weak_ptr<SQLiteConnection*> owner_;
};

SQLiteConnection::SQLiteConnection(std::shared_ptr<const SQLiteSettings> settings)
    : loop_{ioloop::IOLoop::current()},
      on_loop_{settings->on_loop},
      alive_{std::make_shared<SQLiteConnection*>(this)},
      worker_{std::make_unique<SQLiteWorker>(std::move(settings))} {}

SQLiteConnection::~SQLiteConnection() {
    const auto ticket = worker_->give_back_ticket();
    worker_.reset();
    alive_.reset();
    for (const auto& unused : {ticket, ticket_}) {
        if (unused) {
            unused->deliver(nullptr);
        }
    }
    if (!opened_.done()) {
        opened_.set_cancelled();
    }
}

/// A ticket that nobody has used: none when there is one out there, or the loop is closed.
std::optional<ioloop::Ticket>& SQLiteConnection::ticket() {
    if (!ticket_ && !waits_ && !loop_is_gone_) {
        waits_ = true;
        auto made = loop_.expect(*new Mailbox{alive_});  // arrives at once when the loop is closed
        if (waits_) {
            ticket_.emplace(std::move(made));
        }
    }
    return ticket_;
}

/// Expects nothing more.
void SQLiteConnection::rest() noexcept {
    if (const auto unused = std::exchange(ticket_, std::nullopt)) {
        resting_ = true;
        unused->deliver(nullptr);  // at once: this is the loop's thread
        resting_ = false;
    }
}

void SQLiteConnection::arrived(bool loop_is_there) noexcept {
    waits_ = false;
    if (!resting_) {
        loop_is_gone_ = !loop_is_there;
        drain();
    }
}

Future<void> SQLiteConnection::opened() {
    auto future = opened_.future();
    drain();
    return future;
}

void SQLiteConnection::submit(std::unique_ptr<Command> command) {
    if (closed_) {
        Fault fault;
        fault.lost = fault.never_began = true;
        fault.text = "the connection is closed";
        command->fail(std::move(fault));
        return;
    }
    outbox_.push_back(std::move(command));
    schedule_flush();
}

void SQLiteConnection::schedule_flush() {
    if (std::exchange(flush_is_coming_, true)) {
        return;
    }
    const stack_context::NullContext none;
    loop_.add_callback([alive = std::weak_ptr{alive_}] {
        if (const auto self = alive.lock()) {
            (*self)->flush();
        }
    });
}

/// Does in this thread what takes but a moment, as long as the worker has nothing. Returns whether
/// the worker is to have the rest; otherwise the loop gets its turn first.
bool SQLiteConnection::do_short_ones() {
    constexpr std::chrono::microseconds shift{500};
    auto now = SQLiteHandle::Clock::now();
    const auto end = now + shift;
    while (!outbox_.empty() && under_way_ == 0) {
        SQLiteWorker::Event event;
        if (!worker_->do_here(*outbox_.front(), now, event)) {
            return true;
        }
        event.command = std::move(outbox_.front());
        outbox_.pop_front();
        hand_out(event);
        if (now >= end) {
            return false;
        }
    }
    return true;
}

/// One wake-up for all that has come in this turn.
void SQLiteConnection::flush() {
    const bool is_workers = !on_loop_ || do_short_ones();
    flush_is_coming_ = false;
    if (outbox_.empty()) {
        return;
    }
    if (!is_workers) {
        schedule_flush();
        return;
    }
    under_way_ += outbox_.size();
    worker_->submit(outbox_);
    if (!waits_) {
        drain();
    }
}

/// Hands out what has happened, until nothing has: then the worker tells of the next.
void SQLiteConnection::drain() {
    if (std::exchange(draining_, true)) {
        return;
    }
    while (under_way_ > 0) {
        worker_->take(events_, ticket());
        if (events_.empty()) {
            break;
        }
        for (auto& event : events_) {
            handle(event);
        }
        events_.clear();
    }
    if (under_way_ == 0) {
        rest();
    }
    draining_ = false;
}

void SQLiteConnection::handle(SQLiteWorker::Event& event) {
    using Kind = SQLiteWorker::Event::Kind;
    if (event.kind == Kind::block) {
        if (event.stream->take(std::move(event.block))) {
            worker_->acknowledge();
        }
        return;
    }
    under_way_ -= under_way_ > 0 ? 1 : 0;  // close() has forgotten them all
    if (event.kind == Kind::opened) {
        handle_opened(event);
        return;
    }
    hand_out(event);
}

void SQLiteConnection::hand_out(SQLiteWorker::Event& event) {
    in_transaction_ = event.in_transaction;
    if (event.fault) {
        event.command->fail(std::move(*event.fault));
    } else {
        event.command->finish(std::move(event.outcome));
    }
}

void SQLiteConnection::handle_opened(const SQLiteWorker::Event& event) {
    if (event.fault) {
        closed_ = true;
        opened_.set_exception(ConnectFault{*event.fault});
    } else {
        opened_.set_result();
    }
}

void SQLiteConnection::cancel(Command& command) {
    const auto waiting =
        std::ranges::find(outbox_, &command, [](const auto& each) { return each.get(); });
    std::unique_ptr<Command> taken;
    if (waiting != outbox_.end()) {
        taken = std::move(*waiting);
        outbox_.erase(waiting);
    } else if ((taken = worker_->cancel(command)) != nullptr) {
        --under_way_;
    }
    if (taken != nullptr) {
        taken->fail(was_cancelled());
    }
}

void SQLiteConnection::resume(Command&) {
    worker_->acknowledge();
}

void SQLiteConnection::close() noexcept {
    if (std::exchange(closed_, true)) {
        return;
    }
    Fault fault;
    fault.lost = true;
    fault.text = "the connection was closed";
    worker_->stop();
    auto commands = worker_->take_commands();
    std::ranges::move(outbox_, std::back_inserter(commands));
    outbox_.clear();
    under_way_ = 0;
    rest();
    for (auto& command : commands) {
        command->fail(fault);
    }
}

}  // namespace tornado::database
