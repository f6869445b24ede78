#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "job.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::wsgi {

/// Threads that run requests, with the GIL.
///
/// A thread takes the GIL once and then runs whatever waits. At most one other waits for the GIL
/// meanwhile: it goes on with the next request when the first one's application waits for
/// something, and threads do not fight for what only one can have.
class WorkerPool {
public:
    /// `run` is called with the GIL, for one request; it does not throw.
    using Run = util::UniqueFunction<void(const std::shared_ptr<Job>&)>;

    WorkerPool(std::size_t threads, std::size_t max_waiting, Run run);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// Waits for what runs, drops what waits.
    ~WorkerPool();

    /// False when too many wait already, or when there can be no thread.
    bool submit(std::shared_ptr<Job> job);

private:
    void work();
    void run_all(std::unique_lock<std::mutex>& lock);
    bool wake_one();

    const std::size_t max_threads_;
    const std::size_t max_waiting_;
    Run run_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Job>> waiting_;
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;
    bool waking_ = false;   ///< somebody is on the way to the GIL
    bool claimed_ = false;  ///< and knows
    bool stopping_ = false;
};

}  // namespace tornado::wsgi
