#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "tornado/ioloop/executor.hpp"

namespace tornado::ioloop {

/// Threads that run what they are given, first come first served. They start as they are needed.
///
/// Thread safety: submit() and shut_down() from any thread but the pool's own. Destruction waits
/// for calls that have begun and drops the others.
class ThreadPool {
public:
    using Work = Executor::Work;

    explicit ThreadPool(std::size_t max_threads) : max_threads_{max_threads} {}
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool();

    /// What `work` throws is logged. False when the pool is shut down. Throws std::system_error
    /// when there is no thread and none can be had.
    bool submit(Work work);
    /// Takes no more, and waits for what has begun; what has not is run too, or dropped.
    void shut_down(bool drop_waiting);

private:
    void start_thread();
    void serve();

    const std::size_t max_threads_;
    std::mutex mutex_;
    std::mutex joining_;
    std::condition_variable wake_;
    std::deque<Work> queue_;
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
};

}  // namespace tornado::ioloop
