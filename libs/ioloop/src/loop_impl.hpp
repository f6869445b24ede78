#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "timer_heap.hpp"
#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/poller.hpp"

namespace tornado::ioloop {

/// The loop over one io_context, its own or a borrowed one.
class IOLoop::Impl final : public concurrent::Scheduler {
public:
    Impl();
    explicit Impl(boost::asio::io_context& borrowed);
    ~Impl();

    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] bool on_loop_thread() const noexcept;
    [[nodiscard]] bool running() const noexcept { return running_; }
    [[nodiscard]] DeadlineWheel& deadlines() noexcept { return deadlines_; }
    [[nodiscard]] Poller& poller() noexcept { return poller_; }

    void start();
    void stop();
    void close();

    void schedule(concurrent::Task& task) noexcept override;
    void push_callback(Callback callback);
    Timeout push_timeout(TimePoint when, Callback callback);
    void remove_timeout(Timeout timeout) noexcept { timers_.remove(timeout); }

    void add_handler(int fd, FdHandler handler, Events events);
    void update_handler(int fd, Events events);
    void remove_handler(int fd) noexcept;

    /// On the default executor when there is no other.
    void submit(Executor* executor, std::shared_ptr<Job> job, std::unique_ptr<JobOutcome> outcome);
    void set_default_executor(std::shared_ptr<Executor> executor) {
        executor_ = std::move(executor);
    }

    void set_exception_handler(util::UniqueFunction<void(std::exception_ptr)> handler) {
        exception_handler_ = std::move(handler);
    }

    /// Runs user code under a context; what it throws is handled here.
    template <typename F>
    void guard(concurrent::Context context, F&& function) noexcept {
        concurrent::Context::enter(std::move(context));
        try {
            function();
        } catch (...) {
            handle_exception(std::current_exception());
        }
    }

private:
    struct Arrival {
        Callback callback;
        concurrent::Context context;
    };
    struct FinishedJob {
        std::uint64_t id;
        std::shared_ptr<Job> job;
    };

    /// What other threads hand over. It outlives the loop, for those who come too late.
    struct Inbox {
        std::mutex mutex;
        std::vector<Arrival> callbacks;
        std::vector<FinishedJob> jobs;
        Impl* loop = nullptr;  ///< null when the loop is closed
        /// Whose the loop is while it stands still; null while it runs.
        const void* idle_thread = nullptr;

        /// Adds by calling `add`, under the lock and with a loop, and wakes the loop.
        template <typename Add>
        void add(Add&& add);
        /// Gives a job back, from any thread.
        void give_back(FinishedJob finished);
    };

    class Errand;
    struct Watch;

    void wake();
    void run_ready();
    void run_inbox();
    void settle_job(const FinishedJob& finished);
    void run_timers();
    void arm_timer();
    void start_deadlines();
    void turn_deadlines();
    void handle_exception(std::exception_ptr error) noexcept;
    void unwind_coroutines();
    void drop_pending() noexcept;
    void start_polling(int fd);
    void wait_for_descriptors();
    void poll_descriptors();

    std::unique_ptr<boost::asio::io_context> owned_;
    boost::asio::io_context& context_;
    std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
    concurrent::TaskQueue ready_;
    bool woken_ = false;
    bool running_ = false;
    bool closed_ = false;
    std::atomic<bool> stop_requested_ = false;
    std::atomic<const void*> thread_;  // that runs it; of a borrowed context also while idle

    TimerHeap timers_;
    boost::asio::steady_timer timer_;
    TimePoint armed_for_ = TimePoint::max();
    TimePoint earliest_timeout_ = TimePoint::min();

    DeadlineWheel deadlines_;
    TimePoint epoch_;

    Poller poller_;
    boost::asio::posix::stream_descriptor poll_wait_;
    std::unordered_map<int, std::unique_ptr<Watch>> watches_;
    std::unordered_map<std::uint64_t, std::unique_ptr<JobOutcome>> jobs_;
    std::uint64_t last_job_ = 0;
    std::shared_ptr<Executor> executor_;  // the default one, when it was needed
    util::UniqueFunction<void(std::exception_ptr)> exception_handler_;
};

}  // namespace tornado::ioloop
