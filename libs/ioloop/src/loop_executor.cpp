#include "loop_impl.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::ioloop {

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
        if (executor_ == nullptr && !closed()) {
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
    if (closed()) {
        throw std::logic_error{
            "the IOLoop is closed and brings no result back: call run_in_executor() before "
            "close()"};
    }
    executor->submit(Errand{std::move(ticket), std::move(job), std::move(context)});
}

}  // namespace tornado::ioloop
