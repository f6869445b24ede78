#include "request_run.hpp"

#include <stdexcept>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/time_limit.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::web::detail {

using stack_context::LabelScope;

std::chrono::milliseconds RequestRun::time_limit() const noexcept {
    return time_limit_ ? *time_limit_
                       : route_->handler_timeout.value_or(application_->settings().handler_timeout);
}

/// What the handler calls from now on can know how long it has.
void RequestRun::limit_context(std::optional<stack_context::StackContext>& scope) {
    const auto limit = time_limit();
    if (limit.count() <= 0 || timed_out_) {
        return;
    }
    auto& loop = ioloop::IOLoop::current();
    if (began_ == ioloop::TimePoint{}) {
        began_ = loop.time();
    }
    scope.emplace(ioloop::must_end_by, began_ + limit);
}

/// The time of a wait that begins, if it has a limit that does not run yet.
void RequestRun::limit_time() {
    const auto limit = time_limit().count();
    if (limit > 0 && !is_set() && !timed_out_ && !detached_) {
        const auto ticks = ioloop::DeadlineWheel::ticks(static_cast<std::uint64_t>(limit));
        ioloop::IOLoop::current().deadlines().set(*this, ticks);
    }
}

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
