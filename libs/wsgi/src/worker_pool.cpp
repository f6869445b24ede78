#include "worker_pool.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "python.hpp"
#include "tornado/log.hpp"

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

    void take_gil() noexcept { restore_thread(thread_); }
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

bool WorkerPool::end(std::chrono::milliseconds timeout) {
    std::deque<std::shared_ptr<Job>> dropped;
    std::unique_lock lock{mutex_};
    stopping_ = true;
    dropped.swap(waiting_);
    changed_.notify_all();
    lock.unlock();
    for (auto& job : dropped) {
        job->input.close();
        job->output.put({.end = Output::End::broken}, job);
    }
    lock.lock();
    if (running_.empty()) {  // then they need but a moment to leave
        timeout = std::max<std::chrono::milliseconds>(timeout, std::chrono::seconds{1});
    }
    const bool ended = changed_.wait_for(lock, timeout, [this] { return alive_ == 0; });
    if (!ended) {
        log_running();
    }
    auto threads = std::exchange(threads_, {});
    lock.unlock();
    for (auto& thread : threads) {
        if (ended) {
            thread.join();
        } else {
            thread.detach();
        }
    }
    return ended;
}

std::chrono::milliseconds WorkerPool::stuck_for() const {
    const std::lock_guard lock{mutex_};
    const bool waits_for_gil = waking_ && !running_.empty();
    if (running_.size() < max_threads_ && !waits_for_gil) {
        return {};
    }
    const auto since = waits_for_gil ? std::max(waking_at_, changed_at_) : changed_at_;
    const auto time = std::chrono::steady_clock::now() - since;
    return std::chrono::duration_cast<std::chrono::milliseconds>(time);
}

void WorkerPool::log_running() const {
    for (const auto& job : running_) {
        log::app_log().error(
            "a WSGI application does not end ", name_of(job->facts), ": its thread is left alone"
        );
    }
    if (running_.empty()) {
        log::app_log().error("threads of a WSGI container do not get Python's lock: left alone");
    }
}

bool WorkerPool::submit(std::shared_ptr<Job> job) {
    const std::lock_guard lock{mutex_};
    const auto free = max_threads_ - running_.size();
    if (stopping_ || waiting_.size() >= free + max_waiting_) {
        return false;
    }
    waiting_.push_back(std::move(job));
    if (!wake_one() && threads_.empty()) {
        waiting_.pop_back();
        return false;
    }
    return true;
}

bool WorkerPool::withdraw(const std::shared_ptr<Job>& job) {
    const std::lock_guard lock{mutex_};
    return std::erase(waiting_, job) != 0;
}

/// Sees to it that somebody comes for what waits. False when nobody can.
bool WorkerPool::wake_one() {
    if (waking_) {
        return true;
    }
    if (idle_ > 0) {
        set_waking();
        claimed_ = false;
        changed_.notify_one();
        return true;
    }
    if (threads_.size() == max_threads_) {
        return false;
    }
    set_waking();
    claimed_ = true;
    try {
        ++alive_;
        threads_.emplace_back([self = shared_from_this()] { self->work(); });
        return true;
    } catch (const std::system_error&) {
        --alive_;
        waking_ = false;
        return false;
    }
}

void WorkerPool::set_waking() {
    waking_ = true;
    waking_at_ = std::chrono::steady_clock::now();
}

void WorkerPool::work() {
    serve();
    const std::lock_guard lock{mutex_};
    --alive_;
    changed_.notify_all();
}

void WorkerPool::serve() {
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
        if (!waking_) {
            set_waking();
        }
        claimed_ = true;
    }
}

/// With the GIL.
void WorkerPool::run_all(std::unique_lock<std::mutex>& lock) {
    waking_ = false;
    while (!waiting_.empty()) {
        run_one(lock);
    }
}

void WorkerPool::run_one(std::unique_lock<std::mutex>& lock) {
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    running_.push_back(job);
    changed_at_ = std::chrono::steady_clock::now();
    if (!waiting_.empty()) {
        wake_one();
    }
    lock.unlock();
    run_(job);
    lock.lock();
    std::erase(running_, job);
    changed_at_ = std::chrono::steady_clock::now();
    lock.unlock();
    job.reset();
    lock.lock();
}

}  // namespace tornado::wsgi
