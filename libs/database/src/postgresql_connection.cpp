#include "postgresql_connection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "postgresql_fault.hpp"
#include "tornado/concurrent/stack_context.hpp"
#include "tornado/log.hpp"
#include "tornado/util/secure_random.hpp"

namespace tornado::database::postgresql {

using ioloop::Events;

namespace {

constexpr std::chrono::milliseconds first_pause{10};
constexpr std::chrono::milliseconds longest_pause{1'000};

/// How many queries are kept as PostgreSQL numbers their parameters, where it prepares none.
constexpr std::size_t forms_of_unprepared = 128;

std::string random_digits() {
    std::uint32_t number = 0;
    util::fill_secure_random(std::as_writable_bytes(std::span{&number, 1}));
    std::array<char, 8> digits{};
    const auto* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
    return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

/// A thread for each call that nobody waits for. PQcancel() takes as long as the server likes, for
/// ever if that is frozen: meanwhile others need the loop's own executor.
class LoneThreads final : public ioloop::Executor {
public:
    void submit(Work work) override {
        try {
            std::thread{std::move(work)}.detach();
        } catch (const std::system_error&) {
            // Without a thread the call is cancelled.
        }
    }
};

}  // namespace

Connection::Connection(ConnectionHandle connection, std::size_t cache)
    : Alarm{[](Alarm& alarm) { static_cast<Connection&>(alarm).ask_to_cancel(); }},
      loop_{ioloop::IOLoop::current()},
      connection_{std::move(connection)},
      fd_{PQsocket(connection_.get())},
      prepares_{cache != 0},
      forms_{prepares_ ? cache : forms_of_unprepared},
      prefix_{"tornado_" + random_digits() + '_'},
      pauses_{first_pause, longest_pause},
      alive_{std::make_shared<Connection*>(this)} {
    PQsetNoticeReceiver(connection_.get(), &take_notice, this);
    const stack_context::NullContext nobody;
    loop_.add_handler(
        fd_, [this](int, Events events) { on_ready(events); }, watched_
    );
}

Connection::~Connection() {
    unwatch();
}

void Connection::close() noexcept {
    if (connection_) {
        unwatch();
        connection_.reset();
        fail_all({.text = "the connection was closed", .lost = true});
    }
}

void Connection::on_ready(Events events) {
    if ((events & Events::write) != Events::none) {
        flush();
    }
    if ((events & ~Events::write) != Events::none && !lost()) {
        count_received();
        if (PQconsumeInput(connection_.get()) == 0) {
            break_down(lost_fault(*connection_));
        }
        process();
    }
}

/// For what must not happen within a call from outside.
void Connection::process_soon() {
    if (!std::exchange(is_scheduled_, true)) {
        const stack_context::NullContext nobody;
        loop_.add_callback([weak = std::weak_ptr{alive_}] {
            if (const auto self = weak.lock()) {
                (*self)->is_scheduled_ = false;
                (*self)->process();
            }
        });
    }
}

/// The connection is gone. libpq may have closed its descriptor by now, whose number somebody else
/// may get; what has come before is taken first.
void Connection::break_down(Fault fault) {
    fault.lost = true;
    broken_ = std::move(fault);
    unwatch();
    paused_ = false;
    process_soon();
}

void Connection::unwatch() noexcept {
    if (fd_ >= 0) {
        loop_.remove_handler(std::exchange(fd_, -1));
    }
}

void Connection::lose(Fault fault) {
    if (!last_words_.empty()) {
        fault.text = last_words_;
    }
    connection_.reset();
    fail_all(fault);
    if (observer != nullptr) {
        observer->connection_lost(fault);
    }
}

void Connection::fail_all(const Fault& fault) {
    const auto operations = std::exchange(operations_, {});
    const auto waiting = std::exchange(waiting_, {});
    for (const auto& operation : operations) {
        if (operation.command) {
            operation.command->fail(operation.fault.value_or(fault));
        }
    }
    for (const auto& [command, is_repeated] : waiting) {
        auto its = fault;
        its.never_began = true;
        command->fail(std::move(its));
    }
}

// Cancellation

void Connection::cancel(Command& command) {
    const auto waits = std::ranges::find(waiting_, &command, [](const auto& waiting) {
        return waiting.command.get();
    });
    if (waits != waiting_.end()) {
        const auto its = std::move(waits->command);
        waiting_.erase(waits);
        its->fail(was_cancelled());
        return;
    }
    const auto found = std::ranges::find(operations_, &command, [](const auto& operation) {
        return operation.command.get();
    });
    if (found == operations_.end() || found->is_cancelled || lost()) {
        return;
    }
    found->is_cancelled = true;
    if (found == operations_.begin()) {
        cancel_first();
    }
    pump();
}

/// Has the server cancel what it is doing, which is the oldest.
void Connection::cancel_first() {
    auto& operation = operations_.front();
    if (lost() || is_asking_ || std::exchange(operation.is_being_cancelled, true)) {
        return;
    }
    if (std::exchange(paused_, false)) {
        watch();
        process_soon();
    }
    pauses_.reset();
    ask_to_cancel();
}

/// Asks the server, over a connection of its own, and on a thread of its own, as libpq waits for
/// it. What else is under way may be hit instead, if the server was faster. If it was slower, and
/// has not begun yet, it has forgotten about it: then it is asked again.
void Connection::ask_to_cancel() {
    if (lost() || operations_.empty() || !operations_.front().is_being_cancelled) {
        return;
    }
    for (auto& other : operations_) {
        other.may_be_hit = true;
    }
    is_asking_ = true;
    const std::shared_ptr<PGcancel> handle{CancelHandle{PQgetCancel(connection_.get())}};
    const stack_context::NullContext nobody;
    LoneThreads threads;
    auto asked = loop_.run_in_executor(
        threads,
        [](const std::shared_ptr<PGcancel>& its) {
            std::array<char, 256> error{};
            const int done = PQcancel(its.get(), error.data(), static_cast<int>(error.size()));
            return std::string{done != 0 ? "" : error.data()};
        },
        handle
    );
    asked.add_done_callback([weak = std::weak_ptr{alive_}](const Future<std::string>& done) {
        if (const auto self = weak.lock()) {
            (*self)->cancellation_done(done.cancelled() ? "nobody was asked" : done.result());
        }
    });
}

void Connection::cancellation_done(const std::string& error) {
    is_asking_ = false;
    if (lost()) {
        return;
    }
    if (!operations_.empty() && operations_.front().is_unwanted()) {
        if (!operations_.front().is_being_cancelled) {
            cancel_first();
        } else if (error.empty()) {
            const stack_context::NullContext nobody;
            set(loop_, loop_.time_after(pauses_.next()));
        } else {
            break_down({.text = "a query could not be cancelled: " + one_line(error)});
            return;
        }
    }
    pump();
}

/// Nothing is sent meanwhile: it might be hit.
bool Connection::is_cancelling() const noexcept {
    return is_asking_ || (!operations_.empty() && operations_.front().is_being_cancelled);
}

void Connection::resume(Command& /*command*/) {
    resumed_ = true;
    if (std::exchange(paused_, false)) {
        watch();
        process_soon();
    }
}

// Notices

void Connection::take_notice(void* self, const PGresult* notice) {
    const char* const severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const std::string_view its = severity == nullptr ? "" : severity;
    const auto text = fault_of(*notice).text;
    if (its == "FATAL" || its == "PANIC") {  // nobody has asked for anything meanwhile
        static_cast<Connection*>(self)->last_words_ = text;
    } else if (its == "WARNING") {
        log::gen_log().warning("PostgreSQL: ", text);
    } else if (its == "DEBUG" || its == "LOG") {
        log::gen_log().debug("PostgreSQL: ", text);
    } else {
        log::gen_log().info("PostgreSQL: ", text);
    }
}

}  // namespace tornado::database::postgresql
