#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "tornado/log/handler.hpp"

namespace tornado::log {

/// How much an AsyncHandler holds, and how long it is waited for.
struct AsyncHandlerOptions {
    /// How long its end, and the process's, wait for what it holds to be written.
    std::chrono::milliseconds flush_timeout = std::chrono::seconds{5};
    std::size_t max_bytes = 8 * 1024 * 1024;  ///< of messages
    std::size_t max_records = 10'000;
};

/// Hands records to another handler in a thread of its own, so that whoever logs, an IOLoop say,
/// never waits for a disk or a pipe.
///
/// What does not fit is dropped, counted, and spoken of in a line where it would have stood. What
/// the other handler cannot write that one counts.
///
/// What it holds is written before it is destroyed and when the process ends by exit() or the end
/// of main(), for `flush_timeout` at most; after that, at the process's end, records are written at
/// once by whoever logs. A process that dies otherwise loses it.
///
/// fork(): parent and child go on independently, and each record is written once. A child has a
/// thread of its own from its first record on. The fork waits, for half a second at most, until no
/// write is under way: one cut off in the middle would leave the other handler locked in the child.
/// Where a write takes longer, the child's records are lost, and it says so on stderr.
///
/// Ownership: shares the other handler. Thread safety: all of it, from any thread.
///
///     log::add_handler(std::make_shared<log::AsyncHandler>(
///         std::make_shared<log::FileHandler>("app.log", std::make_unique<log::JSONFormatter>())));
class AsyncHandler final : public Handler {
public:
    /// Throws std::invalid_argument when `target` is null, or when a limit is 0.
    explicit AsyncHandler(std::shared_ptr<Handler> target, AsyncHandlerOptions options = {});
    ~AsyncHandler() override;

    void emit(const Record& record) override;
    void capture(Record& record) const override;

    /// Waits until all that was logged before has been written. False when that takes longer.
    bool flush(std::chrono::milliseconds timeout);

private:
    class Queue;
    struct Registry;

    friend bool flush();

    static Registry& registry();
    static void before_fork();
    static void after_fork_in_parent();
    static void after_fork_in_child();
    static void at_exit();

    std::shared_ptr<Handler> target_;
    AsyncHandlerOptions options_;
    std::shared_ptr<Queue> queue_;
    bool is_whole_ = true;  // during a fork: whether no write is under way
};

/// Waits until all AsyncHandlers have written what was logged before, for their `flush_timeout` at
/// most: before execve(), say, which loses it. False when that was not enough.
bool flush();

}  // namespace tornado::log
