#include <algorithm>
#include <utility>

#include "postgresql_connection.hpp"
#include "postgresql_fault.hpp"
#include "tornado/concurrent/stack_context.hpp"

// Of a Connection: what it sends.
namespace tornado::database::postgresql {

namespace {

/// Runs of one command that are under way at a time.
constexpr std::size_t window = 256;
/// For how many types of its parameters a statement is prepared.
constexpr std::size_t max_variants = 4;
/// As many values the protocol can count.
constexpr std::size_t most_values = 65'535;
/// As many statements that nobody wants any more may stay, before the connection becomes idle.
constexpr std::size_t max_dropped = 16;

}  // namespace

void Connection::submit(std::unique_ptr<Command> command) {
    if (lost()) {
        Fault fault = broken_ ? *broken_ : Fault{.text = "the connection to the server is closed"};
        fault.lost = fault.never_began = true;
        command->fail(std::move(fault));
        return;
    }
    waiting_.push_back({std::move(command)});
    pump_soon();
}

/// What is asked in one turn of the loop is sent at its end: until then it may be taken back.
void Connection::pump_soon() {
    if (is_processing_ || std::exchange(is_pump_scheduled_, true)) {
        return;  // that ends with it
    }
    const stack_context::NullContext nobody;
    loop_.add_callback([weak = std::weak_ptr{alive_}] {
        if (const auto self = weak.lock()) {
            (*self)->is_pump_scheduled_ = false;
            (*self)->pump();
        }
    });
}

void Connection::pump() {
    if (lost()) {
        return;
    }
    if (!operations_.empty() && !operations_.back().synced) {
        send_steps(operations_.back());
    }
    const auto may_send = [this] {
        return !lost() && !is_cancelling() && (operations_.empty() || operations_.back().synced);
    };
    while (!waiting_.empty() && may_send()) {
        // Outside of transactions only: if it fails, nobody else does.
        if (dropped_.size() >= max_dropped || (!dropped_.empty() && operations_.empty())) {
            if (!in_transaction_ && operations_.empty()) {
                forget_dropped();
                continue;
            }
            if (!in_transaction_) {
                break;
            }
        }
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        send(std::move(next));
    }
    flush();
}

/// Sends all of a command, or as much of many runs as may be under way.
void Connection::send(Waiting waiting) {
    auto& command = *waiting.command;
    auto& form = form_of(command.statement);
    if (form.query.parameters > most_values) {
        command.fail(
            {.kind = FaultKind::programming,
             .text = "a query of PostgreSQL has at most " + std::to_string(most_values) +
                     " values: give them as one array, or in several queries"}
        );
        return;
    }
    for (const auto& run : command.runs()) {
        if (run.size() != form.query.parameters) {
            command.fail(wrong_parameters(form.query.parameters, run.size()));
            return;
        }
        if (auto fault = refuse(run)) {
            command.fail(std::move(*fault));
            return;
        }
    }
    auto& operation = operations_.emplace_back();
    operation.command = std::move(waiting.command);
    operation.is_repeated = waiting.is_repeated;
    if (!command.runs().empty()) {
        find_signature(command.runs(), signature_);
        prepare(operation, form);
    }
    send_steps(operation);
    make_first_current();
}

Form& Connection::form_of(const std::shared_ptr<const Statement>& statement) {
    if (auto* const form = forms_.find(*statement)) {
        return *form;
    }
    if (forms_.full()) {
        for (const auto& prepared : forms_.take_oldest().variants) {
            drop(prepared);
        }
    }
    return forms_.add(statement, {number_parameters(statement->sql), {}});
}

/// Finds the prepared statement for the present signature, or sends its preparation.
void Connection::prepare(Operation& operation, Form& form) {
    if (!prepares_) {
        operation.prepared = std::make_shared<Prepared>();
        operation.prepared->signature = signature_;
        operation.prepared->sql = form.query.sql;
        return;
    }
    auto& variants = form.variants;
    std::erase_if(variants, [](const auto& prepared) { return prepared->is_dropped; });
    const auto found = std::ranges::find(variants, signature_, [](const auto& prepared) {
        return std::string_view{prepared->signature};
    });
    if (found != variants.end()) {
        operation.prepared = *found;
        return;
    }
    if (variants.size() == max_variants) {
        drop(variants.front());
        variants.erase(variants.begin());
    }
    auto prepared = std::make_shared<Prepared>();
    prepared->signature = signature_;
    prepared->name = prefix_ + std::to_string(++names_);
    variants.push_back(prepared);
    operation.prepared = std::move(prepared);
    operation.steps_before = 1;
    const auto types = types_of(signature_);
    check(
        PQsendPrepare(
            connection_.get(),
            operation.prepared->name.c_str(),
            form.query.sql.c_str(),
            static_cast<int>(types.size()),
            types.data()
        ) != 0
    );
    operation.steps_sent = 1;
}

void Connection::drop(const std::shared_ptr<Prepared>& prepared) {
    if (!std::exchange(prepared->is_dropped, true) && prepared->is_known) {
        dropped_.push_back(prepared);
    }
}

void Connection::forget_dropped() {
    auto& operation = operations_.emplace_back();
    operation.forgetting = std::exchange(dropped_, {});
    send_steps(operation);
}

void Connection::send_steps(Operation& operation) {
    const auto all = operation.steps();
    const auto goes_on = [&] { return !broken_ && !operation.is_unwanted() && !operation.fault; };
    const auto before = operation.steps_sent;
    while (goes_on() && operation.steps_sent < all &&
           operation.steps_sent - operation.steps_done < window) {
        send_step(operation, operation.steps_sent);
        ++operation.steps_sent;
    }
    if (!goes_on() || operation.steps_sent == all) {
        end_steps(operation);
    } else if (operation.steps_sent != before) {
        check(PQsendFlushRequest(connection_.get()) != 0);  // or its answers would wait for the end
    }
}

void Connection::send_step(Operation& operation, std::size_t step) {
    auto* const connection = connection_.get();
    constexpr int as_text = 0;
    if (!operation.command) {
        const auto text = "DEALLOCATE " + operation.forgetting[step]->name;
        const auto sent = PQsendQueryParams(
            connection, text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, as_text
        );
        check(sent != 0);
        return;
    }
    const auto& run = operation.command->runs()[step - operation.steps_before];
    const auto& prepared = *operation.prepared;
    arguments_.assign(run, prepared.signature);
    if (prepared.name.empty()) {
        const auto types = types_of(prepared.signature);
        const auto sent = PQsendQueryParams(
            connection,
            prepared.sql.c_str(),
            arguments_.count(),
            types.data(),
            arguments_.values(),
            arguments_.lengths(),
            arguments_.formats(),
            as_text
        );
        check(sent != 0);
        return;
    }
    const auto sent = PQsendQueryPrepared(
        connection,
        prepared.name.c_str(),
        arguments_.count(),
        arguments_.values(),
        arguments_.lengths(),
        arguments_.formats(),
        as_text
    );
    check(sent != 0);
}

/// What undoes the runs that the server has done already: as little of it stays as of a query that
/// is cancelled.
void Connection::send_failure() {
    constexpr const char* text =
        "DO $$BEGIN RAISE 'canceling statement due to user request' USING ERRCODE = '57014'; END$$";
    check(
        PQsendQueryParams(connection_.get(), text, 0, nullptr, nullptr, nullptr, nullptr, 0) != 0
    );
}

void Connection::end_steps(Operation& operation) {
    if (broken_ || operation.synced) {
        return;
    }
    if (operation.is_unwanted() && !operation.fault) {
        send_failure();
    }
    check(PQpipelineSync(connection_.get()) != 0);
    operation.synced = true;
}

/// libpq refuses to send only when the connection is gone.
void Connection::check(bool sent) {
    if (!sent && !broken_) {
        break_down(lost_fault(*connection_));
    }
}

void Connection::flush() {
    if (lost()) {
        return;
    }
    const int more = PQflush(connection_.get());
    check(more >= 0);
    wants_to_write_ = more > 0;
    watch();
}

void Connection::watch() {
    if (lost()) {
        return;
    }
    using ioloop::Events;
    auto wanted = Events::none;
    if (!paused_) {
        wanted = wanted | Events::read;
    }
    if (wants_to_write_) {
        wanted = wanted | Events::write;
    }
    if (wanted != watched_) {
        loop_.update_handler(fd_, wanted);
        watched_ = wanted;
    }
}

}  // namespace tornado::database::postgresql
