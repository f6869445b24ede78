#include "tornado/log/async_handler.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "async_queue.hpp"
#include "at_work.hpp"

namespace tornado::log {

namespace {

constexpr auto longest_wait_before_fork = std::chrono::milliseconds{500};

}  // namespace

/// All there are, for fork() and exit().
struct AsyncHandler::Registry {
    std::mutex mutex;
    std::vector<AsyncHandler*> handlers;
    /// What a child has inherited, with locks that nobody will open.
    std::vector<std::shared_ptr<Queue>> abandoned;

    std::vector<std::shared_ptr<Queue>> queues() {
        std::vector<std::shared_ptr<Queue>> found;
        const std::lock_guard lock{mutex};
        for (const auto* handler : handlers) {
            found.push_back(handler->queue_);
        }
        return found;
    }
};

AsyncHandler::Registry& AsyncHandler::registry() {
    static auto& all = []() -> Registry& {
        ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
        std::atexit(at_exit);
        return *new Registry;  // never destroyed: destructors of statics may log
    }();
    return all;
}

AsyncHandler::AsyncHandler(std::shared_ptr<Handler> target, AsyncHandlerOptions options)
    : target_{std::move(target)},
      options_{options} {
    if (target_ == nullptr) {
        throw std::invalid_argument{"log::AsyncHandler needs a handler, not a null pointer"};
    }
    if (options.max_bytes == 0 || options.max_records == 0) {
        throw std::invalid_argument{
            "log::AsyncHandler needs room for at least one record: max_bytes and max_records above "
            "0"};
    }
    queue_ = std::make_shared<Queue>(target_, options_, true);
    auto& all = registry();
    const std::lock_guard lock{all.mutex};
    all.handlers.push_back(this);
}

AsyncHandler::~AsyncHandler() {
    {
        auto& all = registry();
        const std::lock_guard lock{all.mutex};
        std::erase(all.handlers, this);
    }
    queue_->finish();
}

void AsyncHandler::emit(const Record& record) {
    if (AtWork::contains(target_.get())) {
        throw std::logic_error{"a handler has logged it while it wrote another"};
    }
    auto copy = record;
    target_->capture(copy);
    if (!queue_->push(std::move(copy))) {
        count_lost();
        said(1);  // the queue will say it
    }
}

void AsyncHandler::capture(Record& record) const {
    target_->capture(record);
}

bool AsyncHandler::flush(std::chrono::milliseconds timeout) {
    return queue_->flush(timeout);
}

void AsyncHandler::before_fork() {
    auto& all = registry();
    all.mutex.lock();
    const auto deadline = std::chrono::steady_clock::now() + longest_wait_before_fork;
    for (auto* handler : all.handlers) {
        handler->is_whole_ = handler->queue_->hold(deadline);
    }
}

void AsyncHandler::after_fork_in_parent() {
    auto& all = registry();
    for (auto* handler : all.handlers) {
        handler->queue_->release();
    }
    all.mutex.unlock();
}

void AsyncHandler::after_fork_in_child() {
    auto& all = registry();
    for (auto* handler : all.handlers) {
        handler->queue_->release();
        all.abandoned.push_back(std::move(handler->queue_));
        handler->queue_ =
            std::make_shared<Queue>(handler->target_, handler->options_, handler->is_whole_);
    }
    all.mutex.unlock();
}

void AsyncHandler::at_exit() {
    for (const auto& queue : registry().queues()) {
        queue->finish();
    }
}

bool flush() {
    bool all = true;
    for (const auto& queue : AsyncHandler::registry().queues()) {
        all = queue->flush() && all;
    }
    return all;
}

}  // namespace tornado::log
