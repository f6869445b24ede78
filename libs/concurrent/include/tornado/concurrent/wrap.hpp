#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/exception_stack_context.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::stack_context {

/// A callable that runs under the context in which it was made; see wrap().
template <typename F>
class Wrapped {
public:
    explicit Wrapped(F function)
        : context_{concurrent::Context::capture()},
          function_{std::move(function)} {}

    template <typename... Args>
    requires std::is_invocable_v<F&, Args...>
    decltype(auto) operator()(Args&&... args) {
        const auto former = concurrent::Context::capture();
        const util::ScopeExit restore{[&] { concurrent::Context::enter(former); }};
        concurrent::Context::enter(context_);
        if constexpr (std::is_void_v<std::invoke_result_t<F&, Args...>>) {
            try {
                std::invoke(function_, std::forward<Args>(args)...);
            } catch (...) {
                // The hooks that caller and callee have in common hear of it from the caller.
                if (former.values() == context_.values()) {
                    throw;
                }
                if (auto left = handle_exception(std::current_exception())) {
                    std::rethrow_exception(std::move(left));
                }
            }
        } else {
            return std::invoke(function_, std::forward<Args>(args)...);
        }
    }

private:
    concurrent::Context context_;
    F function_;
};

/// A callable that does what `function` does, but under the context that is current now: for
/// libraries that keep a callback of their caller's and call it some other time. (What is given to
/// the loop, to a future or to a stream needs no wrapping.)
///
/// If it returns nothing, what it throws goes to the hooks of its context first, and only what is
/// left to the caller. What is wrapped already stays as it is.
///
/// Thread safety: stays on its thread. Mirrors `stack_context.wrap`.
template <typename F>
[[nodiscard]] Wrapped<F> wrap(F function) {
    return Wrapped<F>{std::move(function)};
}
template <typename F>
[[nodiscard]] Wrapped<F> wrap(Wrapped<F> wrapped) {
    return wrapped;
}
/// An empty one stays empty.
template <typename R, typename... Args>
[[nodiscard]] util::UniqueFunction<R(Args...)> wrap(util::UniqueFunction<R(Args...)> function) {
    if (!function) {
        return nullptr;
    }
    return Wrapped<util::UniqueFunction<R(Args...)>>{std::move(function)};
}
template <typename R, typename... Args>
[[nodiscard]] util::UniqueFunction<R(Args...)> wrap(std::function<R(Args...)> function) {
    if (!function) {
        return nullptr;
    }
    return Wrapped<std::function<R(Args...)>>{std::move(function)};
}
template <typename R, typename... Args>
[[nodiscard]] util::UniqueFunction<R(Args...)> wrap(R (*function)(Args...)) {
    if (function == nullptr) {
        return nullptr;
    }
    return Wrapped<R (*)(Args...)>{function};
}
inline std::nullptr_t wrap(std::nullptr_t) noexcept {
    return nullptr;
}

/// Calls `function` inside `scope`, which ends with the call, before anybody awaits the future that
/// it may have returned. Mirrors `stack_context.run_with_stack_context`.
///
///     co_await run_with_stack_context(StackContext(request_id, id), [&] { return work(); });
template <std::derived_from<ContextScope> Scope, typename F>
decltype(auto) run_with_stack_context(Scope&& scope, F&& function) {
    const util::ScopeExit leave{[&] { scope.leave(); }};
    return std::invoke(std::forward<F>(function));
}

/// The same; the hook also gets what `function` itself throws, if that returns nothing.
template <typename F>
decltype(auto) run_with_stack_context(ExceptionStackContext&& scope, F&& function) {
    const util::ScopeExit leave{[&] { scope.leave(); }};
    if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
        try {
            std::invoke(std::forward<F>(function));
        } catch (...) {
            if (auto left = scope.handle(std::current_exception())) {
                std::rethrow_exception(std::move(left));
            }
        }
    } else {
        return std::invoke(std::forward<F>(function));
    }
}

}  // namespace tornado::stack_context
