#include "tornado/ioloop/wait_line.hpp"

namespace tornado::ioloop {

void WaitLine::push_back(LineWaiter& waiter) noexcept {
    waiter.line_ = this;
    waiter.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &waiter;
    last_ = &waiter;
    ++size_;
}

void LineWaiter::leave() noexcept {
    unset();
    if (line_ == nullptr) {
        return;
    }
    (previous_ != nullptr ? previous_->next_ : line_->first_) = next_;
    (next_ != nullptr ? next_->previous_ : line_->last_) = previous_;
    --line_->size_;
    line_ = nullptr;
    next_ = previous_ = nullptr;
}

void require_wakeup(TimePoint deadline) {
    if (deadline != TimePoint::max() && IOLoop::current().closed()) {
        concurrent::throw_closed();
    }
}

void LineWaiter::wait_until(TimePoint deadline) {
    require_wakeup(deadline);
    if (deadline != TimePoint::max()) {
        set(IOLoop::current(), deadline);
    }
}

std::exception_ptr timed_out() {
    return std::make_exception_ptr(TimeoutError{"the wait took longer than its timeout"});
}

}  // namespace tornado::ioloop
