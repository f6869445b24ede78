#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tornado/asio/use_future.hpp"

namespace tornado::asio {

namespace detail {

/// The present loop, if that is where the executor runs things.
template <typename Executor>
ioloop::IOLoop& loop_under(const Executor& executor) {
    auto* const loop = ioloop::IOLoop::current_or_null();
    if (loop == nullptr || &context(*loop) != &context_of(executor)) {
        throw std::logic_error{
            "to_awaitable() is for coroutines on the io_context of the thread's current loop, "
            "which "
            "futures never leave: spawn the coroutine by to_future() or on "
            "tornado::asio::context()"};
    }
    return *loop;
}

/// An Asio operation that waits for a future.
template <typename T, typename Handler>
class FutureWait final : public concurrent::Waiter, public ioloop::Pending {
public:
    using State = concurrent::StateRef<concurrent::ValueState<T>>;

    FutureWait(Handler handler, State state)
        : handler_{std::move(handler)},
          slot_{boost::asio::get_associated_cancellation_slot(handler_)},
          state_{std::move(state)} {
        kind = Kind::direct;
        run = [](Task& task) { static_cast<FutureWait&>(task).settled(); };
        discard = [](Task& task) noexcept { static_cast<FutureWait&>(task).settled(); };
    }

    void start(ioloop::IOLoop& loop) {
        ticket_.emplace(loop.expect(*this));
        if (ended_) {
            return;  // the loop is closed
        }
        if (slot_.is_connected()) {
            slot_.assign([this](boost::asio::cancellation_type) { cancel(); });
        }
        state_->attach(*this);
    }

    // The future is done, the waiting was withdrawn, or the loop closes.
    void arrive(ioloop::Parcel*) noexcept override {
        expected_ = false;
        if (place == Place::attached) {
            state_->detach(*this);
        }
        if (place == Place::nowhere) {  // otherwise settled() comes
            end();
        }
    }

private:
    void settled() noexcept {
        place = Place::nowhere;
        if (expected_) {
            leave_loop();
        } else {
            end();
        }
    }

    void leave_loop() const noexcept { ticket_->deliver(nullptr); }

    // As for a coroutine of ours: who holds the future alone takes it back, and waits until it has
    // unwound; who does not only leaves.
    void cancel() {
        if (place != Place::attached || state_->settled()) {
            return;  // the outcome is on its way
        }
        cancelled_ = true;
        if (state_->has_one_consumer()) {
            const concurrent::StateRef<concurrent::FutureState> alive{state_.get()};
            alive->cancel();
        } else {
            leave_loop();
        }
    }

    // The coroutine goes on from the context, which what it throws passes through.
    void end() noexcept {
        ended_ = true;
        const auto executor = boost::asio::get_associated_executor(handler_);
        boost::asio::post(executor, [self = std::unique_ptr<FutureWait>{this}]() mutable {
            complete(std::move(self));
        });
    }

    // What came although we cancelled it would be lost with us.
    [[nodiscard]] bool has_value_for_us() const noexcept {
        return state_->status() == concurrent::FutureState::Status::value &&
               state_->cancelled_too_late();
    }

    static void complete(std::unique_ptr<FutureWait> self) {
        self->slot_.clear();
        boost::system::error_code error;
        if (!self->state_->settled() || (self->cancelled_ && !self->has_value_for_us())) {
            error = boost::asio::error::operation_aborted;
        }
        auto handler = std::move(self->handler_);
        auto state = std::move(self->state_);
        self.reset();
        std::move(handler)(error, std::move(state));
    }

    Handler handler_;
    boost::asio::associated_cancellation_slot_t<Handler> slot_;
    State state_;
    std::optional<ioloop::Ticket> ticket_;
    bool expected_ = true;
    bool cancelled_ = false;
    bool ended_ = false;
};

/// Initiates a FutureWait.
struct InitiateWait {
    template <typename Handler, typename T>
    void operator()(Handler&& handler, concurrent::StateRef<concurrent::ValueState<T>> state)
        const {
        auto* const wait = new FutureWait<T, std::decay_t<Handler>>(
            std::forward<Handler>(handler), std::move(state)
        );
        wait->start(*loop);
    }
    ioloop::IOLoop* loop;
};

template <typename Executor, typename T>
boost::asio::awaitable<T, Executor> wait_for(concurrent::StateRef<concurrent::ValueState<T>> state
) {
    using State = concurrent::StateRef<concurrent::ValueState<T>>;
    using Token = const boost::asio::use_awaitable_t<Executor>;
    const Executor executor = co_await boost::asio::this_coro::executor;
    const InitiateWait initiate{&loop_under(executor)};
    if (!state->settled()) {
        Token token;
        state =
            co_await boost::asio::async_initiate<Token&, void(boost::system::error_code, State)>(
                initiate, token, std::move(state)
            );
    }
    if (state->status() == concurrent::FutureState::Status::cancelled) {
        throw boost::system::system_error(boost::asio::error::operation_aborted);
    }
    state->throw_if_failed();
    if constexpr (!std::is_void_v<T>) {
        co_return T(state->take_value());
    }
}

template <typename T, typename Executor>
boost::asio::awaitable<Maybe<T>, Executor> maybe(boost::asio::awaitable<T, Executor> coroutine) {
    Maybe<T> result;
    result.value.emplace(co_await std::move(coroutine));
    co_return result;
}

}  // namespace detail

/// Starts a coroutine of Asio's on the context of this thread's current loop.
///
/// The future has its result, or what it throws.
/// Cancellation: as that of an operation. Asio's cancellation of the coroutine, of every type, goes
/// to what it waits for; the future is cancelled if the coroutine then ends by operation_aborted.
///
///     auto sum = co_await tornado::asio::to_future(read_and_add(socket));
template <typename T, typename Executor>
Future<T> to_future(boost::asio::awaitable<T, Executor> coroutine) {
    const auto executor = context(ioloop::IOLoop::current()).get_executor();
    if constexpr (std::is_void_v<T> || std::is_default_constructible_v<T>) {
        return boost::asio::co_spawn(executor, std::move(coroutine), use_future);
    } else {
        return boost::asio::co_spawn(executor, detail::maybe(std::move(coroutine)), use_future);
    }
}

/// What a coroutine of Asio's awaits to get the result of a future, or what that failed with.
///
/// The coroutine must run on the io_context of this thread's current loop: std::logic_error
/// otherwise. The value is moved out when nobody else holds the future, and copied otherwise.
/// Cancellation: like that of a coroutine of ours. The future is cancelled if the coroutine is its
/// only holder, which goes on once it is done; otherwise only the waiting ends. Both ways the
/// coroutine gets operation_aborted, as it does when somebody else cancels the future; but what the
/// future came to although it was cancelled, it gets.
///
///     boost::asio::awaitable<void> nap() {
///         co_await tornado::asio::to_awaitable(tornado::gen::sleep(1s));
///     }
template <typename Executor = boost::asio::any_io_executor, typename T>
[[nodiscard]] boost::asio::awaitable<T, Executor> to_awaitable(Future<T> future) {
    auto state = future.state();
    // The argument itself may live on until the caller's own await is over, and count as a holder.
    future = Future<T>{concurrent::StateRef<concurrent::ValueState<T>>{}};
    return detail::wait_for<Executor>(std::move(state));
}

}  // namespace tornado::asio
