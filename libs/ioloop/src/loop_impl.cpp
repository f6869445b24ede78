#include "loop_impl.hpp"

#include <boost/asio/post.hpp>

#include "loop_watch.hpp"
#include "tornado/concurrent/coroutine.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

namespace asio = boost::asio;

IOLoop::Impl::Impl() : Impl{std::make_unique<asio::io_context>(1)} {}

IOLoop::Impl::Impl(std::unique_ptr<asio::io_context> owned) : Impl{*owned, std::move(owned)} {
    thread_ = nullptr;
    inbox_->idle_thread = this_thread();
}

IOLoop::Impl::Impl(asio::io_context& context, std::unique_ptr<asio::io_context> owned)
    : owned_{std::move(owned)},
      context_{context},
      thread_{this_thread()},
      timer_{context_},
      deadlines_{
          [](void* self) { static_cast<Impl*>(self)->start_deadlines(); },
          this,
          [](void* self) { return static_cast<Impl*>(self)->present_tick(); }},
      epoch_{Clock::now()},
      poller_{
          [](void* self, int fd) { static_cast<Impl*>(self)->start_polling(fd); },
          [](void* self, bool is_busy) {
              static_cast<Impl*>(self)->descriptors_are_watched(is_busy);
          },
          this},
      poll_wait_{context_} {
    inbox_->loop = this;
}

IOLoop::Impl::~Impl() {
    close();
}

void IOLoop::Impl::start() {
    if (running_ || foreign_turns_ != 0) {
        throw std::logic_error{
            "the IOLoop is running already: use co_await inside it, or run_sync() before start()"};
    }
    if (closed()) {
        throw std::logic_error{"the IOLoop is closed: make another one to start()"};
    }
    as_running([this] {
        context_.restart();
        if (!stop_requested_) {
            const auto work = asio::make_work_guard(context_);
            static_cast<void>(Turn{*this});  // guests look before the loop waits for the first time
            if (clock_ != nullptr) {
                run_under_clock();  // until it is stopped, or has its own clock again
            }
            context_.run();
        }
    });
}

template <typename F>
void IOLoop::Impl::as_running(F function) {
    if (watchdog_ != nullptr) {
        watchdog_->watch_this_thread();
    }
    // From here on the loop is this thread's; afterwards again whose it was.
    const auto exchange_threads = [this](const void* running, const void* idle) {
        const std::lock_guard lock{inbox_->mutex};
        return std::pair{thread_.exchange(running), std::exchange(inbox_->idle_thread, idle)};
    };
    const auto former = exchange_threads(this_thread(), nullptr);
    running_ = true;
    // A handler that the program itself gave to Asio may throw out of here.
    const util::ScopeExit end{[&] {
        running_ = false;
        stop_requested_ = false;
        exchange_threads(former.first, former.second);
    }};
    function();
}

void IOLoop::Impl::stop() {
    if (!on_loop_thread() || foreign_turns_ == 0) {  // else it is meant for the program's own run()
        stop_requested_ = true;
    }
    context_.stop();
}

void IOLoop::Impl::close() {
    if (closing_) {
        return;  // by what unwinds, or is dropped
    }
    if (running_ || foreign_turns_ != 0) {
        throw std::logic_error{"the IOLoop is running: stop() it before close()"};
    }
    closing_ = true;
    const util::ScopeExit end{[this] { closing_ = false; }};
    // What unwinds runs as if the loop ran.
    as_running([this] {
        if (!closed()) {
            unwind_coroutines();
            shut();
        }
        drop_pending();
    });
}

void IOLoop::Impl::shut() noexcept {
    mark_closed();
    *handle_ = nullptr;
    // Destroyed outside of the lock: their destructors may call the loop.
    Inbox::Contents last;
    {
        const std::lock_guard lock{inbox_->mutex};
        inbox_->loop = nullptr;
        last = inbox_->take();
    }
    settle_arrived(last);
    watchdog_.reset();
}

void IOLoop::Impl::drop_pending() noexcept {
    dismiss_guests();
    while (auto* pending = pending_.first()) {
        arrived(*pending, nullptr);
    }
    executor_.reset();
    while (!watches_.empty()) {
        remove_handler(watches_.begin()->first);
    }
    poller_.close();
    if (poll_wait_.is_open()) {
        poll_wait_.release();  // the epoll is the poller's
    }
    timers_.clear();
    timer_.cancel();
    discard_tasks();
    while (auto* coroutine = suspended_coroutines()) {
        coroutine->abandon();
        discard_tasks();  // at once: what it has woken may be the next to be destroyed
    }
}

void IOLoop::Impl::discard_tasks() noexcept {
    while (has_tasks()) {
        ready_.discard_all();
        last_.discard_all();
    }
}

void IOLoop::Impl::unwind_coroutines() {
    cancel_suspended_coroutines();
    // Clean-up that needs no waiting gets its chance; what waits again after being cancelled is
    // dropped. One handler at a time, because one that posts the next for ever would keep poll().
    constexpr int most_handlers = 100'000;
    const util::ScopeExit end{[this, was_stopped = context_.stopped()] {
        if (was_stopped) {
            context_.stop();
        }
    }};
    for (int count = 0; count < most_handlers && suspended_coroutines() != nullptr; ++count) {
        context_.restart();  // what has run may have called stop()
        try {
            if (context_.poll_one() == 0) {
                break;
            }
        } catch (...) {  // out of a handler that the program itself gave to Asio
            handle_exception(std::current_exception());
        }
    }
}

void IOLoop::Impl::schedule(concurrent::Task& task) noexcept {
    ready_.push(task);
    wake();
}

void IOLoop::Impl::schedule_last(concurrent::Task& task) noexcept {
    last_.push(task);
    wake();
}

void IOLoop::Impl::wake() {
    if (woken_ || closed()) {
        return;
    }
    woken_ = true;
    if (owned_ != nullptr) {
        asio::post(context_, [this] { run_ready(); });  // which does not outlive us
        return;
    }
    asio::post(context_, [inbox = inbox_] {
        if (auto* impl = inbox->loop) {
            impl->run_ready();
        }
    });
}

void IOLoop::Impl::run_ready() {
    const Turn turn{*this};
    const bool is_exact =
        owned_ == nullptr || clock_ != nullptr || order_ != nullptr || !guests_.empty();
    if (is_exact || !running_ || closing_) {
        woken_ = false;
        run_batch(ready_);
        run_batch(last_);
    } else if (has_tasks()) {
        woken_ = true;
        run_short_turns();
        run_batch(last_);
        woken_ = false;
        if (has_tasks()) {
            wake();
        }
    } else {
        woken_ = false;
    }
    rest();
}

/// To ask the kernel for events costs more than a few callbacks. Where no more are ready, the next
/// turn follows at once, but not for long.
void IOLoop::Impl::run_short_turns() {
    constexpr int most_callbacks = 4;
    constexpr auto longest = std::chrono::microseconds{10};
    const auto end = Clock::now() + longest;
    int count = 0;
    do {
        count += run_batch(ready_);
    } while (count < most_callbacks && !ready_.empty() && !stop_requested_ && Clock::now() < end);
}

/// How many there were. What they add waits for the next turn, so that descriptors and timers get
/// theirs.
int IOLoop::Impl::run_batch(concurrent::TaskQueue& queue) {
    concurrent::TaskQueue batch;
    batch.splice(queue);
    if (order_ != nullptr) {
        order_->arrange(batch);
    }
    int count = 0;
    while (auto* task = batch.pop()) {
        guard(std::move(task->context), [task] { task->run(*task); });
        ++count;
    }
    return count;
}

void IOLoop::Impl::handle_exception(std::exception_ptr error) noexcept {
    error = stack_context::handle_exception(std::move(error));
    if (error == nullptr || concurrent::is_cancellation(error)) {
        return;  // a cancelled callback has nothing to report
    }
    try {
        if (const auto handler = exception_handler_) {  // kept: it may replace itself
            (*handler)(std::move(error));
            return;
        }
        std::rethrow_exception(std::move(error));
    } catch (...) {
        const auto* label = concurrent::Context::current_label();
        log::app_log().error(
            "Exception in callback",
            label != nullptr ? " of " : "",
            label != nullptr ? *label : std::string{},
            ": ",
            log::format_exception(std::current_exception())
        );
    }
}

}  // namespace tornado::ioloop
