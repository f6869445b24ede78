#include "thread_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
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

struct ThreadPool::Queue {
    /// What each thread does, until the pool is shut down and nothing waits.
    void serve();

    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Work> waiting;
    std::size_t idle = 0;
    bool stopping = false;
};

void ThreadPool::Queue::serve() {
    std::unique_lock lock{mutex};
    while (true) {
        ++idle;
        wake.wait(lock, [this] { return stopping || !waiting.empty(); });
        --idle;
        if (waiting.empty()) {
            return;
        }
        {
            auto work = std::move(waiting.front());
            waiting.pop_front();
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

ThreadPool::ThreadPool(std::size_t max_threads)
    : max_threads_{max_threads},
      queue_{std::make_shared<Queue>()} {}

ThreadPool::~ThreadPool() {
    shut_down(true);
}

void ThreadPool::shut_down(bool drop_waiting) {
    std::deque<Work> dropped;
    {
        const std::lock_guard lock{queue_->mutex};
        queue_->stopping = true;
        if (drop_waiting) {
            dropped.swap(queue_->waiting);
        }
    }
    queue_->wake.notify_all();
    // Whoever comes second waits here until the first has seen all end. No more are started.
    const std::lock_guard joining{joining_};
    for (auto& thread : std::exchange(threads_, {})) {
        if (thread.get_id() == std::this_thread::get_id()) {
            thread.detach();  // the pool's last owner was the work that it ran
        } else {
            thread.join();
        }
    }
}

bool ThreadPool::submit(Work work) {
    {
        const std::lock_guard lock{queue_->mutex};
        if (queue_->stopping) {
            return false;
        }
        queue_->waiting.push_back(std::move(work));
        if (queue_->waiting.size() > queue_->idle && threads_.size() < max_threads_) {
            start_thread();
        }
    }
    queue_->wake.notify_one();
    return true;
}

void ThreadPool::start_thread() {
    try {
        threads_.emplace_back([queue = queue_] {
            queue->serve();
            --threads_of_pools;
        });
        ++threads_of_pools;  // it cannot end before, as we have the queue's lock
    } catch (...) {
        if (threads_.empty()) {  // otherwise those that there are do it in time
            queue_->waiting.pop_back();
            throw;
        }
    }
}

}  // namespace tornado::ioloop
