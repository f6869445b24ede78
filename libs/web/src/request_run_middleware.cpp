#include "request_run.hpp"

#include "tornado/stack_context.hpp"

namespace tornado::web::detail {

using stack_context::LabelScope;

void RequestRun::wrap() {
    wrapping_ = std::make_shared<Wrapping>(*this, application_->middleware_, route_->middleware);
    wrapping_->start();
}

void RequestRun::wrapping_waits() {
    begin_wait();
    if (!streams()) {
        limit_time();  // otherwise each call of the handler has a time of its own
    }
}

void RequestRun::wrapping_ended(const Started& outer) noexcept {
    unset();
    const LabelScope scope{route_->label};
    try {
        outer->throw_if_failed();
        if (!finished_) {
            finish_response();
        }
    } catch (...) {
        answer_exception(std::current_exception());
    }
    if (wrapping_->is_inside()) {
        cancel_handler();  // it has been answered for
    }
    let_body_come();
}

/// Of a body that the handler waits for: there may be nothing more of it to wait for.
void RequestRun::settle_body() {
    if (!wrapping_->awaits_body || pending_) {
        return;
    }
    if (finished_) {
        wrapping_->awaits_body = false;
        verb_ended();
    } else if (client_gone_) {
        wrapping_->abandon();
    }
}

}  // namespace tornado::web::detail
