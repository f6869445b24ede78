#include "tornado/ioloop/ioloop.hpp"

#include <pthread.h>

#include <atomic>
#include <string>
#include <system_error>

#include "loop_impl.hpp"
#include "tornado/ioloop/loop_count.hpp"

namespace tornado::ioloop {

namespace {

constinit thread_local IOLoop* current_loop = nullptr;
constinit thread_local IOLoop* newest_loop = nullptr;
constinit std::atomic<int> loops = 0;

}  // namespace

int loop_count() noexcept {
    return loops;
}

IOLoop::IOLoop() : IOLoop{std::make_unique<Impl>()} {}

IOLoop::IOLoop(std::unique_ptr<Impl> impl)
    : impl_{std::move(impl)},
      older_{std::exchange(newest_loop, this)} {
    ++loops;
    impl_->set_loop(*this);
    make_current();
}

IOLoop::~IOLoop() {
    close();
    --loops;
    auto** place = &newest_loop;
    while (*place != nullptr && *place != this) {
        place = &(*place)->older_;
    }
    if (*place == this) {
        *place = older_;
    }
    if (current_loop == this) {
        set_current(newest_loop);  // the one that was current before this was made
    }
}

namespace {

/// The loop that current() has made for a thread.
struct OwnLoop {
    OwnLoop() = default;
    OwnLoop(const OwnLoop&) = delete;
    OwnLoop& operator=(const OwnLoop&) = delete;
    ~OwnLoop() {
        if (loop != nullptr && loop->running()) {
            // What it runs has called exit(): nobody returns to it, but all of it is still there.
            [[maybe_unused]] static const IOLoop* last = nullptr;
            last = loop.release();
        }
        loop.reset();
        is_over = true;
    }

    std::unique_ptr<IOLoop> loop;
    static constinit thread_local bool is_over;
};

constinit thread_local bool OwnLoop::is_over = false;

/// Makes a loop for a thread whose locals are being destroyed: it goes last of all.
void make_last_loop() {
    static const auto key = [] {
        pthread_key_t made{};
        if (const int error = ::pthread_key_create(&made, [](void* loop) {
                delete static_cast<IOLoop*>(loop);
            })) {
            throw std::system_error{error, std::system_category(), "pthread_key_create"};
        }
        return made;
    }();
    const std::unique_ptr<IOLoop> former{static_cast<IOLoop*>(::pthread_getspecific(key))};
    auto loop = std::make_unique<IOLoop>();
    if (const int error = ::pthread_setspecific(key, loop.get())) {
        throw std::system_error{error, std::system_category(), "pthread_setspecific"};
    }
    static_cast<void>(loop.release());
}

}  // namespace

IOLoop& IOLoop::current() {
    if (current_loop == nullptr) {
        if (OwnLoop::is_over) {
            make_last_loop();
        } else {
            static thread_local OwnLoop own;
            own.loop.reset();
            own.loop = std::make_unique<IOLoop>();
        }
    }
    return *current_loop;
}

IOLoop* IOLoop::current_or_null() noexcept {
    return current_loop;
}

void IOLoop::set_current(IOLoop* loop) noexcept {
    current_loop = loop;
    concurrent::Scheduler::set_current(loop != nullptr ? loop->impl_.get() : nullptr);
}

void IOLoop::make_current() {
    set_current(this);
}

template <typename F>
void IOLoop::as_current(F&& function) {
    const util::ScopeExit restore{
        [before = current_loop, context = concurrent::Context::capture()] {
            set_current(before);
            concurrent::Context::enter(context);
        }};
    make_current();
    function();
}

void IOLoop::start() {
    as_current([this] { impl_->start(); });
}

void IOLoop::stop() {
    impl_->stop();
}
bool IOLoop::running() const noexcept {
    return impl_->running();
}
bool IOLoop::closed() const noexcept {
    return impl_->closed();
}
void IOLoop::close() {
    as_current([this] { impl_->close(); });
}

bool IOLoop::is_here() const noexcept {
    return impl_->on_loop_thread() && !impl_->closed();
}
void IOLoop::schedule(concurrent::Task& task) noexcept {
    impl_->schedule(task);
}
LoopHandle IOLoop::handle() const {
    return impl_->handle();
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

void IOLoop::push_handler(int fd, FdHandler handler, Events events) {
    impl_->add_handler(fd, std::move(handler), events);
}
void IOLoop::update_handler(int fd, Events events) {
    impl_->update_handler(fd, events);
}
void IOLoop::remove_handler(int fd) noexcept {
    impl_->remove_handler(fd);
}

void IOLoop::submit(Executor* executor, std::shared_ptr<Job> job, Pending& outcome) {
    impl_->submit(executor, std::move(job), outcome);
}
void IOLoop::set_default_executor(std::shared_ptr<Executor> executor) {
    impl_->set_default_executor(std::move(executor));
}
Ticket IOLoop::expect(Pending& pending) {
    return impl_->expect(pending);
}

TimePoint IOLoop::time() const noexcept {
    return impl_->now();
}

void IOLoop::set_exception_handler(util::UniqueFunction<void(std::exception_ptr)> handler) {
    impl_->set_exception_handler(std::move(handler));
}

void IOLoop::handle_callback_exception(std::exception_ptr error) noexcept {
    impl_->handle_exception(std::move(error));
}

DeadlineWheel& IOLoop::deadlines() noexcept {
    return impl_->deadlines();
}

Poller& IOLoop::poller() noexcept {
    return impl_->poller();
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
