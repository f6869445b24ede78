#include "thread_pool.hpp"

#include <atomic>
#include <utility>

#include "tornado/ioloop/loop_count.hpp"
#include "tornado/log.hpp"

namespace tornado::ioloop {

namespace {

constinit std::atomic<int> threads_of_pools = 0;

}  // namespace

int pool_thread_count() noexcept {
    return threads_of_pools;
}

ThreadPool::~ThreadPool() {
    shut_down(true);
}

void ThreadPool::shut_down(bool drop_waiting) {
    std::deque<Work> dropped;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        if (drop_waiting) {
            dropped.swap(queue_);
        }
    }
    wake_.notify_all();
    // Whoever comes second waits here until the first has seen all end. No more are started.
    const std::lock_guard joining{joining_};
    for (auto& thread : std::exchange(threads_, {})) {
        thread.join();
        --threads_of_pools;
    }
}

bool ThreadPool::submit(Work work) {
    {
        const std::lock_guard lock{mutex_};
        if (stopping_) {
            return false;
        }
        queue_.push_back(std::move(work));
        if (queue_.size() > idle_ && threads_.size() < max_threads_) {
            start_thread();
        }
    }
    wake_.notify_one();
    return true;
}

void ThreadPool::start_thread() {
    try {
        threads_.emplace_back([this] { serve(); });
        ++threads_of_pools;
    } catch (...) {
        if (threads_.empty()) {  // otherwise those that there are do it in time
            queue_.pop_back();
            throw;
        }
    }
}

void ThreadPool::serve() {
    std::unique_lock lock{mutex_};
    while (true) {
        ++idle_;
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        --idle_;
        if (queue_.empty()) {
            return;
        }
        {
            auto work = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            try {
                work();
            } catch (...) {
                log::app_log().error(
                    "Exception in the work of an executor: ",
                    log::format_exception(std::current_exception())
                );
            }
        }
        lock.lock();
    }
}

}  // namespace tornado::ioloop
