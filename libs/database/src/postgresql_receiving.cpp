#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "postgresql_connection.hpp"
#include "postgresql_fault.hpp"
#include "tornado/util/scope_exit.hpp"

// Of a Connection: what comes from the server.
namespace tornado::database::postgresql {

namespace {

/// How many rows a command has changed or selected.
std::int64_t count_of(const PGresult& result) {
    if (const int rows = PQntuples(&result); rows != 0) {
        return rows;  // the words need not be read
    }
    // libpq takes it for changeable, but only reads it.
    const std::string_view text{PQcmdTuples(const_cast<PGresult*>(&result))};
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

std::int64_t last_row_id(const Block& block) {
    if (block.rows() == 0) {
        return 0;
    }
    const auto value = block.value(block.rows() - 1, 0);
    return value.type() == Type::integer ? value.raw_integer() : 0;
}

/// How many bytes wait to be read.
std::size_t unread_by(int fd) {
    int size = 0;
    return ::ioctl(fd, FIONREAD, &size) == 0 ? static_cast<std::size_t>(size) : 0;
}

/// How many bytes have been read from a connection over TCP, about; nullopt for another.
std::optional<std::int64_t> read_from(int fd) {
    tcp_info info{};
    socklen_t size = sizeof info;
    constexpr auto enough = offsetof(tcp_info, tcpi_bytes_received) + sizeof(std::uint64_t);
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < enough) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(info.tcpi_bytes_received - unread_by(fd));
}

/// Whether a prepared statement has become useless, which a new one would not be.
bool is_stale(const Fault& fault, std::string_view function) {
    return fault.code == "26000" || (fault.code == "0A000" && function == "RevalidateCachedQuery");
}

/// Whether it was sent behind the preparation of another command, which has failed: that says
/// nothing of this one.
bool was_never_prepared(const Operation& operation) {
    return operation.is_stale && operation.steps_before == 0 && !operation.prepared->is_known;
}

}  // namespace

void Connection::process() {
    if (!connection_ || std::exchange(is_processing_, true)) {
        return;
    }
    {
        const util::ScopeExit done{[this] { is_processing_ = false; }};
        while (connection_ && !paused_ && !operations_.empty() && process_one()) {
        }
        take_notifications();
    }
    if (connection_ && broken_) {
        lose(*broken_);
    } else {
        pump();
    }
}

/// Takes one result. Returns whether more may be there.
bool Connection::process_one() {
    auto& operation = operations_.front();
    if (PQisBusy(connection_.get()) != 0) {
        give_block(operation);
        return false;
    }
    const ResultHandle result{PQgetResult(connection_.get())};
    if (result) {
        if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
            finish_first();
            return true;
        }
        return take_result(operation, *result);
    }
    if (operation.steps_done == operation.steps_sent + 1) {  // one more than there are: it is gone
        return false;
    }
    ++operation.steps_done;
    if (operation.is_stream() && operation.steps_done == operation.steps_before) {
        PQsetSingleRowMode(connection_.get());
    }
    if (!operation.synced) {
        send_steps(operation);
    }
    return true;
}

/// The results of the oldest are next: what they are to be like is said before libpq sees them.
void Connection::make_first_current() {
    if (lost() || operations_.empty() || std::exchange(operations_.front().is_current, true)) {
        return;
    }
    auto& operation = operations_.front();
    if (operation.is_stream() && operation.steps_before == 0) {
        PQsetSingleRowMode(connection_.get());
    }
    if (operation.is_cancelled) {
        cancel_first();
    }
}

/// Returns whether more may follow.
bool Connection::take_result(Operation& operation, const PGresult& result) {
    switch (PQresultStatus(&result)) {
        case PGRES_COMMAND_OK:
            if (operation.steps_done < operation.steps_before) {
                operation.prepared->is_known = true;
                if (operation.prepared->is_dropped) {
                    dropped_.push_back(operation.prepared);
                }
            } else if (operation.command) {
                take_end(operation, result);
            }
            break;
        case PGRES_TUPLES_OK:
            take_rows(operation, result);
            take_end(operation, result);
            break;
        case PGRES_SINGLE_TUPLE:
            take_rows(operation, result);
            break;
        case PGRES_FATAL_ERROR:
            take_failure(operation, result);
            break;
        case PGRES_COPY_IN:
        case PGRES_COPY_OUT:
        case PGRES_COPY_BOTH:
            operation.fault = Fault{
                .kind = FaultKind::not_supported,
                .text = "COPY to or from the client: use executemany() and iter()"};
            break_down({.text = "a COPY to or from the client has ended the connection"});
            return false;
        default:  // of an empty query, or what was skipped after a failure
            break;
    }
    return true;
}

void Connection::take_rows(Operation& operation, const PGresult& result) {
    if (operation.fault || operation.is_unwanted() || !operation.prepared) {
        return;
    }
    auto& shape = operation.prepared->shape;
    if (!shape || shape->readings.size() != static_cast<std::size_t>(PQnfields(&result))) {
        shape.emplace(result);
    }
    if (!operation.block) {
        operation.block = std::make_shared<Block>(shape->columns);
    }
    const auto& command = *operation.command;
    auto& block = *operation.block;
    operation.fault = add_rows(block, result, *shape, command.row_limit, command.size_limit);
    if (block.size() > command.size_limit) {
        operation.is_too_large = true;
        cancel_first();
    } else if (operation.is_stream() && block.size() >= Command::block_size) {
        give_block(operation);
    }
}

void Connection::give_block(Operation& operation) {
    if (!operation.is_stream() || !operation.block || operation.block->rows() == 0 ||
        operation.fault || operation.is_unwanted()) {
        return;
    }
    operation.has_given = true;
    resumed_ = false;
    const bool goes_on = operation.command->take(std::exchange(operation.block, nullptr));
    paused_ = connection_ && !goes_on && !resumed_;
}

void Connection::take_end(Operation& operation, const PGresult& result) {
    operation.outcome.affected += count_of(result);
    if (operation.block) {
        operation.outcome.last_row_id = last_row_id(*operation.block);
    }
    const std::string_view tag{PQcmdStatus(const_cast<PGresult*>(&result))};
    if (tag == "BEGIN" || tag == "START TRANSACTION") {
        in_transaction_ = true;
    } else if (tag == "COMMIT") {
        in_transaction_ = false;
    } else if (tag == "ROLLBACK" && operation.command->statement->sql == "COMMIT") {
        operation.fault = Fault{
            .text =
                "the transaction was rolled back instead of committed, as a query in it has "
                "failed or was cancelled"};
    }
}

void Connection::take_failure(Operation& operation, const PGresult& result) {
    auto fault = fault_of(result);
    if (fault.lost) {
        last_words_ = fault.text;
    }
    const char* const function = PQresultErrorField(&result, PG_DIAG_SOURCE_FUNCTION);
    const bool stale = operation.prepared && !operation.prepared->name.empty() &&
                       is_stale(fault, function == nullptr ? "" : function);
    if (operation.prepared && (stale || operation.steps_done < operation.steps_before)) {
        drop(operation.prepared);
    }
    operation.is_stale = stale;
    if (!operation.fault) {
        operation.fault = std::move(fault);
        operation.failed_step = operation.steps_done;
    }
}

/// The server has come to the end of the oldest operation.
void Connection::finish_first() {
    auto operation = std::move(operations_.front());
    operations_.pop_front();
    unset();  // if it was to be cancelled, it is over
    note_transaction();
    make_first_current();
    if (is_to_be_repeated(operation)) {
        const bool is_last_time = operation.is_repeated || !was_never_prepared(operation);
        waiting_.push_front({std::move(operation.command), is_last_time});
    } else {
        settle(operation);
    }
}

bool Connection::is_to_be_repeated(const Operation& operation) const {
    if (!operation.command || !operation.fault || operation.is_unwanted() || operation.has_given ||
        in_transaction_) {
        return false;
    }
    const bool was_hit = operation.may_be_hit && operation.fault->code == "57014";
    return was_hit ||
           (operation.is_stale && (!operation.is_repeated || was_never_prepared(operation)));
}

void Connection::settle(Operation& operation) {
    if (!operation.command) {
        if (operation.fault) {  // the one that has failed is not there; the others may be
            auto& names = operation.forgetting;
            const auto tried = static_cast<std::ptrdiff_t>(operation.failed_step + 1);
            dropped_.insert(dropped_.end(), names.begin() + tried, names.end());
        }
        return;
    }
    auto& command = *operation.command;
    if (operation.is_too_large) {
        command.fail(result_too_large(command.size_limit));
    } else if (operation.fault) {
        operation.fault->cancelled = operation.is_cancelled && operation.fault->code == "57014";
        command.fail(std::move(*operation.fault));
    } else {
        give_block(operation);
        paused_ = false;
        operation.outcome.rows = std::move(operation.block);
        command.finish(std::move(operation.outcome));
    }
}

/// While others are under way libpq does not tell: what they were has told it already.
void Connection::note_transaction() {
    switch (PQtransactionStatus(connection_.get())) {
        case PQTRANS_IDLE:
            in_transaction_ = false;
            break;
        case PQTRANS_INTRANS:
        case PQTRANS_INERROR:
            in_transaction_ = true;
            break;
        default:
            break;
    }
}

void Connection::take_notifications() {
    struct Free {
        void operator()(PGnotify* notification) const noexcept { PQfreemem(notification); }
    };
    while (connection_ && !paused_) {
        const std::unique_ptr<PGnotify, Free> notification{PQnotifies(connection_.get())};
        if (!notification) {
            return;
        }
        if (observer != nullptr) {
            observer->notified(notification->relname, notification->extra);
        }
    }
}

/// What libpq gathers of a large result is not seen before it is whole: so what comes is counted.
void Connection::count_received() {
    if (operations_.empty() || !operations_.front().command || operations_.front().is_stream()) {
        return;
    }
    auto& operation = operations_.front();
    constexpr std::size_t usual = 8;
    if (++operation.reads <= usual) {
        return;
    }
    if (const auto read = read_from(fd_)) {
        operation.read_before = operation.read_before.value_or(*read);
        operation.received =
            static_cast<std::size_t>(std::max(*read - *operation.read_before, std::int64_t{0}));
    } else {  // a UNIX socket holds little, of which libpq reads most
        operation.received += unread_by(fd_);
    }
    // Bytes travel as twice as many digits.
    if (operation.received / 2 > operation.command->size_limit && !operation.is_too_large) {
        operation.is_too_large = true;
        cancel_first();
    }
}

}  // namespace tornado::database::postgresql
