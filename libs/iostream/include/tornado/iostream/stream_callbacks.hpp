#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/future.hpp"
#include "tornado/iostream/errors.hpp"
#include "tornado/iostream/stream_core.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::iostream {

/// What gets the pieces of a long read as they come; see IOStream::read_until_close().
///
/// Takes any callable on a piece: on `std::string_view`, which is valid during the call, or on
/// `std::string`. One that returns a Future takes a `std::string`, and gets the next piece when
/// that future is done. The pieces have any size from one byte up.
class StreamingCallback {
public:
    template <typename F>
    requires(!std::same_as<std::decay_t<F>, StreamingCallback>) explicit StreamingCallback(
        F callback
    ) {
        constexpr bool takes_view = std::is_invocable_v<F&, std::string_view>;
        if constexpr (takes_view) {
            using R = std::invoke_result_t<F&, std::string_view>;
            static_assert(
                !concurrent::is_future<std::decay_t<R>>,
                "a streaming callback that returns a Future takes its piece as std::string: a view "
                "would not outlive its first co_await"
            );
            call_ = [callback = std::move(callback)](std::string_view piece) mutable {
                static_cast<void>(callback(piece));
                return Future<void>::ready();
            };
        } else if constexpr (concurrent::is_future<
                                 std::decay_t<std::invoke_result_t<F&, std::string>>>) {
            call_ = [callback = std::move(callback)](std::string_view piece) mutable {
                return callback(std::string{piece});
            };
        } else {
            call_ = [callback = std::move(callback)](std::string_view piece) mutable {
                static_cast<void>(callback(std::string{piece}));
                return Future<void>::ready();
            };
        }
    }

    /// For the stream.
    [[nodiscard]] util::UniqueFunction<Future<void>(std::string_view)> release() {
        return std::move(call_);
    }

private:
    util::UniqueFunction<Future<void>(std::string_view)> call_;
};

/// A callable that takes what an operation yields: nothing, after a write or a connect.
template <typename F, typename T>
concept StreamCallback = (std::is_void_v<T> && std::invocable<F&>) ||
                         (!std::is_void_v<T> && std::invocable<F&, T>);

namespace detail {

/// Passes a result on to a callback; one that throws closes the stream. It hears of successes only.
template <typename F>
class CallbackCaller {
public:
    CallbackCaller(StreamRef stream, F callback)
        : stream_{std::move(stream)},
          callback_{std::move(callback)} {}

    template <typename T>
    auto operator()(Future<T> operation) {
        operation.ignore();
        const bool succeeded =
            operation.state()->status() == concurrent::FutureState::Status::value;
        if constexpr (concurrent::is_future<std::decay_t<decltype(invoke(operation))>>) {
            return succeeded ? wait(std::move(operation)) : Future<void>::ready();
        } else if (succeeded) {
            try {
                static_cast<void>(invoke(operation));
            } catch (...) {
                stream_->abort(make_error_code(StreamErrc::callback_failed));
                throw;
            }
        }
    }

private:
    template <typename T>
    decltype(auto) invoke(Future<T>& operation) {
        if constexpr (std::is_void_v<T>) {
            return callback_();
        } else {
            return callback_(operation.state()->take_value());
        }
    }
    template <typename T>
    Future<void> wait(Future<T> operation) {
        try {
            const auto started = invoke(operation);
            static_cast<void>(co_await started);
        } catch (...) {
            stream_->abort(make_error_code(StreamErrc::callback_failed));
            throw;
        }
    }

    StreamRef stream_;
    F callback_;
};

}  // namespace detail

}  // namespace tornado::iostream
