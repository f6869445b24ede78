#include "tornado/ioloop/blocked_callback.hpp"

#include "loop_impl.hpp"
#include "tornado/log.hpp"

namespace tornado::ioloop {

void IOLoop::Impl::set_blocking_threshold(
    std::optional<Duration> threshold,
    Watchdog::Action action
) {
    const auto* const runs_it = thread_.load();
    if (runs_it != nullptr && runs_it != this_thread()) {
        throw std::logic_error{
            "an IOLoop's blocking threshold is set on its own thread: use add_callback()"};
    }
    const auto limit = threshold.value_or(Duration::zero());
    if (limit < Duration::zero()) {
        throw std::invalid_argument{
            "no callback is shorter than a negative blocking threshold: use std::nullopt for none"};
    }
    if (limit == Duration::zero()) {
        watchdog_.reset();
        return;
    }
    if (closed()) {
        throw std::logic_error{"the IOLoop is closed: it has no callbacks that could block"};
    }
    if (!action) {
        throw std::invalid_argument{
            "a blocking threshold needs an action: use set_blocking_log_threshold() to log"};
    }
    watchdog_.reset();
    watchdog_ = std::make_unique<Watchdog>(pulse_, limit, std::move(action));
}

void IOLoop::set_blocking_log_threshold(std::optional<Duration> threshold) {
    impl_->set_blocking_threshold(threshold, &IOLoop::log_stack);
}
void IOLoop::set_blocking_signal_threshold(
    std::optional<Duration> threshold,
    util::UniqueFunction<void(const BlockedCallback&)> action
) {
    impl_->set_blocking_threshold(threshold, std::move(action));
}
void IOLoop::log_stack(const BlockedCallback& blocked) {
    log::app_log().warning(
        "IOLoop blocked for ",
        std::chrono::duration<double>{blocked.duration}.count(),
        " seconds",
        blocked.label.empty() ? "" : " in ",
        blocked.label,
        "\n",
        blocked.stack
    );
}

}  // namespace tornado::ioloop
