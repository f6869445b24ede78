#include "async_queue.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <utility>

#include "line_output.hpp"

namespace tornado::log {

namespace {

constexpr auto queue_was_full = "too many were waiting to be written";

/// The queue whose thread this is.
thread_local const void* queue_of_this_thread = nullptr;

/// Starts a thread that no signal disturbs: they are for the program's own threads.
template <typename F>
void start_detached(F function) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread{std::move(function)}.detach();
    } catch (...) {
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

bool AsyncHandler::Queue::push(Record record) {
    std::unique_lock lock{mutex_};
    switch (state_) {
        case State::broken:
            throw std::runtime_error{"this process was forked in the middle of a write"};
        case State::finished:
            lock.unlock();
            emit_guarded(*target_, record);
            return true;
        case State::waiting:
            start_thread();
            state_ = State::running;
            break;
        case State::running:
            break;
    }
    const bool fits = accepted_ == done_ ||  // nothing waits: one record there is always room for
                      (records_.size() < options_.max_records &&
                       bytes_ + record.message.size() <= options_.max_bytes);
    if (fits) {
        say_what_was_dropped();
        add(std::move(record));
    } else {
        ++dropped_;
    }
    if (sleeps_) {
        more_.notify_one();
    }
    return fits;
}

void AsyncHandler::Queue::add(Record record) {
    const auto size = record.message.size();
    records_.push_back(std::move(record));
    bytes_ += size;
    ++accepted_;
}

void AsyncHandler::Queue::say_what_was_dropped() {
    if (dropped_ != 0) {
        add(lost_record(dropped_, queue_was_full));
        dropped_ = 0;
    }
}

void AsyncHandler::Queue::start_thread() {
    start_detached([self = shared_from_this()] { self->run(); });
}

void AsyncHandler::Queue::run() {
    queue_of_this_thread = this;
    std::unique_lock lock{mutex_};
    while (true) {
        sleeps_ = true;
        more_.wait(lock, [this] {
            return !records_.empty() || dropped_ != 0 || state_ == State::finished;
        });
        sleeps_ = false;
        if (records_.empty()) {
            say_what_was_dropped();
        }
        if (records_.empty()) {
            return;
        }
        const auto record = std::move(records_.front());
        records_.pop_front();
        lock.unlock();
        write(record);
        lock.lock();
        bytes_ -= record.message.size();
        ++done_;
        progress_.notify_all();
    }
}

void AsyncHandler::Queue::write(const Record& record) {
    const std::lock_guard lock{writing_};
    emit_guarded(*target_, record);
}

bool AsyncHandler::Queue::flush(std::chrono::milliseconds timeout) {
    constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
    timeout = std::min(timeout, longest);  // the clock cannot count on from now for ever
    std::unique_lock lock{mutex_};
    const auto wanted =
        accepted_ + (dropped_ != 0 ? 1 : 0);  // what was dropped takes a record to say
    return progress_.wait_for(lock, timeout, [&] { return done_ >= wanted; });
}

void AsyncHandler::Queue::finish() {
    flush();
    const std::lock_guard lock{mutex_};
    if (state_ != State::broken) {
        state_ = State::finished;
    }
    more_.notify_one();
}

bool AsyncHandler::Queue::hold(std::chrono::steady_clock::time_point deadline) {
    const bool writes_itself = queue_of_this_thread == this;
    held_ = !writes_itself && writing_.try_lock_until(deadline);
    const std::lock_guard lock{mutex_};
    return state_ != State::broken && (held_ || writes_itself);
}

void AsyncHandler::Queue::release() {
    if (std::exchange(held_, false)) {
        writing_.unlock();
    }
}

}  // namespace tornado::log
