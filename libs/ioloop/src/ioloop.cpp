#include "tornado/ioloop/ioloop.hpp"

#include <string>

#include "loop_impl.hpp"

namespace tornado::ioloop {

namespace {

constinit thread_local IOLoop* current_loop = nullptr;

}  // namespace

IOLoop::IOLoop() : IOLoop{std::make_unique<Impl>()} {}

IOLoop::IOLoop(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {
    make_current();
}

IOLoop::~IOLoop() {
    auto* before = current_loop;
    make_current();
    impl_->close();
    current_loop = before == this ? nullptr : before;
    concurrent::Scheduler::set_current(
        current_loop != nullptr ? current_loop->impl_.get() : nullptr
    );
}

IOLoop& IOLoop::current() {
    if (current_loop == nullptr) {
        static thread_local std::unique_ptr<IOLoop> of_this_thread;
        of_this_thread.reset();
        of_this_thread = std::make_unique<IOLoop>();
    }
    return *current_loop;
}

IOLoop* IOLoop::current_or_null() noexcept {
    return current_loop;
}

void IOLoop::make_current() {
    current_loop = this;
    concurrent::Scheduler::set_current(impl_.get());
}

void IOLoop::start() {
    auto* before = current_loop;
    make_current();
    impl_->start();
    if (before != nullptr) {
        before->make_current();
    }
}

void IOLoop::stop() {
    impl_->stop();
}
bool IOLoop::running() const noexcept {
    return impl_->running();
}
void IOLoop::close() {
    impl_->close();
}

void IOLoop::push_callback(Callback callback) {
    impl_->push_callback(std::move(callback));
}
Timeout IOLoop::push_timeout(TimePoint when, Callback callback) {
    return impl_->push_timeout(when, std::move(callback));
}
void IOLoop::remove_timeout(Timeout timeout) noexcept {
    impl_->remove_timeout(timeout);
}

void IOLoop::add_handler(int fd, FdHandler handler, Events events) {
    impl_->add_handler(fd, std::move(handler), events);
}
void IOLoop::update_handler(int fd, Events events) {
    impl_->update_handler(fd, events);
}
void IOLoop::remove_handler(int fd) noexcept {
    impl_->remove_handler(fd);
}

void IOLoop::submit(std::shared_ptr<Job> job, std::unique_ptr<JobOutcome> outcome) {
    impl_->submit(std::move(job), std::move(outcome));
}

TimePoint IOLoop::time() const noexcept {
    return Clock::now();
}

void IOLoop::set_exception_handler(util::UniqueFunction<void(std::exception_ptr)> handler) {
    impl_->set_exception_handler(std::move(handler));
}

DeadlineWheel& IOLoop::deadlines() noexcept {
    return impl_->deadlines();
}

void IOLoop::fail_timed_out(Duration timeout) {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
    throw TimeoutError{"Operation timed out after " + std::to_string(milliseconds) + " ms"};
}

void IOLoop::fail_stopped_early() {
    throw std::runtime_error{
        "the IOLoop was stopped before the function given to run_sync() ended"};
}

}  // namespace tornado::ioloop
