#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/web/request_handler.hpp"
#include "tornado/web/route.hpp"

namespace tornado::web {

namespace detail {
class Wrapping;
}

/// What a middleware calls to let the request go on: to the middleware inside of it and, behind the
/// last, to the handler's XSRF check, prepare() and verb.
///
/// Its future is done when all that is over, and fails with what that throws. It may be called
/// once; a second call throws std::logic_error. Cancelling its future cancels what the handler
/// waits for.
class Next {
public:
    Next(std::shared_ptr<detail::Wrapping> wrapping, std::size_t index) noexcept
        : wrapping_{std::move(wrapping)},
          index_{index} {}
    Future<void> operator()() const;

private:
    std::shared_ptr<detail::Wrapping> wrapping_;
    std::size_t index_;
};

namespace detail {

/// Goes on behind what a middleware does first, unless that has answered.
[[nodiscard]] Future<void> go_on_after(RequestHandler& handler, const Next& next);
[[nodiscard]] Future<void> go_on_after(Future<void> first, RequestHandler& handler, Next next);

class MiddlewareFunction {
public:
    virtual ~MiddlewareFunction() = default;
    [[nodiscard]] virtual Future<void> call(RequestHandler& handler, Next next) = 0;
};

template <typename F>
class CallableMiddleware final : public MiddlewareFunction {
public:
    explicit CallableMiddleware(F callable) : callable_{std::move(callable)} {}

    [[nodiscard]] Future<void> call(RequestHandler& handler, Next next) override {
        if constexpr (std::is_invocable_v<F&, RequestHandler&, Next>) {
            static_assert(
                std::is_same_v<std::invoke_result_t<F&, RequestHandler&, Next>, Future<void>>,
                "a middleware that takes a web::Next returns a tornado::Future<void>: of its own, "
                "or that of next()"
            );
            return callable_(handler, std::move(next));
        } else if constexpr (std::is_void_v<std::invoke_result_t<F&, RequestHandler&>>) {
            callable_(handler);
            return go_on_after(handler, next);
        } else {
            return go_on_after(callable_(handler), handler, std::move(next));
        }
    }

private:
    F callable_;
};

}  // namespace detail

/// Something that runs around handlers: sees each before prepare() and after the verb, may answer
/// in its place, and may catch what it throws.
///
/// Either a callable that takes the handler and a Next, mostly a coroutine, and returns a
/// Future<void>:
///
///     Future<void> timed(web::RequestHandler& handler, web::Next next) {
///         const auto began = std::chrono::steady_clock::now();
///         co_await next();
///         handler.set_header("X-Time", milliseconds_since(began));
///     }
///
/// Or one that takes only the handler, and returns void or Future<void>: it runs before, and the
/// request goes on unless it has finished the response.
///
/// One that does not call `next` answers by itself: what it has written is sent when it ends. What
/// the handler throws comes out of `next()`; what is caught there is not answered as an error. A
/// web::Finish is none, but an end like any other. A handler that calls finish() itself has
/// answered before its middleware goes on; headers for every response, error pages too, are set by
/// RequestHandler::before_headers(). Where a body is streamed, `next()` comes back when all of it
/// has come and the verb is over. When the client vanishes before that, `next()` is cancelled.
///
/// The handler itself has been made, and its set_default_headers() called; what throws there is not
/// seen. A load_current_user() of its own is asked behind `next`, so that current_user() is not yet
/// what that will say. Several run in the order of use(), the first one outermost.
///
/// Ownership: copies share one callable, which is kept while anything that it started goes on. The
/// handler outlives the middleware's coroutine. Thread safety: belongs to its loop's thread.
/// Cancellation: a coroutine is cancelled as the verb would be, by `handler_timeout` say, if that
/// is not what it waits for.
class Middleware {
public:
    template <typename F>
    requires(
        !std::same_as<F, Middleware> &&
        (std::invocable<F&, RequestHandler&, Next> || std::invocable<F&, RequestHandler&>)
    ) Middleware(F callable)
        : function_{std::make_shared<detail::CallableMiddleware<F>>(std::move(callable))} {}

    [[nodiscard]] Future<void> operator()(RequestHandler& handler, Next next) const {
        return function_->call(handler, std::move(next));
    }

private:
    std::shared_ptr<detail::MiddlewareFunction> function_;
};

/// Puts a middleware around each of a group of routes, outside of what they have already:
///
///     application.add_handlers(".*", web::use(only_admins, {web::url<UsersHandler>("/users"),
///                                                           web::url<LogsHandler>("/logs")}));
[[nodiscard]] std::vector<Route> use(Middleware middleware, std::vector<Route> routes);

}  // namespace tornado::web
