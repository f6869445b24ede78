#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "backend.hpp"
#include "sqlite_query.hpp"
#include "sqlite_settings.hpp"
#include "tornado/ioloop/pending.hpp"

namespace tornado::database {

/// The thread of a handle of SQLite: commands go to it, and what becomes of them comes back, in
/// batches, so that one wake-up carries many.
class SQLiteWorker {
public:
    /// What has happened. Of a stream's block the command stays with the worker.
    struct Event {
        enum class Kind { opened, block, finished };

        Kind kind = Kind::finished;
        std::unique_ptr<Command> command;
        Command* stream = nullptr;
        std::shared_ptr<const Block> block;
        Outcome outcome;
        std::optional<Fault> fault;
        bool in_transaction = false;
    };

    /// Starts the thread, which opens the file. Throws std::system_error when there can be none.
    explicit SQLiteWorker(std::shared_ptr<const SQLiteSettings> settings);
    /// Interrupts what it does, and waits for its end. Commands that it has are destroyed.
    ~SQLiteWorker();
    SQLiteWorker(const SQLiteWorker&) = delete;
    SQLiteWorker& operator=(const SQLiteWorker&) = delete;

    // From the loop's thread:

    /// Takes all of these commands.
    void submit(std::deque<std::unique_ptr<Command>>& commands);
    /// Takes all that has happened into `events`, which is empty. If that is nothing, takes over
    /// `ticket`, by which the loop is told of the next.
    void take(std::vector<Event>& events, std::optional<ioloop::Ticket>& ticket);
    /// Gives back a command that has not begun; or interrupts it, if it is being done.
    [[nodiscard]] std::unique_ptr<Command> cancel(Command& command);
    /// Does a command here if that takes but a moment: see SQLiteHandle::run_briefly(). Only while
    /// all is done that this has been given.
    [[nodiscard]] bool
    do_here(const Command& command, SQLiteHandle::Clock::time_point& now, Event& event);
    /// One more block may come.
    void acknowledge();
    /// Lets it do nothing more.
    void stop();
    /// After stop(): the commands that it has, also those whose outcome nobody has taken.
    [[nodiscard]] std::vector<std::unique_ptr<Command>> take_commands();
    /// The ticket that it has, if it was not used.
    [[nodiscard]] std::optional<ioloop::Ticket> give_back_ticket();

private:
    void run();
    void work(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool put_block(std::shared_ptr<const Block> block);
    [[nodiscard]] bool is_worth_waiting(int tries);
    void deliver(std::unique_lock<std::mutex>& lock);

    const std::shared_ptr<const SQLiteSettings> settings_;
    std::mutex mutex_;
    std::condition_variable changed_;
    // All under the mutex:
    std::deque<std::unique_ptr<Command>> queue_;
    std::vector<Event> events_;
    std::optional<ioloop::Ticket> ticket_;
    std::unique_ptr<Command> current_;
    std::size_t blocks_out_ = 0;  ///< of a stream, not acknowledged
    bool idle_ = false;
    bool opened_ = false;
    // Written under the mutex:
    std::atomic<bool> cancelled_ = false;  ///< the current one
    std::atomic<bool> stopping_ = false;
    // The worker's own while it has something to do, the loop's otherwise:
    SQLiteHandle handle_;
    std::thread thread_;
};

}  // namespace tornado::database
