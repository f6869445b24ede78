// What a run does while its handler, or the middleware around it, waits.
#include <exception>
#include <optional>

#include "request_run.hpp"
#include "tornado/stack_context.hpp"

namespace tornado::web::detail {

using stack_context::LabelScope;

/// Whether a call of the handler is over. If not, go_on() comes when it is. Throws what the call
/// failed with.
bool RequestRun::ended(Started started, Phase phase) {
    if (!started) {
        return true;
    }
    if (started->settled()) {
        started->throw_if_failed();
        return true;
    }
    wait_for(std::move(started), phase);
    return false;
}

void RequestRun::wait_for(Started started, Phase phase) {
    phase_ = phase;
    pending_ = std::move(started);
    begin_wait();
    waiter_.context = concurrent::Context::capture();  // for what comes after the handler too
    pending_->attach(waiter_);
    limit_time();
}

void RequestRun::begin_wait() {
    if (waits_++ == 0) {
        self_ = httputil::ExchangeRef{&exchange_};
        application_->waiting_.add(*this);
    }
}

httputil::ExchangeRef RequestRun::end_wait() noexcept {
    if (--waits_ != 0) {
        return self_;
    }
    if (application_ != nullptr) {
        application_->waiting_.remove(*this);
    }
    return std::move(self_);
}

void RequestRun::go_on() {
    const auto alive = end_wait();
    const auto done = std::move(pending_);
    const bool last = phase_ == Phase::body || phase_ == Phase::verb;
    if (streams() ? last || phase_ == Phase::prepare : last && wrapping_ == nullptr) {
        unset();
    }
    if (application_ == nullptr) {
        done->mark_looked_at();
        if (wrapping_ != nullptr && wrapping_->is_inside()) {
            wrapping_->handler_failed(std::make_exception_ptr(CancelledError{}));
        }
        return;
    }
    const LabelScope scope{route_->label};
    std::optional<stack_context::StackContext> limit;
    limit_context(limit);
    try {
        done->throw_if_failed();
        if (phase_ == Phase::user) {
            prepare();
        } else if (phase_ == Phase::prepare) {
            after_prepare();
        } else if (phase_ == Phase::verb) {
            verb_ended();
        }
    } catch (...) {
        fail(std::current_exception());
    }
    let_body_come();
}

}  // namespace tornado::web::detail
