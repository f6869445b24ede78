#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "inbox.hpp"
#include "pulse.hpp"
#include "timer_heap.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/loop_control.hpp"
#include "tornado/ioloop/loop_guest.hpp"
#include "tornado/ioloop/poller.hpp"
#include "watchdog.hpp"

namespace tornado::ioloop {

/// An address that is this thread's own: cheaper to compare than thread ids.
[[nodiscard]] inline const void* this_thread() noexcept {
    static constinit thread_local char here = 0;
    return &here;
}

constexpr auto tick_length = std::chrono::milliseconds{DeadlineWheel::tick_length};

/// The loop over one io_context, its own or a borrowed one.
class IOLoop::Impl final : public concurrent::Scheduler {
public:
    using ExceptionHandler = util::UniqueFunction<void(std::exception_ptr)>;

    Impl();
    /// Without `owned` it borrows the context.
    explicit Impl(
        boost::asio::io_context& context,
        std::unique_ptr<boost::asio::io_context> owned = nullptr
    );
    ~Impl();

    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] bool on_loop_thread() const noexcept {
        return thread_.load(std::memory_order_relaxed) == this_thread();
    }
    [[nodiscard]] bool running() const noexcept { return running_; }
    [[nodiscard]] DeadlineWheel& deadlines() noexcept { return deadlines_; }
    [[nodiscard]] Poller& poller() noexcept { return poller_; }
    [[nodiscard]] TimePoint now() const noexcept {
        return clock_ == nullptr ? Clock::now() + clock_ahead_ : clock_->now();
    }

    /// Whose this is.
    void set_loop(IOLoop& loop) noexcept { loop_ = &loop; }

    void start();
    void stop();
    void close();

    void schedule(concurrent::Task& task) noexcept override;
    void schedule_last(concurrent::Task& task) noexcept override;
    [[nodiscard]] const LoopHandle& handle() const noexcept { return handle_; }
    void push_callback(Callback callback);
    Timeout push_timeout(TimePoint when, Callback callback);
    void remove_timeout(Timeout timeout) noexcept;

    void add_handler(int fd, FdHandler handler, Events events);
    void update_handler(int fd, Events events);
    void remove_handler(int fd) noexcept;

    void add_guest(LoopGuest& guest);
    void remove_guest(LoopGuest& guest) noexcept;

    /// On the default executor when there is no other.
    void submit(Executor* executor, std::shared_ptr<Job> job, Pending& outcome);
    void set_default_executor(std::shared_ptr<Executor> executor) {
        executor_ = std::move(executor);
    }

    [[nodiscard]] Ticket expect(Pending& pending);
    /// It is waited for no longer.
    void arrived(Pending& pending, Parcel* parcel) noexcept;
    void run_inbox();

    TimePoint set_clock(LoopClock* clock);
    LoopOrder* set_order(LoopOrder* order) noexcept { return std::exchange(order_, order); }

    void set_exception_handler(ExceptionHandler handler) {
        exception_handler_ =
            handler ? std::make_shared<ExceptionHandler>(std::move(handler)) : nullptr;
    }
    void handle_exception(std::exception_ptr error) noexcept;

    /// Nullopt or no time at all: tells of nothing any more.
    void set_blocking_threshold(std::optional<Duration> threshold, Watchdog::Action action);

    /// Runs user code under a context; what it throws is handled here.
    template <typename F>
    void guard(concurrent::Context context, F&& function) noexcept {
        pulse_.beat();
        concurrent::Context::enter(std::move(context));
        try {
            function();
        } catch (...) {
            handle_exception(std::current_exception());
        }
    }

private:
    struct Watch;
    class Turn;

    explicit Impl(std::unique_ptr<boost::asio::io_context> owned);
    template <typename F>
    void as_running(F function);
    void shut() noexcept;
    void wake();
    void run_ready();
    void run_short_turns();
    int run_batch(concurrent::TaskQueue& queue);
    void settle_arrived(Inbox::Contents& contents) noexcept;
    void run_timers();
    void run_under_clock();
    void wait_under_clock();
    void arm_timer();
    void start_deadlines();
    void turn_deadlines();
    [[nodiscard]] DeadlineWheel::Tick present_tick() const noexcept;
    /// After a batch of callbacks.
    void rest() noexcept {
        concurrent::Context::enter({});
        pulse_.rest();
    }
    void begin_turn() noexcept;
    void end_turn() noexcept;
    void dismiss_guests() noexcept;
    void unwind_coroutines();
    void drop_pending() noexcept;
    void discard_tasks() noexcept;
    [[nodiscard]] bool has_tasks() const noexcept { return !ready_.empty() || !last_.empty(); }
    void start_polling(int fd);
    void descriptors_are_watched(bool any);
    void wait_for_descriptors();
    void poll_descriptors();

    IOLoop* loop_ = nullptr;
    std::unique_ptr<boost::asio::io_context> owned_;
    boost::asio::io_context& context_;
    std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
    LoopHandle handle_ = std::make_shared<concurrent::Scheduler*>(this);
    concurrent::TaskQueue ready_;
    concurrent::TaskQueue last_;  // at the end of the turn
    Pulse pulse_;
    bool woken_ = false;
    bool polls_ = false;  // descriptors are waited for, or looked at
    bool running_ = false;
    bool closing_ = false;
    int turns_ = 0;          // within each other
    int foreign_turns_ = 0;  // that the program runs, rather than start()
    std::atomic<bool> stop_requested_ = false;
    std::atomic<const void*> thread_;  // that runs it; of a borrowed context also while idle

    LoopClock* clock_ = nullptr;  // null: the system's
    LoopOrder* order_ = nullptr;  // null: as it comes
    Duration clock_ahead_{0};     // of the system's, once another has moved it

    TimerHeap timers_;
    boost::asio::steady_timer timer_;
    TimePoint armed_for_ = TimePoint::max();
    TimePoint earliest_timeout_ = TimePoint::min();

    DeadlineWheel deadlines_;
    TimePoint epoch_;

    Poller poller_;
    boost::asio::posix::stream_descriptor poll_wait_;
    std::unordered_map<int, std::unique_ptr<Watch>> watches_;
    std::vector<LoopGuest*> guests_;          // null: it has left in this turn
    std::vector<Inbox::Arrival> inbox_room_;  // empty; what it has allocated is used again
    PendingList pending_;
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>>
        pending_work_;
    std::shared_ptr<Executor> executor_;  // the default one, when it was needed
    std::shared_ptr<ExceptionHandler> exception_handler_;
    std::unique_ptr<Watchdog> watchdog_;  // last: it reads the pulse
};

/// While the loop runs what its context has for it. Where the program runs the context itself, the
/// loop is the current one meanwhile, and cannot be started or closed.
class IOLoop::Impl::Turn {
public:
    explicit Turn(Impl& impl) : impl_{impl}, is_foreign_{!impl.running_} {
        if (is_foreign_) {
            ++impl_.foreign_turns_;
            before_ = IOLoop::current_or_null();
            IOLoop::set_current(impl_.loop_);
        }
        if (impl_.turns_++ == 0 && !impl_.guests_.empty()) {
            impl_.begin_turn();
        }
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (impl_.turns_ == 1 && !impl_.guests_.empty()) {
            impl_.end_turn();
        }
        --impl_.turns_;
        if (is_foreign_) {
            --impl_.foreign_turns_;
            IOLoop::set_current(before_);
        }
    }

private:
    Impl& impl_;
    bool is_foreign_;
    IOLoop* before_ = nullptr;
};

}  // namespace tornado::ioloop
