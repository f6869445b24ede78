#include "worker_pool.hpp"

#include <system_error>
#include <utility>

#include "interpreter.hpp"

namespace tornado::wsgi {

namespace {

/// A thread's place in Python, for as long as it runs; without the GIL at first.
class PythonThread {
public:
    PythonThread() noexcept : state_{PyGILState_Ensure()}, thread_{PyEval_SaveThread()} {}
    PythonThread(const PythonThread&) = delete;
    PythonThread& operator=(const PythonThread&) = delete;
    ~PythonThread() {
        take_gil();
        PyGILState_Release(state_);
    }

    void take_gil() noexcept { PyEval_RestoreThread(thread_); }
    void leave_gil() noexcept { PyEval_SaveThread(); }

private:
    PyGILState_STATE state_;
    PyThreadState* thread_;
};

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, std::size_t max_waiting, Run run)
    : max_threads_{threads},
      max_waiting_{max_waiting},
      run_{std::move(run)} {}

WorkerPool::~WorkerPool() {
    std::deque<std::shared_ptr<Job>> dropped;
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        dropped.swap(waiting_);
        changed_.notify_all();
    }
    for (auto& job : dropped) {
        job->input.close();
        job->output.put({.end = Output::End::broken}, job);
    }
    if (Interpreter::forked()) {
        for (auto& thread : threads_) {
            thread.detach();  // there is none in this process
        }
        return;
    }
    for (auto& thread : threads_) {
        thread.join();
    }
}

bool WorkerPool::submit(std::shared_ptr<Job> job) {
    const std::lock_guard lock{mutex_};
    if (waiting_.size() >= max_waiting_) {
        return false;
    }
    waiting_.push_back(std::move(job));
    if (!wake_one() && threads_.empty()) {
        waiting_.pop_back();
        return false;
    }
    return true;
}

/// Sees to it that somebody comes for what waits. False when nobody can.
bool WorkerPool::wake_one() {
    if (waking_) {
        return true;
    }
    if (idle_ > 0) {
        waking_ = true;
        claimed_ = false;
        changed_.notify_one();
        return true;
    }
    if (threads_.size() == max_threads_) {
        return false;
    }
    waking_ = claimed_ = true;
    try {
        threads_.emplace_back([this] { work(); });
        return true;
    } catch (const std::system_error&) {
        waking_ = false;
        return false;
    }
}

void WorkerPool::work() {
    PythonThread python;
    std::unique_lock lock{mutex_};
    while (!stopping_) {
        lock.unlock();
        python.take_gil();
        lock.lock();
        run_all(lock);
        lock.unlock();
        python.leave_gil();
        lock.lock();
        ++idle_;
        changed_.wait(lock, [this] {
            return stopping_ || (waking_ ? !claimed_ : !waiting_.empty());
        });
        --idle_;
        waking_ = claimed_ = true;
    }
}

/// With the GIL.
void WorkerPool::run_all(std::unique_lock<std::mutex>& lock) {
    waking_ = false;
    while (!waiting_.empty()) {
        auto job = std::move(waiting_.front());
        waiting_.pop_front();
        if (!waiting_.empty()) {
            wake_one();
        }
        lock.unlock();
        run_(job);
        job.reset();
        lock.lock();
    }
}

}  // namespace tornado::wsgi
