#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "tornado/util/unique_function.hpp"

namespace tornado::ioloop {

/// Threads that run what they are given, first come first served. They start as they are needed.
///
/// Thread safety: submit() from any thread. Destruction waits for calls that have begun and drops
/// the others.
class ThreadPool {
public:
    using Work = util::UniqueFunction<void()>;

    explicit ThreadPool(std::size_t max_threads) : max_threads_{max_threads} {}
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    ~ThreadPool();

    /// `work` must not throw.
    void submit(Work work);

private:
    void serve();

    const std::size_t max_threads_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work> queue_;
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
};

}  // namespace tornado::ioloop
