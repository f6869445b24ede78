#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "backend.hpp"
#include "mariadb_bulk.hpp"
#include "mariadb_connect.hpp"
#include "mariadb_rows.hpp"
#include "mariadb_session.hpp"
#include "statement_cache.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/alarm.hpp"

namespace tornado::database::mariadb {

/// A statement that the server has prepared.
struct Prepared {
    MYSQL_STMT* handle = nullptr;
    std::unique_ptr<ResultBuffer> buffer;  ///< null when it has no result
};

/// What a connection shares with its work, which may still be under way when the connection goes.
///
/// The protocol knows no second question before the first is answered: commands wait for each
/// other.
class Work : public std::enable_shared_from_this<Work>, private ioloop::Alarm {
public:
    Work(std::shared_ptr<Session> session, std::shared_ptr<const Target> target);
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work();

    void begin();
    void submit(std::unique_ptr<Command> command);
    void cancel(Command& command);
    void resume();
    [[nodiscard]] bool in_transaction() const noexcept { return in_transaction_; }
    [[nodiscard]] bool lost() const noexcept { return ended_; }
    /// Fails what is under way, and tells nobody else.
    void close() noexcept;
    /// The connection goes: nobody hears of anything any more.
    void abandon() noexcept;

    BackendConnection* owner = nullptr;  ///< whose observer hears of the end

private:
    using Self = std::shared_ptr<Work>;

    // One command after the other: mariadb_work.cpp
    static Future<void> run(Self self);
    static Future<void> do_one(Self self);

    // What a command takes: mariadb_execute.cpp and mariadb_bulk.cpp
    static Future<Outcome> execute(Self self, Command* command);
    static Future<Outcome> execute_many(Self self, Command* command);
    static Future<std::optional<Outcome>>
    execute_bulk(Self self, Command* command, std::size_t first, std::size_t* count);
    static Future<Outcome> execute_run(Self self, Command* command, const Params* params);
    static Future<Outcome> execute_plainly(Self self, Command* command);
    static Future<Prepared*> prepare(Self self, Command* command);
    static Future<void> close_statement(Self self, MYSQL_STMT* statement);
    static Future<void> start(Self self, Prepared* prepared, MYSQL_BIND* arguments);
    static Future<void> fetch(Self self, Command* command, Prepared* prepared, Outcome* outcome);
    static Future<void> give(Self self, Command* command, std::shared_ptr<Block>* block);
    static Future<void> leave_results(Self self, MYSQL_STMT* statement);
    static Future<void> say(Self self, std::string sql);

    static Future<void> kill(Self self);
    static Future<void> settle_kill(Self self);
    void begin_kill();
    void end_kill_pause();

    void require_life() const;
    void lose(Fault fault);
    void end() noexcept;
    void fail_all(const Fault& fault);

    ioloop::IOLoop& loop_;
    std::shared_ptr<Session> session_;
    std::shared_ptr<const Target> target_;
    StatementCache<Prepared> statements_;
    Arguments arguments_;
    BulkArguments bulk_arguments_;
    std::deque<std::unique_ptr<Command>> commands_;  ///< that wait
    std::unique_ptr<Command> current_;               ///< what is being done
    std::optional<Future<void>> killing_;
    std::optional<Promise<void>> kill_pause_;  ///< settled early when there is nothing left to kill
    std::size_t kills_ = 0;                    ///< so often the server was told
    bool is_to_be_killed_ = false;             ///< the present command, as long as it goes on
    std::optional<Promise<void>> room_;        ///< while a stream's reader has none
    bool is_busy_ = false;
    bool is_cancelled_ = false;  ///< the present command
    bool in_transaction_ = false;
    bool ended_ = false;
};

/// One connection to a MariaDB or MySQL server.
class Connection final : public BackendConnection {
public:
    Connection(std::shared_ptr<Session> session, std::shared_ptr<const Target> target)
        : work_{std::make_shared<Work>(std::move(session), std::move(target))} {
        work_->owner = this;
        work_->begin();
    }
    ~Connection() override { work_->abandon(); }

    void submit(std::unique_ptr<Command> command) override { work_->submit(std::move(command)); }
    void cancel(Command& command) override { work_->cancel(command); }
    void resume(Command& /*command*/) override { work_->resume(); }
    [[nodiscard]] bool in_transaction() const noexcept override { return work_->in_transaction(); }
    [[nodiscard]] bool lost() const noexcept override { return work_->lost(); }
    void close() noexcept override { work_->close(); }

private:
    std::shared_ptr<Work> work_;
};

}  // namespace tornado::database::mariadb
