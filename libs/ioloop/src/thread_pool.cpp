#include "thread_pool.hpp"

#include <utility>

namespace tornado::ioloop {

ThreadPool::~ThreadPool() {
    std::deque<Work> dropped;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        dropped.swap(queue_);
    }
    wake_.notify_all();
    for (auto& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::submit(Work work) {
    {
        const std::lock_guard lock{mutex_};
        queue_.push_back(std::move(work));
        if (queue_.size() > idle_ && threads_.size() < max_threads_) {
            threads_.emplace_back([this] { serve(); });
        }
    }
    wake_.notify_one();
}

void ThreadPool::serve() {
    std::unique_lock lock{mutex_};
    while (true) {
        ++idle_;
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        --idle_;
        if (stopping_) {
            return;
        }
        {
            auto work = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            work();
        }
        lock.lock();
    }
}

}  // namespace tornado::ioloop
