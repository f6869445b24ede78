#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include "tornado/concurrent/stack_context.hpp"
#include "tornado/util/unique_function.hpp"

namespace tornado::stack_context {

/// What a hook does with an exception: true when that was all there was to do.
using ExceptionHook = util::UniqueFunction<bool(std::exception_ptr)>;

/// A hook, shared by the contexts that it stands in.
struct Hook {
    ExceptionHook handle;
    bool active = true;
};

/// A hook for exceptions out of the callbacks that are scheduled while this object lives, and out
/// of those that they schedule in turn.
///
/// An exception goes to the innermost hook first. `handler(std::exception_ptr)` returns true when
/// it has dealt with it; otherwise (it may also return nothing) the next one outwards is asked, and
/// at last the loop, which logs it. What a hook throws replaces the exception. A hook runs under
/// the context of the callback that failed. A cancellation is no failure: hooks do not see it.
///
/// A coroutine's failure stays in its future, and comes here only when the loop itself was given
/// that future: by a callback that returned it. So does not what is thrown in the scope itself,
/// which C++ throws to the caller, save under run_with_stack_context().
///
/// Mirrors `stack_context.ExceptionStackContext`.
class ExceptionStackContext : public ContextScope {
public:
    template <typename F>
    requires std::is_invocable_v<F&, std::exception_ptr>
    explicit ExceptionStackContext(F handler)
        : ExceptionStackContext{std::make_shared<Hook>(Hook{as_hook(std::move(handler))})} {}

    /// Switches the hook off wherever it stands, also for what is scheduled already.
    class Deactivation {
    public:
        void operator()() const noexcept { hook_->active = false; }

    private:
        friend class ExceptionStackContext;
        explicit Deactivation(std::shared_ptr<Hook> hook) noexcept : hook_{std::move(hook)} {}
        std::shared_ptr<Hook> hook_;
    };
    /// A function that does so, at any time. (In Tornado, entering the context returns it.)
    [[nodiscard]] Deactivation deactivation() const { return Deactivation{hook_}; }

    /// Asks this hook alone. Returns null when it has dealt with `error`, otherwise what is left.
    [[nodiscard]] std::exception_ptr handle(std::exception_ptr error) const;

private:
    explicit ExceptionStackContext(std::shared_ptr<Hook> hook);

    template <typename F>
    static ExceptionHook as_hook(F handler) {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, std::exception_ptr>>) {
            return [handler = std::move(handler)](std::exception_ptr error) mutable {
                handler(std::move(error));
                return false;
            };
        } else {
            return ExceptionHook{std::move(handler)};
        }
    }

    std::shared_ptr<Hook> hook_;
};

/// Takes an exception to the hooks of the current context, innermost first. Returns null when one
/// of them has dealt with it, otherwise what is left. For event loops.
[[nodiscard]] std::exception_ptr handle_exception(std::exception_ptr error) noexcept;

}  // namespace tornado::stack_context
