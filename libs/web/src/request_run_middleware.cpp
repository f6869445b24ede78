#include "request_course.hpp"

#include "tornado/stack_context.hpp"

namespace tornado::web::detail {

using stack_context::LabelScope;

void RequestRun::wrap() {
    course_->wrapping =
        std::make_shared<Wrapping>(*this, application_->middleware_, route_->middleware);
    course_->wrapping->start();
}

void RequestRun::wrapping_waits() {
    begin_wait();
    if (!streams()) {
        limit_time();  // otherwise each call of the handler has a time of its own
    }
}

void RequestRun::wrapping_ended(const Started& outer) noexcept {
    course_->unset();
    const LabelScope scope{route_->label};
    try {
        outer->throw_if_failed();
        course_->wrapping->throw_unseen();
        if (!finished_) {
            finish_response();
        }
    } catch (...) {
        answer_exception(std::current_exception());
    }
    if (course_->wrapping->is_inside()) {
        cancel_handler();  // it has been answered for
    }
    let_body_come();
}

/// Of a body that the handler waits for: there may be nothing more of it to wait for.
void RequestRun::settle_body() {
    if (!course_->wrapping->awaits_body || course_->pending) {
        return;
    }
    if (finished_) {
        course_->wrapping->awaits_body = false;
        verb_ended();
    } else if (course_->client_gone) {
        course_->wrapping->abandon();
    }
}

}  // namespace tornado::web::detail
