#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tornado/ioloop/executor.hpp"

namespace tornado::ioloop {

/// Threads that run what they are given, first come first served. They start as they are needed.
///
/// Thread safety: submit() and shut_down() from any thread but the pool's own. Destruction waits
/// for calls that have begun and drops the others; when work of its own destroys it, that work
/// goes on to its end.
class ThreadPool {
public:
    using Work = Executor::Work;

    explicit ThreadPool(std::size_t max_threads);
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool();

    /// What `work` throws is logged. False when the pool is shut down. Throws std::system_error
    /// when there is no thread and none can be had.
    bool submit(Work work);
    /// Takes no more, and waits for what has begun; what has not is run too, or dropped.
    void shut_down(bool drop_waiting);

private:
    struct Queue;

    void start_thread();

    const std::size_t max_threads_;
    const std::shared_ptr<Queue> queue_;  // of each thread too, as one may outlive us
    std::mutex joining_;
    std::vector<std::thread> threads_;
};

}  // namespace tornado::ioloop
