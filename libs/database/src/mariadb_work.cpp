#include <algorithm>
#include <utility>

#include "mariadb_connection.hpp"
#include "mariadb_fault.hpp"
#include "tornado/concurrent/stack_context.hpp"
#include "tornado/util/back_off.hpp"

// One command after the other.
namespace tornado::database::mariadb {

Work::Work(std::shared_ptr<Session> session, std::shared_ptr<const Target> target)
    : Alarm{[](Alarm& alarm) { static_cast<Work&>(alarm).end_kill_pause(); }},
      loop_{ioloop::IOLoop::current()},
      session_{std::move(session)},
      target_{std::move(target)},
      statements_{target_->cache} {}

Work::~Work() {
    session_.reset();  // the handles know by that that nobody needs to hear of their end
    while (!statements_.empty()) {
        mysql_stmt_close(statements_.take_oldest().handle);
    }
}

void Work::begin() {
    session_->watch([this] {
        Fault fault;
        fault.text = "the server has closed the connection";
        lose(std::move(fault));
    });
}

void Work::submit(std::unique_ptr<Command> command) {
    if (ended_) {
        Fault fault;
        fault.text = "the connection to the server is closed";
        fault.lost = fault.never_began = true;
        command->fail(std::move(fault));
        return;
    }
    commands_.push_back(std::move(command));
    if (!std::exchange(is_busy_, true)) {
        const stack_context::NullContext nobody;
        session_->rest(false);
        // At the end of this turn of the loop: until then it may be taken back.
        ioloop::IOLoop::current().add_callback([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                run(self).ignore();
            }
        });
    }
}

Future<void> Work::run(Self self) {
    while (!self->ended_ && !self->commands_.empty()) {
        self->current_ = std::move(self->commands_.front());
        self->commands_.pop_front();
        co_await do_one(self);
    }
    self->is_busy_ = false;
    if (!self->ended_) {
        self->session_->rest(true);
    }
}

/// Does the present command, and what its cancellation needs.
Future<void> Work::do_one(Self self) {
    self->is_cancelled_ = false;
    std::optional<Fault> fault;
    Outcome outcome;
    try {
        outcome = co_await execute(self, self->current_.get());
    } catch (const Fault& failure) {
        fault = failure;
    }
    self->require_life();
    if (fault && !fault->lost && self->in_transaction_) {
        // A failure does not tell whether it has ended the transaction, as a deadlock does.
        try {
            co_await say(self, "DO 0");
        } catch (const Fault& failure) {
            fault->lost = failure.lost;
        }
        self->require_life();
    }
    if (fault && fault->lost) {
        self->lose(std::move(*fault));
        co_return;
    }
    self->in_transaction_ = (self->session_->handle()->server_status & SERVER_STATUS_IN_TRANS) != 0;
    {
        const auto command = std::move(self->current_);
        if (fault) {
            const bool was_hit = fault->code == interrupted;
            fault->cancelled = fault->cancelled || (was_hit && self->is_cancelled_);
            command->fail(std::move(*fault));
        } else {
            command->finish(std::move(outcome));
        }
    }
    if (self->killing_ && !self->ended_) {
        co_await settle_kill(self);
    }
}

void Work::resume() {
    if (auto room = std::exchange(room_, std::nullopt)) {
        room->set_result();
    }
}

void Work::cancel(Command& command) {
    if (ended_) {
        return;
    }
    if (current_.get() == &command) {
        is_cancelled_ = true;
        begin_kill();
        resume();
        return;
    }
    const auto found =
        std::ranges::find(commands_, &command, [](const auto& its) { return its.get(); });
    if (found != commands_.end()) {
        const auto its = std::move(*found);
        commands_.erase(found);
        its->fail(was_cancelled());
    }
}

// Cancellation

void Work::begin_kill() {
    if (!killing_) {
        const stack_context::NullContext nobody;
        is_to_be_killed_ = true;
        killing_ = kill(shared_from_this());
        killing_->ignore();
    }
}

/// Tells the server, over a connection of its own, to give up what this one does, and tells it
/// again until that is over: what it hears between two steps of a command (the preparation and the
/// execution) is forgotten.
Future<void> Work::kill(Self self) {
    constexpr unsigned no_such_thread = 1094;
    constexpr std::chrono::milliseconds first_pause{10};
    constexpr std::chrono::milliseconds longest_pause{1'000};
    const auto sql = "KILL QUERY " + std::to_string(mysql_thread_id(self->session_->handle()));
    std::optional<Fault> fault;
    try {
        const auto session = co_await connect(self->target_);
        auto* const handle = session->handle();
        util::BackOff pauses{first_pause, longest_pause};
        while (self->is_to_be_killed_ && !fault) {
            ++self->kills_;
            const int failed =
                co_await Session::call<&mysql_real_query_start, &mysql_real_query_cont, int>(
                    session, handle, sql.c_str(), static_cast<unsigned long>(sql.size())
                );
            if (failed != 0 && mysql_errno(handle) != no_such_thread) {
                fault = fault_of(handle);
            } else if (self->is_to_be_killed_) {
                auto& pause = self->kill_pause_.emplace();
                self->set(self->loop_, self->loop_.time_after(pauses.next()));
                const auto over = pause.future();
                co_await over;
            }
        }
    } catch (const ConnectFault& failure) {
        fault = failure.fault;
    }
    if (fault && self->current_ && !self->ended_) {
        fault->text = "a query could not be cancelled: " + fault->text;
        self->lose(std::move(*fault));
    }
}

void Work::end_kill_pause() {
    unset();
    if (auto pause = std::exchange(kill_pause_, std::nullopt)) {
        pause->set_result();
    }
}

/// Waits until nothing more can be hit, after which the next is safe.
Future<void> Work::settle_kill(Self self) {
    self->is_to_be_killed_ = false;
    self->end_kill_pause();
    const auto killing = *self->killing_;
    co_await killing;
    self->require_life();
    self->killing_.reset();
    if (std::exchange(self->kills_, 0) == 0) {
        co_return;
    }
    std::optional<Fault> fault;
    try {
        co_await say(self, "DO 0");  // what has hit nothing hits this
    } catch (const Fault& failure) {
        fault = failure;
    }
    self->require_life();
    if (fault && fault->lost) {
        self->lose(std::move(*fault));
    }
}

// The end

/// What was closed while somebody waited is not to be touched any more.
void Work::require_life() const {
    if (ended_) {
        throw CancelledError{};
    }
}

void Work::end() noexcept {
    ended_ = true;
    unset();
    session_->finish();
    if (auto room = std::exchange(room_, std::nullopt)) {
        room->set_cancelled();
    }
    // Not kept: its future keeps its arguments, and this with them.
    if (const auto killing = std::exchange(killing_, std::nullopt)) {
        killing->cancel();
    }
    if (auto pause = std::exchange(kill_pause_, std::nullopt); pause && !pause->done()) {
        pause->set_cancelled();
    }
}

void Work::lose(Fault fault) {
    fault.lost = true;
    end();
    fail_all(fault);
    if (owner != nullptr && owner->observer != nullptr) {
        owner->observer->connection_lost(fault);
    }
}

void Work::close() noexcept {
    if (!ended_) {
        end();
        Fault fault;
        fault.text = "the connection was closed";
        fault.lost = true;
        fail_all(fault);
    }
}

void Work::abandon() noexcept {
    owner = nullptr;
    if (!ended_) {
        end();
    }
    current_.reset();
    commands_.clear();
}

void Work::fail_all(const Fault& fault) {
    const auto current = std::move(current_);
    const auto waiting = std::exchange(commands_, {});
    if (current) {
        current->fail(fault);
    }
    for (const auto& command : waiting) {
        auto its = fault;
        its.never_began = true;
        command->fail(std::move(its));
    }
}

}  // namespace tornado::database::mariadb
