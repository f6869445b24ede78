#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "tornado/log/async_handler.hpp"

namespace tornado::log {

/// What an AsyncHandler holds, and the thread that takes from it. The thread shares the queue, so
/// that neither minds which of the two ends first.
///
/// Thread safety: all of it, from any thread; but start it only once.
class AsyncHandler::Queue : public std::enable_shared_from_this<Queue> {
public:
    /// One that is not `whole` loses all records: see AsyncHandler on fork().
    Queue(std::shared_ptr<Handler> target, const AsyncHandlerOptions& options, bool is_whole)
        : target_{std::move(target)},
          options_{options},
          state_{is_whole ? State::waiting : State::broken} {}

    /// Takes the record in; false when it does not fit. Throws std::runtime_error when the queue is
    /// not whole.
    bool push(Record record);
    /// See AsyncHandler::flush().
    bool flush(std::chrono::milliseconds timeout);
    bool flush() { return flush(options_.flush_timeout); }
    /// Ends the thread once all is written, and waits for that. Later records are written by
    /// push().
    void finish();

    /// Keeps the thread from writing until release(). False when it could not be had in time.
    bool hold(std::chrono::steady_clock::time_point deadline);
    void release();

private:
    enum class State : unsigned char {
        waiting,  ///< for its first record
        running,
        finished,
        broken,
    };

    void add(Record record);
    void say_what_was_dropped();
    void start_thread();
    void run();
    void write(const Record& record);

    const std::shared_ptr<Handler> target_;
    const AsyncHandlerOptions options_;

    std::mutex mutex_;  // guards all below, down to the conditions
    State state_;
    std::deque<Record> records_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;   // since the last record that was taken in
    std::uint64_t accepted_ = 0;  // all so far
    std::uint64_t done_ = 0;      // of those
    bool sleeps_ = false;
    std::condition_variable more_;
    std::condition_variable progress_;

    std::timed_mutex writing_;  // held while the target writes
    bool held_ = false;         // by the thread that forks
};

}  // namespace tornado::log
