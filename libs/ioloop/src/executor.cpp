#include "tornado/ioloop/executor.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "thread_pool.hpp"

namespace tornado::ioloop {

namespace {

std::size_t default_workers() {
    constexpr std::size_t most = 32;
    return std::min<std::size_t>(most, std::thread::hardware_concurrency() + 4U);
}

}  // namespace

ThreadPoolExecutor::ThreadPoolExecutor(std::size_t max_workers) {
    if (max_workers == 0) {
        throw std::invalid_argument{"a ThreadPoolExecutor needs at least one thread"};
    }
    pool_ = std::make_unique<ThreadPool>(max_workers);
}

ThreadPoolExecutor::ThreadPoolExecutor() : ThreadPoolExecutor{default_workers()} {}

ThreadPoolExecutor::~ThreadPoolExecutor() = default;

void ThreadPoolExecutor::submit(Work work) {
    if (!pool_->submit(std::move(work))) {
        throw std::logic_error{
            "the ThreadPoolExecutor is shut down: submit work before shutdown()"};
    }
}

void ThreadPoolExecutor::shutdown(bool cancel_futures) {
    pool_->shut_down(cancel_futures);
}

DummyExecutor& dummy_executor() noexcept {
    static DummyExecutor executor;
    return executor;
}

}  // namespace tornado::ioloop
