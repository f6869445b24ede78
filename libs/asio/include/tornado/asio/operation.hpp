#pragma once

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tornado/asio/operation_signal.hpp"
#include "tornado/concurrent/future.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/ioloop/pending.hpp"

namespace tornado::asio::detail {

/// A result whose type has no default value, which co_spawn() would want.
template <typename T>
struct Maybe {
    std::optional<T> value;
};

// What a future holds of the arguments of a completion handler: an error in front becomes an
// exception, several results become a tuple.
template <typename... Results>
struct Joined {
    using type = std::tuple<Results...>;
};
template <>
struct Joined<> {
    using type = void;
};
template <typename Result>
struct Joined<Result> {
    using type = Result;
};
template <typename T>
struct Joined<Maybe<T>> {
    using type = T;
};
template <typename... Args>
struct ResultOf : Joined<Args...> {};
template <typename... Results>
struct ResultOf<boost::system::error_code, Results...> : Joined<Results...> {};
template <typename... Results>
struct ResultOf<std::exception_ptr, Results...> : Joined<Results...> {};

/// What an operation came to, on its way to the loop.
template <typename T>
struct Outcome final : ioloop::Parcel {
    using Value = typename concurrent::ValueState<T>::Value;

    void set() { value.emplace(); }

    template <typename First, typename... Rest>
    void set(First&& first, Rest&&... rest) {
        using Type = std::decay_t<First>;
        if constexpr (std::is_same_v<Type, boost::system::error_code>) {
            code = first;
            if (!code) {
                set_value(std::forward<Rest>(rest)...);
            }
        } else if constexpr (std::is_same_v<Type, std::exception_ptr>) {
            error = std::forward<First>(first);
            if (!error) {
                set_value(std::forward<Rest>(rest)...);
            }
        } else {
            set_value(std::forward<First>(first), std::forward<Rest>(rest)...);
        }
    }

    /// Whether there is no value because the operation was cancelled.
    [[nodiscard]] bool says_aborted() const noexcept {
        if (error == nullptr) {
            return lost || code == boost::asio::error::operation_aborted;
        }
        try {
            std::rethrow_exception(error);
        } catch (const boost::system::system_error& failure) {
            return failure.code() == boost::asio::error::operation_aborted;
        } catch (...) {
            return false;
        }
    }

    /// Why there is no value.
    [[nodiscard]] std::exception_ptr failure() const noexcept {
        if (error) {
            return error;
        }
        if (lost) {
            return std::make_exception_ptr(concurrent::BrokenPromise{});
        }
        return std::make_exception_ptr(boost::system::system_error{code});
    }

    bool lost = false;  ///< the completion handler was destroyed uncalled
    boost::system::error_code code;
    std::exception_ptr error;
    std::optional<Value> value;

private:
    template <typename... Results>
    void set_value(Results&&... results) {
        if constexpr ((std::is_same_v<std::decay_t<Results>, Maybe<T>> && ...) && sizeof...(Results) == 1) {
            (value.emplace(std::move(*results.value)), ...);
        } else {
            value.emplace(std::forward<Results>(results)...);
        }
    }
};

/// The state of a future whose outcome an Asio operation brings.
///
/// Cancellation asks the operation to end, and takes effect when it has: until then it may use what
/// it was given.
template <typename T>
class Operation final : public concurrent::ValueState<T>,
                        public ioloop::Pending,
                        public concurrent::Pooled {
public:
    explicit Operation(std::shared_ptr<OperationSignal> signal) noexcept
        : concurrent::ValueState<T>{operations, 1, true},  // one reference for the loop
          signal_{std::move(signal)} {}

    void arrive(ioloop::Parcel* parcel) noexcept override {
        this->producer_gone();
        if (parcel != nullptr) {
            settle_from(static_cast<Outcome<T>&>(*parcel));
        } else {  // the loop closes
            signal_->cancel();
            this->settle_as_cancelled();
        }
        this->release();
    }

private:
    void settle_from(Outcome<T>& outcome) noexcept {
        if (outcome.value) {
            settle_with_value(std::move(*outcome.value));
        } else if (cancel_requested_ && outcome.says_aborted()) {
            this->settle_as_cancelled();
        } else if (!outcome.lost || !this->has_one_reference()) {  // is anybody there to tell?
            this->settle_with_error(outcome.failure());
        }
    }

    void settle_with_value(typename concurrent::ValueState<T>::Value value) noexcept {
        try {
            this->construct(std::move(value));
        } catch (...) {
            this->settle_with_error(std::current_exception());
            return;
        }
        if (cancel_requested_) {
            this->mark_cancelled_too_late();  // whoever waits for it gets the value all the same
        }
        this->settle(concurrent::FutureState::Status::value);
    }

    static constexpr concurrent::FutureState::Operations operations{
        [](concurrent::FutureState& state) noexcept { delete static_cast<Operation*>(&state); },
        [](concurrent::FutureState& state) {
            auto& self = static_cast<Operation&>(state);
            const concurrent::StateRef<concurrent::FutureState> alive{&state};
            self.cancel_requested_ = true;
            self.signal_->cancel();
            return true;
        }};

    std::shared_ptr<OperationSignal> signal_;
    bool cancel_requested_ = false;
};

/// The completion handler that goes with an operation, on whatever thread that runs.
///
/// Destroyed uncalled, as when the operation's context goes, it tells the loop that nothing will
/// come.
template <typename T, typename... Args>
class FutureHandler {
public:
    using cancellation_slot_type = boost::asio::cancellation_slot;

    FutureHandler(ioloop::Ticket ticket, std::shared_ptr<OperationSignal> signal) noexcept
        : ticket_{std::move(ticket)},
          signal_{std::move(signal)} {}
    FutureHandler(FutureHandler&&) noexcept = default;
    FutureHandler& operator=(FutureHandler&&) = delete;
    ~FutureHandler() {
        if (signal_ != nullptr) {
            auto outcome = std::make_shared<Outcome<T>>();
            outcome->lost = true;
            send(std::move(outcome));
        }
    }

    void operator()(Args... args) {
        auto outcome = std::make_shared<Outcome<T>>();
        try {
            outcome->set(std::forward<Args>(args)...);
        } catch (...) {  // a result's move
            outcome->error = std::current_exception();
        }
        send(std::move(outcome));
    }

    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
        return signal_->slot();
    }

private:
    void send(std::shared_ptr<Outcome<T>> outcome) {
        std::exchange(signal_, nullptr)->end();
        ticket_.deliver(std::move(outcome));
    }

    ioloop::Ticket ticket_;
    std::shared_ptr<OperationSignal> signal_;
};

}  // namespace tornado::asio::detail
