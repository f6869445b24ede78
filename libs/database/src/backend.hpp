#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "block.hpp"
#include "database_url.hpp"
#include "fault.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/database/options.hpp"
#include "tornado/database/params.hpp"

/// What a database's client library has to do for the pool. Everything here happens on the thread
/// of the pool's loop, unless said otherwise; a driver that uses threads keeps that to itself.
namespace tornado::database {

/// The text of a query, with `?` for its parameters. Those who ask the same mostly share one, so
/// that its address is what drivers know their prepared statements by (see StatementCache).
struct Statement {
    std::string sql;
};

/// What a command has brought about, when it is over.
struct Outcome {
    /// All rows, for Wanted::rows and for Wanted::summary of a statement with RETURNING; null
    /// otherwise, and null means none.
    std::shared_ptr<const Block> rows;
    /// How many rows were changed, or selected where the server counts those; in all runs.
    std::int64_t affected = 0;
    /// The first value of the last row of a RETURNING, if that is an integer; without it the
    /// identifier that the server gave to the row that this has inserted last, else 0.
    std::int64_t last_row_id = 0;
};

enum class Wanted : std::uint8_t {
    rows,     ///< all rows, at the end
    summary,  ///< counts; rows only as far as last_row_id needs them
    stream    ///< rows in blocks as they come, by take()
};

/// One thing that a connection is asked to do, and where its outcome goes.
///
/// What it asks does not change once it has been submitted: any thread may read it. finish() or
/// fail() is called once, unless the connection is destroyed before that; the command is destroyed
/// then, on the loop's thread.
class Command {
public:
    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    virtual ~Command() = default;

    std::shared_ptr<const Statement> statement;
    /// The parameters of one run, unless there are many.
    Params params;
    /// Of executemany: a run for each. All is done or nothing, also within an open transaction,
    /// which itself may fail with it. There may be none.
    std::vector<Params> many_params;
    bool many = false;
    [[nodiscard]] std::span<const Params> runs() const noexcept {
        return many ? std::span{many_params} : std::span{&params, 1};
    }
    Wanted wanted = Wanted::rows;
    /// More rows than that need not be fetched; 0: all.
    std::size_t row_limit = 0;
    /// A result, or the part of it that the driver holds, above this size fails with
    /// result_too_large().
    std::size_t size_limit = SIZE_MAX;
    /// About so many bytes make a block of a stream.
    static constexpr std::size_t block_size = std::size_t{32} * 1024;

    /// Some rows of a stream, at least one. Returns whether more may come at once; otherwise the
    /// driver stops reading, at the latest after one more block, until resume().
    virtual bool take(std::shared_ptr<const Block> rows) = 0;
    /// The end of a command that went well.
    virtual void finish(Outcome outcome) noexcept = 0;
    /// The end of one that did not.
    virtual void fail(Fault fault) noexcept = 0;
};

/// What a connection tells its owner unasked.
class ConnectionObserver {
public:
    /// The connection is gone; it has failed, or fails after this, all its commands with
    /// Fault::lost. Called once, not after close(). The owner destroys the connection later.
    virtual void connection_lost(const Fault& fault) = 0;
    /// A message of LISTEN and NOTIFY.
    virtual void notified(std::string_view channel, std::string_view payload) = 0;

protected:
    ~ConnectionObserver() = default;
};

/// One connection to a database, made by its driver.
///
/// Its functions may be called from within the callbacks of its commands and its observer; the
/// destruction may not.
class BackendConnection {
public:
    BackendConnection() = default;
    BackendConnection(const BackendConnection&) = delete;
    BackendConnection& operator=(const BackendConnection&) = delete;
    /// Closes it, without a word to commands that are still under way: they are destroyed.
    virtual ~BackendConnection() = default;

    /// Null until the pool sets it.
    ConnectionObserver* observer = nullptr;

    /// Takes a command, to be done after those that it has. The pool gives it no more than
    /// Driver::depth() at a time; a driver that cannot do several at once queues them. What comes
    /// in one turn of the loop may be sent at its end, with one system call or one wake-up. A
    /// command with a number of parameters that the statement has not fails with
    /// wrong_parameters(). On a connection that is lost, commands fail with Fault::lost and
    /// Fault::never_began. fail() may be called from within, but finish() never is.
    virtual void submit(std::unique_ptr<Command> command) = 0;

    /// Cancels a command that it has: one that waits fails with Fault::cancelled, one that is being
    /// done is cancelled in the server, and fails as soon as that has answered (or finishes, if it
    /// was faster). Other commands must not suffer: one that is hit in its place is done again.
    /// Does not block the loop.
    virtual void cancel(Command& command) = 0;

    /// A stream's reader has room again after take() returned false.
    virtual void resume(Command& command) = 0;

    /// Whether the last command that is over has left a transaction open (or a failed one).
    [[nodiscard]] virtual bool in_transaction() const noexcept = 0;
    /// Whether the connection is gone.
    [[nodiscard]] virtual bool lost() const noexcept = 0;
    /// Says goodbye to the server. What is under way fails with Fault::lost. Harmless when it is
    /// closed or lost.
    virtual void close() noexcept = 0;
};

/// A kind of database with a place: it makes the connections of one pool.
class Driver {
public:
    Driver() = default;
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    virtual ~Driver() = default;

    /// "PostgreSQL"
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// What begins a transaction: "BEGIN".
    [[nodiscard]] virtual std::string_view begin() const noexcept { return "BEGIN"; }
    /// How many commands a connection may have at a time: ConnectionOptions::pipeline, or 1.
    [[nodiscard]] virtual std::size_t depth() const noexcept { return 1; }
    /// Whether a transaction in which a statement has failed stays open, and fails all that comes
    /// before ROLLBACK. Only then its commands may be sent without waiting for each other.
    [[nodiscard]] virtual bool keeps_failed_transactions() const noexcept { return false; }
    /// Whether a connection can be replaced by another without a loss.
    [[nodiscard]] virtual bool can_reconnect() const noexcept { return true; }
    /// The most connections that make sense; ConnectionOptions::size holds as well.
    [[nodiscard]] virtual std::size_t max_connections() const noexcept { return SIZE_MAX; }

    /// Opens one more connection, ready for commands. Fails with ConnectFault. The future is
    /// cancelled when that takes too long, or the pool closes. The driver may go before the
    /// connections.
    [[nodiscard]] virtual Future<std::unique_ptr<BackendConnection>> connect() = 0;
};

/// What connect() fails with.
struct ConnectFault {
    Fault fault;
};

/// The drivers. Each throws InterfaceError, at once, for a URL that it cannot use: no name of a
/// database, an option that there is not. They are there when their client library was found.
[[nodiscard]] std::unique_ptr<Driver>
make_sqlite_driver(const DatabaseURL& url, const ConnectionOptions& options);
[[nodiscard]] std::unique_ptr<Driver>
make_postgresql_driver(const DatabaseURL& url, const ConnectionOptions& options);
[[nodiscard]] std::unique_ptr<Driver>
make_mariadb_driver(const DatabaseURL& url, const ConnectionOptions& options);

/// The same sentences from every driver.
[[nodiscard]] Fault wrong_parameters(std::size_t wanted, std::size_t given);
[[nodiscard]] Fault result_too_large(std::size_t limit);
[[nodiscard]] Fault was_cancelled();
/// Whether a client library says by this that the server is not the one that it should be, or
/// cannot encrypt: that stays so, however often one connects.
[[nodiscard]] bool is_mistrust(std::string_view text) noexcept;

}  // namespace tornado::database
