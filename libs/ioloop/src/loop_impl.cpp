#include "loop_impl.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "tornado/concurrent/coroutine.hpp"
#include "tornado/log.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

namespace asio = boost::asio;

namespace {

TimePoint present() noexcept {
    return Clock::now();
}

constexpr auto tick_length = std::chrono::milliseconds{DeadlineWheel::tick_length};

}  // namespace

const void* this_thread() noexcept {
    static constinit thread_local char here = 0;
    return &here;
}

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
      epoch_{present()} {
    inbox_->loop = this;
}

IOLoop::Impl::~Impl() {
    close();
}

bool IOLoop::Impl::on_loop_thread() const noexcept {
    return thread_.load(std::memory_order_relaxed) == this_thread();
}

void IOLoop::Impl::start() {
    if (running_) {
        throw std::logic_error{
            "the IOLoop is running already: use co_await inside it, or run_sync() before start()"};
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
    }
    drop_pending();
}

void IOLoop::Impl::drop_pending() noexcept {
    while (auto* pending = pending_.first()) {
        arrived(*pending, nullptr);
    }
    pool_.reset();
    while (!watches_.empty()) {
        remove_handler(watches_.begin()->first);
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
    while (auto* task = batch.pop()) {
        guard(std::move(task->context), [task] { task->run(*task); });
    }
    concurrent::Context::enter({});
}

namespace {

/// A callback in the ready queue.
struct CallbackTask final : concurrent::Task, concurrent::Pooled {
    explicit CallbackTask(Callback function) : callback{std::move(function)} {
        context = concurrent::Context::capture();
        run = [](Task& task) {
            auto function_to_run = std::move(static_cast<CallbackTask&>(task).callback);
            delete static_cast<CallbackTask*>(&task);
            function_to_run();
        };
        discard = [](Task& task) noexcept { delete static_cast<CallbackTask*>(&task); };
    }
    Callback callback;
};

}  // namespace

void IOLoop::Impl::push_callback(Callback callback) {
    if (on_loop_thread()) {
        if (!closed_) {
            schedule(*new CallbackTask{std::move(callback)});
        }
        return;
    }
    // While the loop stands still its thread may still be this one, but another may be starting it.
    const std::lock_guard lock{inbox_->mutex};
    if (inbox_->loop == nullptr) {
        return;
    }
    if (inbox_->idle_thread == this_thread()) {
        schedule(*new CallbackTask{std::move(callback)});
    } else {
        inbox_->add(std::move(callback));
    }
}

void IOLoop::Impl::run_inbox() {
    Inbox::Contents contents;
    {
        const std::lock_guard lock{inbox_->mutex};
        contents = inbox_->take();
    }
    for (auto& callback : contents.callbacks) {
        guard({}, callback);
    }
    settle_arrived(contents);
    concurrent::Context::enter({});
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

void IOLoop::Impl::submit(std::shared_ptr<Job> job, Pending& outcome) {
    if (pool_ == nullptr && !closed_) {
        constexpr std::size_t most_threads = 32;
        pool_ = std::make_unique<ThreadPool>(
            std::min<std::size_t>(most_threads, std::thread::hardware_concurrency() + 4U)
        );
    }
    auto ticket = expect(outcome);
    if (closed_) {
        return;
    }
    pool_->submit([ticket = std::move(ticket), job = std::move(job)]() mutable {
        job->run();
        ticket.deliver(std::move(job));
    });
}

void IOLoop::Impl::handle_exception(std::exception_ptr error) noexcept {
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

void IOLoop::Impl::arm_timer() {
    // One that fires too early costs a turn; moving it for each change would cost a system call
    // each.
    if (timers_.empty() || timers_.first() >= armed_for_ || closed_) {
        return;
    }
    armed_for_ = timers_.first();
    timer_.expires_at(armed_for_);
    timer_.async_wait([inbox = inbox_](const boost::system::error_code& error) {
        auto* impl = inbox->loop;
        if (!error && impl != nullptr) {
            impl->run_timers();
        }
    });
}

void IOLoop::Impl::run_timers() {
    armed_for_ = TimePoint::max();
    const auto now = present();
    earliest_timeout_ = now + Duration{1};
    while (!timers_.empty() && timers_.first() <= now) {
        auto due = timers_.pop();
        guard(std::move(due.context), due.callback);
    }
    earliest_timeout_ = TimePoint::min();
    concurrent::Context::enter({});
    arm_timer();
}

void IOLoop::Impl::start_deadlines() {
    deadlines_.resume(static_cast<DeadlineWheel::Tick>((present() - epoch_) / tick_length));
    turn_deadlines();
}

void IOLoop::Impl::turn_deadlines() {
    const auto next = static_cast<std::int64_t>((present() - epoch_) / tick_length) + 1;
    timers_.add(
        epoch_ + next * tick_length,
        [this, next] {
            bool more = true;  // also after one has thrown
            const util::ScopeExit go_on{[&] {
                if (more) {
                    turn_deadlines();
                }
            }};
            more = deadlines_.advance_to(static_cast<DeadlineWheel::Tick>(next));
        },
        {}
    );
    arm_timer();
}

// Descriptors

struct IOLoop::Impl::Watch {
    explicit Watch(asio::io_context& io) : descriptor{io} {}

    asio::posix::stream_descriptor descriptor;
    FdHandler handler;
    Events wanted = Events::none;
    Events waiting = Events::none;
    concurrent::Context context = concurrent::Context::capture();
    bool flags_kept = false;
    bool in_handler = false;
    bool removed = false;
};

namespace {

/// epoll refuses these, and Asio would call them ready for ever.
void refuse_files(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        throw std::system_error{errno, std::system_category(), "cannot watch the descriptor"};
    }
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
        throw std::system_error{
            EPERM, std::system_category(), "cannot watch a file, which is always ready"};
    }
}

}  // namespace

void IOLoop::Impl::add_handler(int fd, FdHandler handler, Events events) {
    if (watches_.contains(fd)) {
        throw std::invalid_argument{
            "descriptor " + std::to_string(fd) + " is watched already: use update_handler()"};
    }
    refuse_files(fd);
    auto watch = std::make_shared<Watch>(context_);
    watch->descriptor.assign(fd);
    watch->handler = std::move(handler);
    watch->wanted = events;
    watches_.emplace(fd, watch);
    wait_for(watch);
}

void IOLoop::Impl::update_handler(int fd, Events events) {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) {
        throw std::invalid_argument{
            "descriptor " + std::to_string(fd) + " is not watched: use add_handler()"};
    }
    found->second->wanted = events;
    wait_for(found->second);
}

void IOLoop::Impl::remove_handler(int fd) noexcept {
    if (auto node = watches_.extract(fd)) {
        auto& watch = *node.mapped();
        watch.removed = true;
        watch.descriptor.release();
        if (!watch.in_handler) {
            watch.handler.reset();  // what waits for the descriptor keeps the watch a little longer
        }
    }
}

void IOLoop::Impl::wait_for(const std::shared_ptr<Watch>& watch) {
    for (const auto event : {Events::read, Events::write, Events::error}) {
        if ((watch->wanted & event) == event && (watch->waiting & event) == Events::none) {
            wait_for(watch, event);
        }
    }
}

void IOLoop::Impl::wait_for(const std::shared_ptr<Watch>& watch, Events event) {
    using Descriptor = asio::posix::stream_descriptor;
    const auto kind = event == Events::read    ? Descriptor::wait_read
                      : event == Events::write ? Descriptor::wait_write
                                               : Descriptor::wait_error;
    watch->waiting = watch->waiting | event;
    // Asio makes what it waits for non-blocking at the first wait; the descriptor is the caller's.
    const int fd = watch->descriptor.native_handle();
    const int flags = watch->flags_kept ? O_NONBLOCK : ::fcntl(fd, F_GETFL);
    const util::ScopeExit keep_flags{[&] {
        watch->flags_kept = true;
        if ((flags & O_NONBLOCK) == 0) {
            ::fcntl(fd, F_SETFL, flags);
        }
    }};
    watch->descriptor.async_wait(
        kind,
        [this, watch, event](const boost::system::error_code& error) {
            watch->waiting = static_cast<Events>(
                static_cast<std::uint32_t>(watch->waiting) & ~static_cast<std::uint32_t>(event)
            );
            if (watch->removed || error == asio::error::operation_aborted) {
                return;
            }
            if ((watch->wanted & event) == event) {
                watch->in_handler = true;  // it may remove itself
                guard(watch->context, [&] {
                    watch->handler(watch->descriptor.native_handle(), event);
                });
                watch->in_handler = false;
                concurrent::Context::enter({});
            }
            if (watch->removed) {
                watch->handler.reset();
            } else {
                wait_for(watch);
            }
        }
    );
}

}  // namespace tornado::ioloop
