#include "request_run.hpp"

#include <stdexcept>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::web::detail {

using stack_context::LabelScope;

void RequestRun::set_time_limit(std::chrono::milliseconds limit) {
    time_limit_ = limit;
    exchange_.set_handler_timeout(std::chrono::milliseconds{0});
    unset();
    if (is_waiting()) {
        limit_time();
    }
}

bool RequestRun::is_waiting() const noexcept {
    return pending_ || (wrapping_ != nullptr && wrapping_->is_waiting());
}

void RequestRun::cancel_wait() {
    if (pending_) {
        cancel_handler();
    } else if (wrapping_ != nullptr && wrapping_->is_waiting()) {
        wrapping_->cancel();
    }
}

void RequestRun::cancel_handler() {
    if (const auto pending = pending_) {
        pending->cancel();
    }
}

/// The first time, whatever the handler waits for is cancelled; what comes of that is answered. The
/// second time it has not heeded that.
void RequestRun::time_is_up() {
    if (!is_waiting()) {
        return;
    }
    const httputil::ExchangeRef alive{&exchange_};
    const LabelScope scope{route_->label};
    if (!std::exchange(timed_out_, true)) {
        constexpr ioloop::DeadlineWheel::Tick grace = 10;
        ioloop::IOLoop::current().deadlines().set(*this, grace);
        cancel_wait();
    } else if (!finished_ && application_ != nullptr) {
        answer_exception(std::make_exception_ptr(timeout_error()));
    }
}

HTTPError RequestRun::timeout_error() const {
    const auto limit = exchange_.timed_out() ? exchange_.handler_timeout() : time_limit();
    return HTTPError{503, "the handler took longer than " + std::to_string(limit.count()) + " ms"};
}

/// The loop is closed: what the handler waited for will not be heard of.
void RequestRun::discard() noexcept {
    const auto alive = end_wait();
    const auto done = std::move(pending_);
    done->mark_looked_at();
    if (wrapping_ != nullptr && wrapping_->is_inside()) {
        wrapping_->handler_failed(std::make_exception_ptr(CancelledError{}));
    }
}

void RequestRun::outlive_application(Route route) noexcept {
    application_ = nullptr;
    kept_route_ = std::move(route);
}

Application& RequestRun::application() const {
    if (application_ == nullptr) {
        throw std::logic_error{
            "the Application has gone before its handler: keep it until the loop is closed"};
    }
    return *application_;
}

}  // namespace tornado::web::detail
