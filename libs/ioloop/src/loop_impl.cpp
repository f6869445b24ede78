#include "loop_impl.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

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
    as_running([this] {
        context_.restart();
        if (!stop_requested_) {
            const auto work = asio::make_work_guard(context_);
            if (clock_ != nullptr) {
                run_under_clock();  // until it is stopped, or has its own clock again
            }
            context_.run();
        }
    });
}

template <typename F>
void IOLoop::Impl::as_running(F function) {
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
    stop_requested_ = true;
    context_.stop();
}

void IOLoop::Impl::close() {
    if (closing_) {
        return;  // by what unwinds, or is dropped
    }
    if (running_) {
        throw std::logic_error{"the IOLoop is running: stop() it before close()"};
    }
    closing_ = true;
    const util::ScopeExit end{[this] { closing_ = false; }};
    // What unwinds runs as if the loop ran.
    as_running([this] {
        if (!closed_) {
            unwind_coroutines();
            shut();
        }
        drop_pending();
    });
}

void IOLoop::Impl::shut() noexcept {
    closed_ = true;
    // Destroyed outside of the lock: their destructors may call the loop.
    Inbox::Contents last;
    {
        const std::lock_guard lock{inbox_->mutex};
        inbox_->loop = nullptr;
        last = inbox_->take();
    }
    settle_arrived(last);
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

// Callbacks

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
    concurrent::Context::enter({});
}

void IOLoop::Impl::push_callback(Callback callback) {
    if (on_loop_thread()) {
        return;  // it is closed
    }
    auto context = stack_context::copy_for_another_thread();
    // While the loop stands still its thread may still be this one, but another may be starting it.
    const std::lock_guard lock{inbox_->mutex};
    if (inbox_->loop == nullptr) {
        return;
    }
    if (inbox_->idle_thread == this_thread()) {
        schedule(*new CallbackTask<Callback>{std::move(callback)});
    } else {
        inbox_->add({std::move(callback), std::move(context)});
    }
}

void IOLoop::Impl::run_inbox() {
    Inbox::Contents contents;
    {
        const std::lock_guard lock{inbox_->mutex};
        contents = inbox_->take(std::move(inbox_room_));
    }
    for (auto& arrival : contents.callbacks) {
        guard(std::move(arrival.context), [&arrival] {
            auto callback = std::move(arrival.callback);  // which goes with its own call
            callback();
        });
    }
    settle_arrived(contents);
    concurrent::Context::enter({});
    constexpr std::size_t most_kept = 4'096;
    if (contents.callbacks.capacity() <= most_kept) {
        contents.callbacks.clear();
        inbox_room_ = std::move(contents.callbacks);
    }
}

void IOLoop::Impl::settle_arrived(Inbox::Contents& contents) noexcept {
    auto [pending, parcel] = contents.next_arrived();
    while (pending != nullptr) {
        arrived(*pending, parcel.get());
        std::tie(pending, parcel) = contents.next_arrived();
    }
}

Ticket IOLoop::Impl::expect(Pending& pending) {
    if (closed_) {
        pending.arrive(nullptr);
    } else {
        if (pending_.empty()) {
            pending_work_.emplace(context_.get_executor());
        }
        pending_.add(pending);
    }
    return Ticket{inbox_, pending};
}

void IOLoop::Impl::arrived(Pending& pending, Parcel* parcel) noexcept {
    pending_.remove(pending);
    if (pending_.empty()) {
        pending_work_.reset();
    }
    pending.arrive(parcel);
}

// Executors

namespace {

/// A job on its way through an executor. The loop gets it back, however that ends.
class Errand {
public:
    Errand(Ticket ticket, std::shared_ptr<Job> job, concurrent::Context context) noexcept
        : ticket_{std::move(ticket)},
          job_{std::move(job)},
          context_{std::move(context)} {}
    Errand(Errand&&) noexcept = default;
    Errand& operator=(Errand&&) = delete;
    ~Errand() { give_back(); }

    void operator()() {
        const auto former = concurrent::Context::capture();  // not empty on the loop's own thread
        concurrent::Context::enter(std::move(context_));
        job_->run();
        concurrent::Context::enter(former);
        give_back();
    }

private:
    void give_back() {
        if (job_ != nullptr) {
            ticket_.deliver(std::move(job_));
        }
    }

    Ticket ticket_;
    std::shared_ptr<Job> job_;
    concurrent::Context context_;
};

}  // namespace

void IOLoop::Impl::submit(Executor* executor, std::shared_ptr<Job> job, Pending& outcome) {
    if (executor == nullptr) {
        if (executor_ == nullptr && !closed_) {
            executor_ = std::make_shared<ThreadPoolExecutor>();
        }
        executor = executor_.get();
    }
    concurrent::Context context;
    try {
        context = stack_context::copy_for_another_thread();
    } catch (...) {  // what a value's copy throws
        outcome.arrive(nullptr);
        throw;
    }
    auto ticket = expect(outcome);
    if (closed_) {
        throw std::logic_error{
            "the IOLoop is closed and brings no result back: call run_in_executor() before "
            "close()"};
    }
    executor->submit(Errand{std::move(ticket), std::move(job), std::move(context)});
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

// Timers

Timeout IOLoop::Impl::push_timeout(TimePoint when, Callback callback) {
    if (closed_) {
        return {};
    }
    // One that is due already when a timeout adds it waits for the next turn.
    when = std::max(when, earliest_timeout_);
    const auto timeout = timers_.add(when, std::move(callback), concurrent::Context::capture());
    arm_timer();
    return timeout;
}

void IOLoop::Impl::remove_timeout(Timeout timeout) noexcept {
    timers_.remove(timeout);
    if (owned_ == nullptr && timers_.empty() && armed_for_ != TimePoint::max()) {
        timer_.cancel();  // or the program's own run() would wait for it
        armed_for_ = TimePoint::max();
    }
}

void IOLoop::Impl::arm_timer() {
    // One that fires too early costs a turn; moving it for each change would cost a system call
    // each.
    if (timers_.empty() || timers_.first() >= armed_for_ || closed_) {
        return;
    }
    if (clock_ != nullptr) {
        return;  // run_under_clock() looks after them
    }
    armed_for_ = timers_.first();
    timer_.expires_at(armed_for_ - clock_ahead_);
    timer_.async_wait([inbox = inbox_](const boost::system::error_code& error) {
        auto* impl = inbox->loop;
        if (!error && impl != nullptr) {
            impl->run_timers();
        }
    });
}

void IOLoop::Impl::run_timers() {
    armed_for_ = TimePoint::max();
    const auto present = now();
    earliest_timeout_ = present + Duration{1};
    while (!timers_.empty() && timers_.first() <= present) {
        auto due = timers_.pop();
        guard(std::move(due.context), due.callback);
    }
    earliest_timeout_ = TimePoint::min();
    concurrent::Context::enter({});
    arm_timer();
}

void IOLoop::Impl::start_deadlines() {
    deadlines_.resume(present_tick());
    turn_deadlines();
}

DeadlineWheel::Tick IOLoop::Impl::present_tick() const noexcept {
    return static_cast<DeadlineWheel::Tick>((now() - epoch_) / tick_length);
}

void IOLoop::Impl::turn_deadlines() {
    const auto next = static_cast<std::int64_t>((now() - epoch_) / tick_length) + 1;
    timers_.add(
        epoch_ + next * tick_length,
        [this] {
            bool more = true;  // also after one has thrown
            const util::ScopeExit go_on{[&] {
                if (more) {
                    turn_deadlines();
                }
            }};
            more = deadlines_.advance_to(present_tick());
        },
        {}
    );
    arm_timer();
}

// Descriptors

/// A descriptor and the handler that the program gave for it.
struct IOLoop::Impl::Watch final : Watcher {
    explicit Watch(FdHandler function)
        : Watcher{[](Watcher& self, Events ready) { static_cast<Watch&>(self).tell(ready); }},
          handler{std::move(function)} {}

    void tell(Events ready) {
        if (ready == Events::none) {
            return;
        }
        concurrent::Context::enter(context);
        bool gone = false;
        removed = &gone;  // it may remove itself
        const util::ScopeExit done{[&] {
            if (gone) {
                delete this;
            } else {
                removed = nullptr;
            }
        }};
        handler(watched_fd(), ready);
    }

    FdHandler handler;
    concurrent::Context context = concurrent::Context::capture();
    bool* removed = nullptr;  ///< while the handler runs
};

void IOLoop::Impl::add_handler(int fd, FdHandler handler, Events events) {
    if (watches_.contains(fd)) {
        throw std::invalid_argument{
            "descriptor " + std::to_string(fd) + " is watched already: use update_handler()"};
    }
    auto watch = std::make_unique<Watch>(std::move(handler));
    poller_.add(*watch, fd, events);
    watches_.emplace(fd, std::move(watch));
}

void IOLoop::Impl::update_handler(int fd, Events events) {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) {
        throw std::invalid_argument{
            "descriptor " + std::to_string(fd) + " is not watched: use add_handler()"};
    }
    poller_.change(*found->second, events);
}

void IOLoop::Impl::remove_handler(int fd) noexcept {
    if (auto node = watches_.extract(fd)) {
        auto& watch = *node.mapped();
        poller_.remove(watch);
        if (watch.removed != nullptr) {
            *watch.removed = true;
            static_cast<void>(node.mapped().release());  // it ends with its handler
        }
    }
}

void IOLoop::Impl::start_polling(int fd) {
    poll_wait_.assign(fd);
    wait_for_descriptors();
}

void IOLoop::Impl::wait_for_descriptors() {
    poll_wait_.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [inbox = inbox_](const boost::system::error_code& error) {
            auto* impl = inbox->loop;
            if (!error && impl != nullptr) {
                impl->poll_descriptors();
            }
        }
    );
}

void IOLoop::Impl::poll_descriptors() {
    const auto count = poller_.fetch();
    if (order_ != nullptr) {
        order_->arrange(poller_, count);
    }
    const bool woken = std::exchange(woken_, true);
    for (std::size_t i = 0; i < count; ++i) {
        guard({}, [&] { poller_.tell(i); });
    }
    concurrent::Context::enter({});
    if (!woken) {
        run_ready();
    }
    // Arming Asio's reactor anew takes a system call. Where much goes on it is cheaper to look
    // again after one turn.
    constexpr std::size_t busy = 4;
    if (count < busy) {
        wait_for_descriptors();
        return;
    }
    asio::post(context_, [inbox = inbox_] {
        if (auto* impl = inbox->loop) {
            impl->poll_descriptors();
        }
    });
}

}  // namespace tornado::ioloop
