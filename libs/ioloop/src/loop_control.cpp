#include "tornado/ioloop/loop_control.hpp"

#include "loop_impl.hpp"

namespace tornado::ioloop {

TimePoint IOLoop::Impl::set_clock(LoopClock* clock) {
    if (running_ && clock != nullptr) {
        throw std::logic_error{"the IOLoop is running: replace its clock before start()"};
    }
    if (clock_ != nullptr && clock != nullptr) {
        throw std::logic_error{"the IOLoop has another clock than its own already"};
    }
    const auto present = now();
    clock_ = clock;
    clock_ahead_ = clock == nullptr ? present - Clock::now() : Duration::zero();
    timer_.cancel();
    armed_for_ = TimePoint::max();
    arm_timer();
    return epoch_ + ((present - epoch_) / tick_length + 1) * tick_length;
}

void IOLoop::Impl::run_under_clock() {
    while (clock_ != nullptr && !context_.stopped()) {
        bool idle = context_.poll_one() == 0;
        if (!timers_.empty() && timers_.first() <= now()) {
            run_timers();
            idle = false;
        }
        if (idle && clock_ != nullptr && !context_.stopped()) {
            wait_under_clock();
        }
    }
}

void IOLoop::Impl::wait_under_clock() {
    const auto next = timers_.empty() ? TimePoint::max() : timers_.first();
    const auto wait = clock_->idle(next, !pending_.empty());
    if (wait == Duration::max()) {
        context_.run_one();
    } else if (wait > Duration::zero()) {
        context_.run_one_for(wait);
    }
}

TimePoint IOLoop::set_clock(LoopClock* clock) {
    return impl_->set_clock(clock);
}

LoopOrder* IOLoop::set_order(LoopOrder* order) noexcept {
    return impl_->set_order(order);
}

}  // namespace tornado::ioloop
