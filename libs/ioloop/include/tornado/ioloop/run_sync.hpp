#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

namespace detail {

/// What run_sync() shares with the callbacks that it leaves in the loop, and which may come too
/// late.
template <typename F, typename R>
struct SyncRun {
    F function;
    std::optional<R> future;
    std::exception_ptr error;
    bool waiting = true;
    bool timed_out = false;
};

}  // namespace detail

template <typename F>
auto IOLoop::run_sync(F&& function, std::optional<Duration> timeout) {
    using R = std::decay_t<std::invoke_result_t<F&>>;
    if constexpr (!concurrent::is_future<R>) {
        return run_sync([&]() -> Future<R> { co_return function(); }, timeout);
    } else {
        using Run = detail::SyncRun<std::decay_t<F>, R>;
        const std::shared_ptr<Run> run{new Run{std::forward<F>(function), {}, {}}};
        add_callback([this, run] {
            if (!run->waiting) {
                return;
            }
            try {
                run->future.emplace(run->function());
            } catch (...) {
                run->error = std::current_exception();
                stop();
                return;
            }
            run->future->add_done_callback([this, run] {
                if (run->waiting) {
                    stop();
                }
            });
        });
        Timeout alarm;
        if (timeout) {
            alarm = call_later(*timeout, [this, run] {
                run->timed_out = true;
                if (!run->future || !run->future->cancel()) {
                    stop();
                }
            });
        }
        // However it ends: the future goes to the caller, the function stays with what it started.
        std::optional<R> future;
        {
            const util::ScopeExit leave{[&] {
                run->waiting = false;
                remove_timeout(alarm);
                future.swap(run->future);
            }};
            start();
        }
        if (run->error) {
            std::rethrow_exception(run->error);
        }
        if (!future || !future->done() || future->cancelled()) {
            if (run->timed_out) {
                fail_timed_out(*timeout);
            }
            if (!future || !future->done()) {
                fail_stopped_early();
            }
        }
        using T = typename R::value_type;
        if constexpr (std::is_void_v<T>) {
            future->result();
        } else {
            static_cast<void>(future->result());
            return T(future->state()->take_value());
        }
    }
}

}  // namespace tornado::ioloop
