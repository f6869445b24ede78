#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <memory>
#include <mutex>
#include <utility>

#include "tornado/util/unique_function.hpp"

namespace tornado::asio::detail {

/// The context that an executor runs things on.
template <typename Executor>
boost::asio::execution_context& context_of(const Executor& executor) {
    if constexpr (boost::asio::can_query_v<const Executor&, boost::asio::execution::context_t>) {
        return boost::asio::query(executor, boost::asio::execution::context);
    } else {
        return executor.context();
    }
}

/// What executor_of() returns for an operation that does not say where it runs.
struct UnknownExecutor {};

/// The executor of an operation, as the function object that initiates it tells.
template <typename Initiation>
auto executor_of(const Initiation& initiation) {
    if constexpr (requires { typename Initiation::executor_type; }) {
        return initiation.get_executor();
    } else if constexpr (requires { initiation.initiation_; }) {
        // Asio 1.81 wraps it like this for bind_executor, as_tuple and the like, and does not pass
        // the executor on.
        return executor_of(initiation.initiation_);
    } else {
        return UnknownExecutor{};
    }
}

/// The way from a future to its operation, which may run on another thread.
///
/// Asio wants a cancellation signal to be emitted where the operation runs, and not when it is
/// over.
///
/// Thread safety: slot() where the operation is initiated, all else anywhere.
class OperationSignal : public std::enable_shared_from_this<OperationSignal> {
public:
    using Function = util::UniqueFunction<void()>;
    /// Runs a function where the operation runs.
    using Post = util::UniqueFunction<void(Function)>;

    /// Without `post` the operation runs on this very thread.
    explicit OperationSignal(Post post) : post_{std::move(post)} {}

    [[nodiscard]] boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }

    /// Asks the operation to end early, if it is not over.
    void cancel() {
        // The operation's context is there as long as the operation, which end() waits for.
        const std::lock_guard lock{mutex_};
        if (!ended_ && post_) {
            post_([self = shared_from_this()] { self->emit(); });
        } else {
            emit();
        }
    }

    /// The operation is over: its context, and what its cancellation would touch, may go.
    void end() noexcept {
        const std::lock_guard lock{mutex_};
        ended_ = true;
        post_.reset();
    }

private:
    void emit() {
        const std::lock_guard lock{mutex_};
        if (!ended_) {
            signal_.emit(boost::asio::cancellation_type::all);
        }
    }

    std::recursive_mutex mutex_;  // the operation may end while it is being cancelled
    bool ended_ = false;
    Post post_;
    boost::asio::cancellation_signal signal_;
};

/// The signal for an operation that is about to be initiated on a thread whose loop runs `here`.
template <typename Initiation>
std::shared_ptr<OperationSignal>
make_signal(const Initiation& initiation, const boost::asio::execution_context& here) {
    OperationSignal::Post post;
    auto executor = executor_of(initiation);
    if constexpr (!std::is_same_v<decltype(executor), UnknownExecutor>) {
        if (&context_of(executor) != &here) {
            post = [executor = std::move(executor)](OperationSignal::Function function) {
                boost::asio::post(executor, std::move(function));
            };
        }
    }
    return std::make_shared<OperationSignal>(std::move(post));
}

}  // namespace tornado::asio::detail
