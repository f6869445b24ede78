#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <type_traits>
#include <utility>

#include "tornado/asio/operation.hpp"
#include "tornado/ioloop/asio_context.hpp"
#include "tornado/ioloop/ioloop.hpp"

namespace tornado::asio {

/// A completion token: makes any Asio operation return a Future, of this thread's current loop.
///
/// The operation starts at once. Its result is the future's: nothing, one value, or a tuple of
/// several. An error code in front of them is thrown as boost::system::system_error, an
/// exception_ptr as what it holds. The tokens that wrap others (bind_executor, as_tuple,
/// redirect_error, ...) may wrap this one.
///
/// Thread safety: the operation may complete on any thread; the outcome is brought to the loop's.
/// An executor bound to the token is where the outcome passes, not where the future's waiters run.
/// Cancellation: cancels the operation through its cancellation slot, on its own executor, and
/// takes effect once it has ended: its buffers must live until then. An operation that does not
/// heed its slot, or has succeeded already, ends as if nobody had asked: a coroutine that awaits it
/// gets the result, and CancelledError at its next suspension. One whose initiation names no
/// executor is asked from the loop's thread. The loop's close cancels it too. Errors:
/// concurrent::BrokenPromise when the operation was destroyed unfinished.
///
///     boost::asio::steady_timer timer{tornado::asio::context(IOLoop::current()), 1s};
///     co_await timer.async_wait(tornado::asio::use_future);
struct UseFuture {
    /// An executor of I/O objects whose operations use this token unless told otherwise.
    template <typename InnerExecutor>
    struct executor_with_default : InnerExecutor {
        using default_completion_token_type = UseFuture;

        template <typename Other>
        requires(!std::is_same_v<Other, executor_with_default> && std::is_convertible_v<Other, InnerExecutor>)
            executor_with_default(const Other& executor)
        noexcept : InnerExecutor(executor) {}
    };

    /// The type of an I/O object that uses this token unless told otherwise.
    template <typename T>
    using as_default_on_t = typename T::template rebind_executor<
        executor_with_default<typename T::executor_type>>::other;

    /// Makes an I/O object use this token unless told otherwise.
    ///
    ///     auto socket = tornado::asio::use_future.as_default_on(tcp::socket{context});
    ///     co_await socket.async_connect(endpoint);
    template <typename T>
    static as_default_on_t<std::decay_t<T>> as_default_on(T&& object) {
        return as_default_on_t<std::decay_t<T>>(std::forward<T>(object));
    }
};

inline constexpr UseFuture use_future{};

namespace detail {

/// Initiates an operation whose completion handler takes `Args`.
template <typename... Args, typename Initiation, typename... InitArgs>
auto start_operation(Initiation&& initiation, InitArgs&&... args) {
    using T = typename ResultOf<std::decay_t<Args>...>::type;
    auto& loop = ioloop::IOLoop::current();
    auto signal = make_signal(initiation, context(loop));
    auto* const operation = new Operation<T>(signal);
    Future<T> future{concurrent::StateRef<concurrent::ValueState<T>>{operation}};
    const auto ticket = loop.expect(*operation);
    if (future.done()) {
        return future;  // the loop is closed
    }
    try {
        std::forward<Initiation>(initiation
        )(FutureHandler<T, Args...>(ticket, std::move(signal)), std::forward<InitArgs>(args)...);
    } catch (...) {
        future.ignore();
        throw;
    }
    return future;
}

}  // namespace detail

}  // namespace tornado::asio

template <typename R, typename... Args>
class boost::asio::async_result<tornado::asio::UseFuture, R(Args...)> {
public:
    using return_type =
        tornado::Future<typename tornado::asio::detail::ResultOf<std::decay_t<Args>...>::type>;

    template <typename Initiation, typename Token, typename... InitArgs>
    static return_type initiate(Initiation&& initiation, Token&&, InitArgs&&... args) {
        return tornado::asio::detail::start_operation<Args...>(
            std::forward<Initiation>(initiation), std::forward<InitArgs>(args)...
        );
    }
};
