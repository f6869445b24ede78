#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/pending.hpp"

namespace tornado::ioloop {

/// One call on another thread: function, arguments and room for the result, and nothing that
/// belongs to the loop.
class Job : public Parcel {
public:
    /// On the pool's thread. Never throws: the error is kept.
    virtual void run() noexcept = 0;

    /// Set by the loop when nobody wants the result any more: a call that has not begun is skipped.
    std::atomic<bool> unwanted = false;
};

/// What a call left behind.
template <typename R>
class JobResult : public Job {
public:
    using Value = std::conditional_t<std::is_void_v<R>, concurrent::Void, std::decay_t<R>>;

    void deliver(Promise<std::decay_t<R>>& promise) noexcept {
        try {
            if (error_) {
                promise.set_exception(std::move(error_));
            } else if (!value_) {
                promise.set_cancelled();  // skipped, or dropped by the executor
            } else if constexpr (std::is_void_v<R>) {
                promise.set_result();
            } else {
                promise.set_result(std::move(*value_));
            }
        } catch (...) {  // the value's move
            promise.set_exception(std::current_exception());
        }
    }

protected:
    std::optional<Value> value_;
    std::exception_ptr error_;
};

template <typename R, typename F, typename... Args>
class CallJob final : public JobResult<R> {
public:
    explicit CallJob(F function, Args... args)
        : function_{std::move(function)},
          args_{std::move(args)...} {}

    void run() noexcept override {
        if (this->unwanted) {
            return;
        }
        try {
            if constexpr (std::is_void_v<R>) {
                std::apply(std::move(function_), std::move(args_));
                this->value_.emplace();
            } else {
                this->value_.emplace(std::apply(std::move(function_), std::move(args_)));
            }
        } catch (...) {
            this->error_ = std::current_exception();
        }
    }

private:
    F function_;
    std::tuple<Args...> args_;
};

/// The loop's side of a job: the promise, which never leaves the loop's thread. Nobody wants the
/// job any more when this goes.
template <typename R>
class CallOutcome final : public Pending {
public:
    explicit CallOutcome(std::shared_ptr<JobResult<R>> job) : job_{std::move(job)} {
        promise_.on_cancel([job = job_] { job->unwanted = true; });
    }
    ~CallOutcome() { job_->unwanted = true; }

    [[nodiscard]] Future<std::decay_t<R>> future() const { return promise_.future(); }
    void arrive(Parcel* job) noexcept override {
        const std::unique_ptr<CallOutcome> self{this};
        if (job != nullptr) {
            static_cast<JobResult<R>*>(job)->deliver(promise_);
        } else {
            promise_.future().ignore();  // of a loop that closes nobody expects an outcome
        }
    }

private:
    std::shared_ptr<JobResult<R>> job_;
    Promise<std::decay_t<R>> promise_;
};

}  // namespace tornado::ioloop
