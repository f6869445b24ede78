#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend.hpp"
#include "parameters.hpp"
#include "postgresql_handles.hpp"
#include "postgresql_parameters.hpp"
#include "postgresql_rows.hpp"
#include "statement_cache.hpp"
#include "tornado/ioloop/alarm.hpp"
#include "tornado/ioloop/events.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/util/back_off.hpp"

namespace tornado::database::postgresql {

/// A statement that the server has prepared, for parameters of certain types; or one that it does
/// not keep, and that is sent whole with each run.
struct Prepared {
    Signature signature;
    std::string name;       ///< empty: it does not keep it
    std::string sql;        ///< of one that it does not keep
    bool is_known = false;  ///< the server has said that it has it
    bool is_dropped = false;
    std::optional<RowShape> shape;  ///< once it has given a result
};

/// All that a connection knows of one statement.
struct Form {
    NumberedQuery query;
    std::vector<std::shared_ptr<Prepared>> variants;  ///< the newest last
};

/// One command under way: what has been sent of it, and what has come of it.
struct Operation {
    std::unique_ptr<Command> command;  ///< null: it only makes the server forget statements
    std::shared_ptr<Prepared> prepared;
    std::vector<std::shared_ptr<Prepared>> forgetting;
    std::size_t steps_before = 0;  ///< queries before the first run: the preparation
    std::size_t steps_sent = 0;
    std::size_t steps_done = 0;
    std::size_t reads = 0;                    ///< how often something has come before it was whole
    std::size_t received = 0;                 ///< bytes of a large result, about
    std::optional<std::int64_t> read_before;  ///< by the connection, before a large result
    std::size_t failed_step = 0;
    bool synced = false;      ///< the end of it has been sent
    bool is_current = false;  ///< its results are those that come next
    bool is_repeated = false;
    bool is_stale = false;      ///< the server has no such prepared statement any more
    bool is_cancelled = false;  ///< its owner wants it no more
    bool is_being_cancelled = false;
    bool is_too_large = false;
    bool may_be_hit = false;  ///< by a cancellation that is meant for another
    bool has_given = false;   ///< a part of a stream
    std::optional<Fault> fault;
    std::shared_ptr<Block> block;
    Outcome outcome;

    [[nodiscard]] std::size_t steps() const noexcept {
        return steps_before + (command ? command->runs().size() : forgetting.size());
    }
    [[nodiscard]] bool is_stream() const noexcept {
        return command && command->wanted == Wanted::stream;
    }
    [[nodiscard]] bool is_unwanted() const noexcept { return is_cancelled || is_too_large; }
};

/// One connection to a PostgreSQL server, in libpq's pipeline mode: each command ends with a
/// synchronisation point of its own, so that it is a transaction of its own and its failure is
/// nobody else's.
class Connection final : public BackendConnection, private ioloop::Alarm {
public:
    /// Takes over a connection that is made. `cache` is how many prepared statements it keeps; with
    /// 0 the server has none.
    Connection(ConnectionHandle connection, std::size_t cache);
    ~Connection() override;

    void submit(std::unique_ptr<Command> command) override;
    void cancel(Command& command) override;
    void resume(Command& command) override;
    [[nodiscard]] bool in_transaction() const noexcept override { return in_transaction_; }
    [[nodiscard]] bool lost() const noexcept override { return !connection_ || broken_; }
    void close() noexcept override;

private:
    struct Waiting {
        std::unique_ptr<Command> command;
        bool is_repeated = false;
    };

    // What is sent: postgresql_sending.cpp
    void pump();
    void pump_soon();
    void send(Waiting waiting);
    void send_steps(Operation& operation);
    void send_step(Operation& operation, std::size_t step);
    void send_failure();
    void end_steps(Operation& operation);
    void prepare(Operation& operation, Form& form);
    [[nodiscard]] Form& form_of(const std::shared_ptr<const Statement>& statement);
    void drop(const std::shared_ptr<Prepared>& prepared);
    void forget_dropped();
    void check(bool sent);
    void flush();
    void watch();

    // What comes: postgresql_receiving.cpp
    void process();
    [[nodiscard]] bool process_one();
    void make_first_current();
    [[nodiscard]] bool take_result(Operation& operation, const PGresult& result);
    void take_rows(Operation& operation, const PGresult& result);
    void take_end(Operation& operation, const PGresult& result);
    void take_failure(Operation& operation, const PGresult& result);
    void give_block(Operation& operation);
    void finish_first();
    [[nodiscard]] bool is_to_be_repeated(const Operation& operation) const;
    void settle(Operation& operation);
    void note_transaction();
    void take_notifications();
    void count_received();

    void on_ready(ioloop::Events events);
    void process_soon();
    void break_down(Fault fault);
    void unwatch() noexcept;
    void lose(Fault fault);
    void fail_all(const Fault& fault);
    static void take_notice(void* self, const PGresult* notice);

    void cancel_first();
    void ask_to_cancel();
    [[nodiscard]] bool is_cancelling() const noexcept;
    void cancellation_done(const std::string& error);

    ioloop::IOLoop& loop_;
    ConnectionHandle connection_;
    int fd_;
    ioloop::Events watched_ = ioloop::Events::read;
    std::deque<Operation> operations_;  ///< sent, the oldest first
    std::deque<Waiting> waiting_;       ///< to be sent
    const bool prepares_;
    StatementCache<Form> forms_;
    std::vector<std::shared_ptr<Prepared>> dropped_;  ///< for the server to forget
    /// Begins the statements' names, and no others': behind a pooler a server's connection may have
    /// statements of many clients.
    const std::string prefix_;
    std::uint64_t names_ = 0;
    Signature signature_;
    Arguments arguments_;
    std::string last_words_;  ///< of the server, before it cut the connection
    std::optional<Fault> broken_;
    bool in_transaction_ = false;
    bool wants_to_write_ = false;
    bool paused_ = false;   ///< a stream's reader has no room
    bool resumed_ = false;  ///< it has, again
    bool is_processing_ = false;
    bool is_scheduled_ = false;
    bool is_pump_scheduled_ = false;
    bool is_asking_ = false;              ///< the server to cancel what it is doing
    util::BackOff pauses_;                ///< before it is asked again
    std::shared_ptr<Connection*> alive_;  ///< for what comes when this may have gone
};

}  // namespace tornado::database::postgresql
