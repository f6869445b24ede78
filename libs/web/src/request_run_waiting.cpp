// What a run does while its handler, or the middleware around it, waits.
#include <exception>
#include <optional>

#include "request_course.hpp"
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
    course_->phase = phase;
    course_->pending = std::move(started);
    begin_wait();
    course_->waiter.context =
        concurrent::Context::capture();  // for what comes after the handler too
    course_->pending->attach(course_->waiter);
    limit_time();
}

void RequestRun::begin_wait() {
    if (course_->waits++ == 0) {
        course_->self = httputil::ExchangeRef{&course_->exchange};
        application_->waiting_.add(*this);
    }
}

httputil::ExchangeRef RequestRun::end_wait() noexcept {
    if (--course_->waits != 0) {
        return course_->self;
    }
    if (application_ != nullptr) {
        application_->waiting_.remove(*this);
    }
    return std::move(course_->self);
}

HeldRun RequestRun::hold() {
    ++holds_;
    if (course_ != nullptr) {
        begin_wait();
    }
    return HeldRun{this};
}

void RequestRun::let_go() noexcept {
    --holds_;
    if (course_ != nullptr) {
        const auto alive = end_wait();
    } else if (ended_ && holds_ == 0) {
        delete this;
    }
}

void LetGo::operator()(RequestRun* run) const noexcept {
    run->let_go();
}

void RequestRun::end_kept() noexcept {
    ended_ = true;
    if (holds_ == 0) {
        delete this;
    }
}

void RequestRun::go_on() {
    const auto alive = end_wait();
    const auto done = std::move(course_->pending);
    const bool last = course_->phase == Phase::body || course_->phase == Phase::verb;
    if (streams() ? last || course_->phase == Phase::prepare
                  : last && course_->wrapping == nullptr) {
        course_->unset();
    }
    if (application_ == nullptr) {
        done->mark_looked_at();
        if (course_->wrapping != nullptr && course_->wrapping->is_inside()) {
            course_->wrapping->handler_failed(std::make_exception_ptr(CancelledError{}));
        }
        return;
    }
    const LabelScope scope{route_->label};
    std::optional<stack_context::StackContext> limit;
    limit_context(limit);
    try {
        done->throw_if_failed();
        if (course_->phase == Phase::user) {
            prepare();
        } else if (course_->phase == Phase::prepare) {
            after_prepare();
        } else if (course_->phase == Phase::verb) {
            verb_ended();
        }
    } catch (...) {
        fail(std::current_exception());
    }
    let_body_come();
}

}  // namespace tornado::web::detail
