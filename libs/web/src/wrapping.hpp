#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "middleware_list.hpp"
#include "tornado/concurrent/promise.hpp"
#include "tornado/web/verbs.hpp"

namespace tornado::web::detail {

class RequestRun;

/// The middleware around one request: a chain of calls with the handler in the middle, which goes
/// its way through RequestRun as it does without.
class Wrapping : public std::enable_shared_from_this<Wrapping> {
public:
    Wrapping(RequestRun& run, MiddlewareList of_application, MiddlewareList of_route);
    Wrapping(const Wrapping&) = delete;
    Wrapping& operator=(const Wrapping&) = delete;

    /// Calls the outermost middleware, and ends the response when all are over.
    void start() noexcept;
    /// For Next: calls the middleware at `index`, or the handler behind the last.
    Future<void> go_on(std::size_t index);

    /// Whether the handler is at work, and `next()` of the innermost waits for it.
    [[nodiscard]] bool is_inside() const noexcept { return handler_.has_value(); }
    void handler_ended();
    void handler_failed(std::exception_ptr error);
    /// Throws what has come out of a next() and no middleware has looked at: nobody has caught it.
    void throw_unseen();
    /// What the outermost waits for is taken back.
    void cancel();
    [[nodiscard]] bool is_waiting() const noexcept { return static_cast<bool>(outer_); }

    /// For handlers that stream the body: whether prepare() is over, and more of it may come.
    bool awaits_body = false;

    /// The request is over and its run about to go; who keeps a Next longer gets an exception.
    void leave() noexcept;
    /// The client has gone before the body's end: nothing is left to be answered.
    void abandon();

private:
    struct EndWaiter : concurrent::Waiter {
        Wrapping* owner = nullptr;
    };

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] const Middleware& at(std::size_t index) const noexcept;
    [[nodiscard]] Future<void> call(std::size_t index) noexcept;
    [[nodiscard]] Future<void> call_handler();
    void wait_for(Started outer);
    void resume();
    void end(const Started& outer) noexcept;
    void discard() noexcept;

    RequestRun* run_;
    MiddlewareList of_application_;
    MiddlewareList of_route_;
    std::size_t entered_ = 0;               ///< how many have been called
    std::optional<Promise<void>> handler_;  ///< what the innermost `next()` waits for
    std::vector<Started> failures_;         ///< what a `next()` has come back with
    Started outer_;                         ///< what the outermost has started
    EndWaiter waiter_;
    bool abandoned_ = false;
};

}  // namespace tornado::web::detail
