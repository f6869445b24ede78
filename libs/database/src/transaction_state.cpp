#include "transaction_state.hpp"

#include <stdexcept>
#include <utility>

#include "pool.hpp"
#include "stream_state.hpp"
#include "tornado/database/transaction.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::database {

namespace {

Fault busy_with_stream() {
    Fault fault;
    fault.kind = FaultKind::programming;
    fault.text =
        "the transaction's connection is busy with iter(): read that to its end, or close it";
    return fault;
}

}  // namespace

TransactionState::TransactionState(std::shared_ptr<Lease> lease)
    : pool_{lease->pool().shared_from_this()},
      connection_{std::make_shared<TransactionConnection>()} {
    connection_->lease = std::move(lease);
}

TransactionState::TransactionState(std::shared_ptr<TransactionState> parent)
    : pool_{parent->pool_},
      connection_{parent->connection_},
      parent_{std::move(parent)},
      name_{"tornado_" + std::to_string(++connection_->savepoints)} {
    ++parent_->children_;
}

bool TransactionState::is_over() const noexcept {
    return over_ || connection_->lease == nullptr || (parent_ != nullptr && parent_->is_over());
}

void TransactionState::check(bool alone) const {
    if (is_over()) {
        throw std::logic_error{"the transaction is over: begin() another"};
    }
    if (alone && children_ > 0) {
        throw std::logic_error{
            "a savepoint of the transaction is still open: commit it or roll it back first, or "
            "begin() the next one within it"};
    }
}

void TransactionState::run(std::unique_ptr<Request> request) {
    check(false);
    auto& slot = connection_->lease->slot();
    if (slot.streaming()) {
        request->refuse(busy_with_stream());
    } else {
        slot.submit(std::move(request));
    }
}

/// Who leaves a stream cancels its query. Where that would end the transaction, a savepoint around
/// it keeps the rest.
void TransactionState::stream(
    const std::shared_ptr<StreamState>& state,
    std::unique_ptr<Request> request
) {
    check(false);
    const bool is_busy = connection_->lease->slot().streaming();
    if (!is_busy) {
        stream_ = state;
    }
    if (pool_->driver().keeps_failed_transactions() && !is_busy) {
        static_cast<void>(command("SAVEPOINT tornado_iter"));
        state->at_end([weak = weak_from_this()](bool was_left) {
            const auto self = weak.lock();
            if (self == nullptr || self->is_over()) {
                return;
            }
            if (was_left) {
                static_cast<void>(self->command("ROLLBACK TO SAVEPOINT tornado_iter"));
            }
            static_cast<void>(self->command("RELEASE SAVEPOINT tornado_iter"));
        });
    }
    run(std::move(request));
}

void TransactionState::refuse_beside_stream() const {
    if (connection_->lease->slot().streaming()) {
        std::rethrow_exception(make_exception(busy_with_stream()));
    }
}

void TransactionState::leave_stream() noexcept {
    if (const auto stream = stream_.lock(); stream != nullptr && !stream->ended()) {
        stream->close();
    }
}

/// A command that goes on when nobody waits for it.
Future<std::int64_t> TransactionState::command(std::string_view sql, End end) {
    auto request = std::make_unique<ResultRequest<std::int64_t>>(*pool_, [](Outcome&& outcome) {
        return outcome.affected;
    });
    request->statement = pool_->intern(sql);
    request->wanted = Wanted::summary;
    request->steadfast = true;
    request->end = end;
    auto future = request->future();
    future.ignore();
    connection_->lease->slot().submit(std::move(request));
    return future;
}

Future<void> TransactionState::begin(std::shared_ptr<TransactionState> self) {
    const auto sql = self->parent_ == nullptr ? std::string{self->pool_->driver().begin()}
                                              : "SAVEPOINT " + self->name_;
    self->refuse_beside_stream();
    self->begun_ = true;
    const auto done = self->command(sql);
    co_await done;
    if (self->parent_ == nullptr && self->connection_->lease != nullptr) {
        self->connection_->lease->slot().expect_transaction();
    }
}

Future<void> TransactionState::commit(std::shared_ptr<TransactionState> self) {
    self->leave_stream();
    self->refuse_beside_stream();
    self->over_ = true;
    const util::ScopeExit at_end{[&] { self->finish(); }};
    const auto done = self->parent_ == nullptr ? self->command("COMMIT", End::commit)
                                               : self->command("RELEASE SAVEPOINT " + self->name_);
    co_await done;
}

Future<void> TransactionState::rollback(std::shared_ptr<TransactionState> self) {
    self->leave_stream();
    self->refuse_beside_stream();
    self->over_ = true;
    const util::ScopeExit at_end{[&] { self->finish(); }};
    if (self->parent_ == nullptr) {
        const auto done = self->command("ROLLBACK", End::rollback);
        co_await done;
        co_return;
    }
    const auto back = self->command("ROLLBACK TO SAVEPOINT " + self->name_);
    const auto release = self->command("RELEASE SAVEPOINT " + self->name_);
    co_await back;
    co_await release;
}

/// Lets the connection, or the transaction around it, go on.
void TransactionState::finish() noexcept {
    if (parent_ != nullptr) {
        --parent_->children_;
        parent_.reset();
    } else {
        connection_->lease.reset();
    }
}

void TransactionState::abandon() noexcept {
    const bool was_over = is_over();
    if (std::exchange(over_, true)) {
        return;
    }
    if (parent_ != nullptr && begun_ && !was_over) {
        leave_stream();
        static_cast<void>(command("ROLLBACK TO SAVEPOINT " + name_));
        static_cast<void>(command("RELEASE SAVEPOINT " + name_));
    }
    finish();
}

Transaction::Transaction(std::shared_ptr<TransactionState> state) noexcept
    : Queries{state},
      state_{std::move(state)} {}

Transaction& Transaction::operator=(Transaction&& other) noexcept {
    if (state_ != nullptr) {
        state_->abandon();
    }
    Queries::operator=(std::move(other));
    state_ = std::move(other.state_);
    return *this;
}

Transaction::~Transaction() {
    if (state_ != nullptr) {
        state_->abandon();
    }
}

Future<void> Transaction::commit() {
    state_->check(true);
    return TransactionState::commit(state_);
}

Future<void> Transaction::rollback() {
    state_->check(true);
    return TransactionState::rollback(state_);
}

namespace {

Future<Transaction> begin_savepoint(std::shared_ptr<TransactionState> parent) {
    const auto state = std::make_shared<TransactionState>(std::move(parent));
    Transaction transaction{state};
    co_await TransactionState::begin(state);
    co_return transaction;
}

}  // namespace

Future<Transaction> Transaction::begin() {
    state_->check(true);
    return begin_savepoint(state_);
}

}  // namespace tornado::database
