#pragma once

#include <exception>
#include <stdexcept>

namespace tornado {

/// What a coroutine sees at its `co_await` when it has been cancelled, and what the future of
/// cancelled work holds.
///
/// Deliberately not a std::exception: a broad `catch (const std::exception&)` must not swallow a
/// cancellation.
struct CancelledError {
    [[nodiscard]] const char* what() const noexcept { return "the operation was cancelled"; }
};

namespace concurrent {

/// The failure of a future whose Promise was destroyed before it was settled.
class BrokenPromise : public std::logic_error {
public:
    BrokenPromise() : std::logic_error{"the Promise was destroyed without a result"} {}
};

/// A future was asked for what it does not have yet, or a Promise was settled twice.
class InvalidStateError : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// Whether `error` is a CancelledError; false when it is null.
[[nodiscard]] bool is_cancellation(const std::exception_ptr& error) noexcept;

}  // namespace concurrent
}  // namespace tornado
