#include <algorithm>

#include "loop_impl.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::ioloop {

Timeout IOLoop::Impl::push_timeout(TimePoint when, Callback callback) {
    if (closed()) {
        return {};
    }
    // One that is due already when a timeout adds it waits for the next turn.
    when = std::max(when, earliest_timeout_);
    const auto timeout = timers_.add(when, std::move(callback), concurrent::Context::capture());
    arm_timer();
    return timeout;
}

void IOLoop::Impl::remove_timeout(Timeout timeout) noexcept {
    timers_.remove(timeout);
    if (owned_ == nullptr && timers_.empty() && armed_for_ != TimePoint::max()) {
        timer_.cancel();  // or the program's own run() would wait for it
        armed_for_ = TimePoint::max();
    }
}

void IOLoop::Impl::arm_timer() {
    // One that fires too early costs a turn; moving it for each change would cost a system call
    // each.
    if (timers_.empty() || timers_.first() >= armed_for_ || closed()) {
        return;
    }
    if (clock_ != nullptr) {
        return;  // run_under_clock() looks after them
    }
    armed_for_ = timers_.first();
    timer_.expires_at(armed_for_ - clock_ahead_);
    timer_.async_wait([inbox = inbox_](const boost::system::error_code& error) {
        auto* impl = inbox->loop;
        if (!error && impl != nullptr) {
            impl->run_timers();
        }
    });
}

void IOLoop::Impl::run_timers() {
    const Turn turn{*this};
    armed_for_ = TimePoint::max();
    const auto present = now();
    earliest_timeout_ = present + Duration{1};
    while (!timers_.empty() && timers_.first() <= present) {
        auto due = timers_.pop();
        guard(std::move(due.context), due.callback);
    }
    earliest_timeout_ = TimePoint::min();
    rest();
    arm_timer();
}

void IOLoop::Impl::start_deadlines() {
    deadlines_.resume(present_tick());
    turn_deadlines();
}

DeadlineWheel::Tick IOLoop::Impl::present_tick() const noexcept {
    return static_cast<DeadlineWheel::Tick>((now() - epoch_) / tick_length);
}

void IOLoop::Impl::turn_deadlines() {
    const auto next = static_cast<std::int64_t>((now() - epoch_) / tick_length) + 1;
    timers_.add(
        epoch_ + next * tick_length,
        [this] {
            bool more = true;  // also after one has thrown
            const util::ScopeExit go_on{[&] {
                if (more) {
                    turn_deadlines();
                }
            }};
            more = deadlines_.advance_to(present_tick());
        },
        {}
    );
    arm_timer();
}

}  // namespace tornado::ioloop
