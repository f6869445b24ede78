#include <algorithm>
#include <string_view>
#include <utility>

#include "mariadb_connection.hpp"
#include "mariadb_fault.hpp"
#include "tornado/gen.hpp"

// What one command takes. Failures are thrown as the Fault that they are.
namespace tornado::database::mariadb {

namespace {

std::int64_t last_row_id(const Block& block) {
    if (block.rows() == 0) {
        return 0;
    }
    const auto value = block.value(block.rows() - 1, 0);
    return value.type() == Type::integer ? value.raw_integer() : 0;
}

/// Whether it may have the rows that it changes as its result, of which the server does not tell
/// beforehand.
bool gives_rows(std::string_view sql) {
    std::string capitals{sql};
    for (char& c : capitals) {
        c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return capitals.find("RETURNING") != std::string::npos;
}

/// What is said before and after many runs, so that all are done or none.
struct Bracket {
    const char* begin;
    const char* end;
    const char* undo;
};
constexpr Bracket transaction{"START TRANSACTION", "COMMIT", "ROLLBACK"};
constexpr Bracket savepoint{
    "SAVEPOINT tornado_many",
    "RELEASE SAVEPOINT tornado_many",
    "ROLLBACK TO SAVEPOINT tornado_many"};

/// Null when there is nothing to keep together.
const Bracket* bracket_of(std::size_t runs, bool in_transaction) {
    if (!in_transaction) {
        return &transaction;
    }
    return runs > 1 ? &savepoint : nullptr;
}

}  // namespace

Future<Outcome> Work::execute(Self self, Command* command) {
    return command->many ? execute_many(std::move(self), command)
                         : execute_run(std::move(self), command, &command->params);
}

/// All runs or none: in a transaction or, where there is one, in a savepoint.
Future<Outcome> Work::execute_many(Self self, Command* command) {
    Outcome sum;
    if (command->many_params.empty()) {
        co_await gen::moment();
        co_return sum;
    }
    const auto* const bracket = bracket_of(command->many_params.size(), self->in_transaction_);
    if (bracket != nullptr) {
        co_await say(self, bracket->begin);
    }
    std::optional<Fault> fault;
    try {
        const auto& runs = command->many_params;
        bool in_bulk = !gives_rows(command->statement->sql);
        for (std::size_t done = 0; done < runs.size();) {
            std::size_t count = 0;
            std::optional<Outcome> some;
            if (in_bulk) {
                some = co_await execute_bulk(self, command, done, &count);
                self->require_life();
            }
            if (!some) {
                in_bulk = in_bulk && count == 1;  // the next may go together again
                count = 1;
                some = co_await execute_run(self, command, &runs[done]);
                self->require_life();
            }
            done += count;
            sum.affected += some->affected;
            sum.last_row_id = some->last_row_id;
            if (self->is_cancelled_) {
                throw was_cancelled();
            }
        }
    } catch (const Fault& failure) {
        fault = failure;
    }
    if (self->killing_) {  // it must not hit what comes now
        co_await settle_kill(self);
    }
    if (bracket != nullptr && !(fault && fault->lost)) {
        try {
            const auto* const last = fault ? bracket->undo : bracket->end;
            co_await say(self, last);
        } catch (const Fault& failure) {
            if (!fault || failure.lost) {  // a deadlock leaves no savepoint to go back to
                fault = failure;
            }
        }
    }
    if (fault) {
        fault->cancelled = fault->cancelled || (self->is_cancelled_ && fault->code == interrupted);
        throw Fault{*fault};
    }
    co_return sum;
}

Future<Outcome> Work::execute_run(Self self, Command* command, const Params* params) {
    Outcome outcome;
    for (bool again = false;; again = true) {
        auto* const prepared = co_await prepare(self, command);
        self->require_life();
        if (self->is_cancelled_) {  // the server may have been told too early
            throw was_cancelled();
        }
        if (prepared == nullptr) {
            co_return co_await execute_plainly(self, command);
        }
        auto* const statement = prepared->handle;
        if (const auto wanted = mysql_stmt_param_count(statement); wanted != params->size()) {
            throw wrong_parameters(wanted, params->size());
        }
        bool is_stale_now = false;
        auto* const arguments = params->empty() ? nullptr : self->arguments_.assign(*params);
        try {
            co_await start(self, prepared, arguments);
        } catch (const Fault& failure) {
            if (again || !is_stale(failure)) {
                throw;
            }
            is_stale_now = true;
        }
        self->require_life();
        if (is_stale_now) {
            self->statements_.remove(*command->statement);
            co_await close_statement(self, statement);
            continue;
        }
        outcome.affected = count_of(mysql_stmt_affected_rows(statement));
        outcome.last_row_id = count_of(mysql_stmt_insert_id(statement));
        if (mysql_stmt_field_count(statement) != 0) {
            co_await fetch(self, command, prepared, &outcome);
        }
        co_await leave_results(self, statement);
        self->require_life();
        co_return outcome;
    }
}

/// The prepared statement, or null for one that cannot be prepared.
Future<Prepared*> Work::prepare(Self self, Command* command) {
    if (auto* const prepared = self->statements_.find(*command->statement)) {
        co_return prepared;
    }
    if (self->statements_.full()) {
        co_await close_statement(self, self->statements_.take_oldest().handle);
    }
    struct Close {
        void operator()(MYSQL_STMT* handle) const noexcept { mysql_stmt_close(handle); }
    };
    std::unique_ptr<MYSQL_STMT, Close> handle{mysql_stmt_init(self->session_->handle())};
    if (!handle) {
        throw fault_of(self->session_->handle());
    }
    const auto statement = command->statement;
    const auto& sql = statement->sql;
    const int failed =
        co_await Session::call<&mysql_stmt_prepare_start, &mysql_stmt_prepare_cont, int>(
            self->session_, handle.get(), sql.c_str(), static_cast<unsigned long>(sql.size())
        );
    self->require_life();
    if (failed != 0) {
        const auto fault = fault_of(handle.get());
        if (fault.code == cannot_be_prepared && command->params.empty() && !command->many) {
            co_return nullptr;
        }
        throw Fault{fault};
    }
    co_return &self->statements_.add(statement, Prepared{handle.release(), nullptr});
}

Future<void> Work::close_statement(Self self, MYSQL_STMT* statement) {
    co_await Session::call<&mysql_stmt_close_start, &mysql_stmt_close_cont, my_bool>(
        self->session_, statement
    );
    self->require_life();
}

/// `arguments` is null when there are none.
Future<void> Work::start(Self self, Prepared* prepared, MYSQL_BIND* arguments) {
    auto* const statement = prepared->handle;
    if (arguments != nullptr && mysql_stmt_bind_param(statement, arguments) != 0) {
        throw fault_of(statement);
    }
    // So libmariadb takes the columns as the server describes them now, if it does: an ALTER TABLE
    // may have changed their number and their names since the last time.
    statement->field_count = 0;
    const int failed =
        co_await Session::call<&mysql_stmt_execute_start, &mysql_stmt_execute_cont, int>(
            self->session_, statement
        );
    if (failed != 0) {
        throw fault_of(statement);
    }
}

/// Reads the rows as they come: libmariadb keeps no more than one.
Future<void> Work::fetch(Self self, Command* command, Prepared* prepared, Outcome* outcome) {
    auto* const statement = prepared->handle;
    if (!prepared->buffer || !prepared->buffer->fits(*statement)) {
        prepared->buffer = std::make_unique<ResultBuffer>(*statement);
    }
    auto& buffer = *prepared->buffer;
    if (mysql_stmt_bind_result(statement, buffer.binds()) != 0) {
        throw fault_of(statement);
    }
    auto block = std::make_shared<Block>(buffer.columns());
    constexpr int rows_at_once = 128;  // then others have their turn, however fast the server is
    std::int64_t rows = 0;
    bool is_too_large = false;
    while (true) {
        const int end =
            co_await Session::call<&mysql_stmt_fetch_start, &mysql_stmt_fetch_cont, int>(
                self->session_, statement
            );
        self->require_life();
        if (is_too_large && end != 0 && end != MYSQL_DATA_TRUNCATED) {
            throw result_too_large(command->size_limit);
        }
        if (end == MYSQL_NO_DATA) {
            break;
        }
        if (end != 0 && end != MYSQL_DATA_TRUNCATED) {
            throw fault_of(statement);
        }
        if (++rows % rows_at_once == 0) {
            co_await gen::moment();
            self->require_life();
        }
        if (self->is_cancelled_ || is_too_large ||
            (command->row_limit != 0 && block->rows() == command->row_limit)) {
            continue;  // what has been asked for has to be read
        }
        if (!buffer.add_row(statement, *block)) {
            throw fault_of(statement);
        }
        if (block->size() > command->size_limit) {
            is_too_large = true;
            self->begin_kill();
        }
        if (command->wanted == Wanted::stream && block->size() >= Command::block_size) {
            co_await give(self, command, &block);
            self->require_life();
        }
    }
    outcome->affected = rows;
    outcome->last_row_id = last_row_id(*block);
    if (command->wanted != Wanted::stream) {
        outcome->rows = std::move(block);
    } else if (block->rows() != 0 && !self->is_cancelled_) {
        command->take(std::move(block));
    }
}

/// Hands a full block over, and waits until there is room for the next.
Future<void> Work::give(Self self, Command* command, std::shared_ptr<Block>* block) {
    auto next = std::make_shared<Block>((*block)->shared_columns());
    self->room_.emplace();  // resume() may come within take()
    const auto room = self->room_->future();
    const bool goes_on = command->take(std::exchange(*block, std::move(next)));
    self->require_life();
    if (goes_on) {
        self->resume();
    }
    co_await room;
}

/// Skips what is left of a result, and those that a procedure gives after it.
Future<void> Work::leave_results(Self self, MYSQL_STMT* statement) {
    while (true) {
        co_await Session::
            call<&mysql_stmt_free_result_start, &mysql_stmt_free_result_cont, my_bool>(
                self->session_, statement
            );
        self->require_life();
        if (mysql_stmt_more_results(statement) == 0) {
            co_return;
        }
        const int failed = co_await Session::
            call<&mysql_stmt_next_result_start, &mysql_stmt_next_result_cont, int>(
                self->session_, statement
            );
        self->require_life();
        if (failed > 0) {
            throw fault_of(statement);
        }
    }
}

/// What cannot be prepared: its values are all text.
Future<Outcome> Work::execute_plainly(Self self, Command* command) {
    const auto statement = command->statement;
    auto* const handle = self->session_->handle();
    co_await say(self, statement->sql);
    self->require_life();
    if (mysql_field_count(handle) != 0 && command->wanted != Wanted::summary) {
        throw Fault{
            .kind = FaultKind::not_supported,
            .text =
                "the server cannot prepare this, and its rows cannot be read: it has been done"};
    }
    Outcome outcome;
    outcome.affected = count_of(mysql_affected_rows(handle));
    outcome.last_row_id = count_of(mysql_insert_id(handle));
    co_return outcome;
}

/// Sends a statement that has no result.
Future<void> Work::say(Self self, std::string sql) {
    auto* const handle = self->session_->handle();
    const int failed = co_await Session::call<&mysql_real_query_start, &mysql_real_query_cont, int>(
        self->session_, handle, sql.c_str(), static_cast<unsigned long>(sql.size())
    );
    self->require_life();
    if (failed != 0) {
        throw fault_of(handle);
    }
    if (mysql_field_count(handle) == 0) {
        co_return;
    }
    auto* const result =
        co_await Session::call<&mysql_store_result_start, &mysql_store_result_cont, MYSQL_RES*>(
            self->session_, handle
        );
    mysql_free_result(result);
}

}  // namespace tornado::database::mariadb
