#include "loop_impl.hpp"

#include <boost/asio/post.hpp>

#include "loop_watch.hpp"
#include "tornado/concurrent/coroutine.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

namespace asio = boost::asio;

IOLoop::Impl::Impl() : Impl{*new asio::io_context{1}} {
    owned_.reset(&context_);
    thread_ = nullptr;
    inbox_->idle_thread = this_thread();
}

IOLoop::Impl::Impl(asio::io_context& borrowed)
    : context_{borrowed},
      thread_{this_thread()},
      timer_{context_},
      deadlines_{[](void* self) { static_cast<Impl*>(self)->start_deadlines(); }, this},
      epoch_{Clock::now()},
      poller_{[](void* self, int fd) { static_cast<Impl*>(self)->start_polling(fd); }, this},
      poll_wait_{context_} {
    inbox_->loop = this;
}

IOLoop::Impl::~Impl() {
    close();
}

void IOLoop::Impl::start() {
    if (running_) {
        throw std::logic_error{
            "the IOLoop is running already: use co_await inside it, or run_sync() before start()"};
    }
    if (closed_) {
        throw std::logic_error{"the IOLoop is closed: make another one to start()"};
    }
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
    context_.restart();
    if (!stop_requested_) {
        const auto work = asio::make_work_guard(context_);
        if (clock_ != nullptr) {
            run_under_clock();  // until it is stopped, or has its own clock again
        }
        context_.run();
    }
}

void IOLoop::Impl::stop() {
    stop_requested_ = true;
    context_.stop();
}

void IOLoop::Impl::close() {
    if (running_) {
        throw std::logic_error{"the IOLoop is running: stop() it before close()"};
    }
    if (!closed_) {
        if (watchdog_ != nullptr) {
            watchdog_->watch_this_thread();
        }
        unwind_coroutines();
        closed_ = true;
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
    drop_pending();
}

void IOLoop::Impl::drop_pending() noexcept {
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
    ready_.discard_all();
    while (auto* coroutine = suspended_coroutines()) {
        coroutine->abandon();
        ready_.discard_all();  // at once: what it has woken may be the next to be destroyed
    }
}

void IOLoop::Impl::unwind_coroutines() {
    cancel_suspended_coroutines();
    // Clean-up that needs no waiting gets its chance; what waits again after being cancelled is
    // dropped. One handler at a time, because one that posts the next for ever would keep poll().
    constexpr int most_handlers = 100'000;
    context_.restart();
    for (int count = 0; count < most_handlers && suspended_coroutines() != nullptr; ++count) {
        if (context_.poll_one() == 0) {
            break;
        }
    }
}

void IOLoop::Impl::schedule(concurrent::Task& task) noexcept {
    ready_.push(task);
    wake();
}

void IOLoop::Impl::wake() {
    if (woken_ || closed_) {
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
    woken_ = false;
    // What these add waits for the next turn, so that descriptors and timers get theirs.
    concurrent::TaskQueue batch;
    batch.splice(ready_);
    if (order_ != nullptr) {
        order_->arrange(batch);
    }
    while (auto* task = batch.pop()) {
        guard(std::move(task->context), [task] { task->run(*task); });
    }
    rest();
}

void IOLoop::Impl::handle_exception(std::exception_ptr error) noexcept {
    error = stack_context::handle_exception(std::move(error));
    if (error == nullptr) {
        return;
    }
    try {
        if (exception_handler_) {
            exception_handler_(std::move(error));
            return;
        }
        std::rethrow_exception(std::move(error));
    } catch (const CancelledError&) {
        // A cancelled callback has nothing to report.
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
