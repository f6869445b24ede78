#pragma once

#include <chrono>
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
///
/// Ownership: counted; its threads hold it too. It is made by std::make_shared(), and ends by
/// end().
class WorkerPool : public std::enable_shared_from_this<WorkerPool> {
public:
    /// `run` is called with the GIL, for one request; it does not throw.
    using Run = util::UniqueFunction<void(const std::shared_ptr<Job>&)>;

    WorkerPool(std::size_t threads, std::size_t max_waiting, Run run);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Of what all its responses may hold.
    [[nodiscard]] Budget& budget() noexcept { return *budget_; }

    /// False when too many wait already, when there can be no thread, or after end().
    bool submit(std::shared_ptr<Job> job);
    /// Takes back a job that no thread has begun yet. False when one has.
    bool withdraw(const std::shared_ptr<Job>& job);
    /// Drops what waits, and waits for what runs. When that takes too long, it is logged and goes
    /// on by itself: false.
    bool end(std::chrono::milliseconds timeout);
    /// How long all threads have run without one that has ended a request, or one that runs has
    /// kept the GIL from another; zero when one is free, and can run.
    [[nodiscard]] std::chrono::milliseconds stuck_for() const;

private:
    void work();
    void serve();
    void run_one(std::unique_lock<std::mutex>& lock);
    void log_running() const;
    void run_all(std::unique_lock<std::mutex>& lock);
    bool wake_one();
    void set_waking();

    const std::size_t max_threads_;
    const std::size_t max_waiting_;
    Run run_;
    std::shared_ptr<Budget> budget_ = std::make_shared<Budget>(67'108'864);
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Job>> waiting_;
    std::vector<std::thread> threads_;
    std::vector<std::shared_ptr<Job>> running_;
    std::chrono::steady_clock::time_point changed_at_;  ///< when one began or ended
    std::chrono::steady_clock::time_point waking_at_;   ///< when somebody was sent for
    std::size_t alive_ = 0;                             ///< threads that have not ended
    std::size_t idle_ = 0;
    bool waking_ = false;   ///< somebody is on the way to the GIL
    bool claimed_ = false;  ///< and knows
    bool stopping_ = false;
};

}  // namespace tornado::wsgi
