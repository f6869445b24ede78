#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "backend.hpp"
#include "sqlite_worker.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::database {

/// The loop's side of a handle of SQLite.
class SQLiteConnection final : public BackendConnection {
public:
    explicit SQLiteConnection(std::shared_ptr<const SQLiteSettings> settings);
    ~SQLiteConnection() override;

    /// Done when the file is open. Fails with ConnectFault. To be called once.
    [[nodiscard]] Future<void> opened();

    void submit(std::unique_ptr<Command> command) override;
    void cancel(Command& command) override;
    void resume(Command& command) override;
    [[nodiscard]] bool in_transaction() const noexcept override { return in_transaction_; }
    [[nodiscard]] bool lost() const noexcept override { return closed_; }
    void close() noexcept override;

private:
    class Mailbox;

    [[nodiscard]] std::optional<ioloop::Ticket>& ticket();
    void rest() noexcept;
    void arrived(bool loop_is_there) noexcept;
    void schedule_flush();
    void flush();
    [[nodiscard]] bool do_short_ones();
    void drain();
    void handle(SQLiteWorker::Event& event);
    void hand_out(SQLiteWorker::Event& event);
    void handle_opened(const SQLiteWorker::Event& event);

    ioloop::IOLoop& loop_;
    std::vector<SQLiteWorker::Event> events_;      ///< that are being handed out
    std::deque<std::unique_ptr<Command>> outbox_;  ///< what has come in this turn of the loop
    std::size_t under_way_ = 1;                    ///< what the worker has; the opening at first
    Promise<> opened_;
    bool in_transaction_ = false;
    bool on_loop_;  ///< short commands are done here
    bool flush_is_coming_ = false;
    bool closed_ = false;
    bool draining_ = false;
    bool waits_ = false;  ///< for news
    bool resting_ = false;
    bool loop_is_gone_ = false;
    std::optional<ioloop::Ticket> ticket_;  ///< that the worker has not been given
    std::shared_ptr<SQLiteConnection*> alive_;
    std::unique_ptr<SQLiteWorker> worker_;
};

}  // namespace tornado::database
