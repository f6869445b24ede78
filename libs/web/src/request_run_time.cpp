#include "request_course.hpp"

#include <stdexcept>
#include <utility>

#include "tornado/ioloop/ioloop.hpp"
#include "tornado/ioloop/time_limit.hpp"
#include "tornado/log.hpp"
#include "tornado/stack_context.hpp"
#include "tornado/util/scope_exit.hpp"

namespace tornado::web::detail {

using stack_context::LabelScope;

std::chrono::milliseconds RequestRun::time_limit() const noexcept {
    return course_->time_limit
               ? *course_->time_limit
               : route_->handler_timeout.value_or(application_->settings().handler_timeout);
}

/// What the handler calls from now on can know how long it has.
void RequestRun::limit_context(std::optional<stack_context::StackContext>& scope) {
    const auto limit = time_limit();
    if (limit.count() <= 0 || course_->timed_out) {
        return;
    }
    auto& loop = ioloop::IOLoop::current();
    if (course_->began == ioloop::TimePoint{}) {
        course_->began = loop.time();
    }
    scope.emplace(ioloop::must_end_by, course_->began + limit);
}

/// The time of a wait that begins, if it has a limit that does not run yet.
void RequestRun::limit_time() {
    const auto limit = time_limit().count();
    if (limit > 0 && !course_->is_set() && !course_->timed_out && !detached_) {
        auto& loop = ioloop::IOLoop::current();
        course_->clock_began = course_->client_began = loop.time();
        const auto ticks = ioloop::DeadlineWheel::ticks(static_cast<std::uint64_t>(limit));
        loop.deadlines().set(*course_, ticks);
    }
}

/// The deadline has come. What was waited for the client is still to be had.
void RequestRun::look_at_clock() {
    if (course_->timed_out || application_ == nullptr) {
        time_is_up();
        return;
    }
    auto& loop = ioloop::IOLoop::current();
    const auto now = course_->client_waits != 0 ? course_->client_began : loop.time();
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(course_->clock_began + time_limit() - now);
    if (left.count() <= 0) {
        time_is_up();
        return;
    }
    const auto ticks = ioloop::DeadlineWheel::ticks(static_cast<std::uint64_t>(left.count()));
    loop.deadlines().set(*course_, ticks);
}

/// Lets the handler's clock stand still until the client has taken enough.
Future<void> RequestRun::clocked(Future<void> sending) {
    if (sending.done() || application_ == nullptr || time_limit().count() <= 0) {
        return sending;
    }
    return wait_for_client(std::move(sending)).ignore();
}

Future<void> RequestRun::wait_for_client(Future<void> sending) {
    const httputil::ExchangeRef alive{&course_->exchange};
    auto& course = *course_;
    if (course.client_waits++ == 0) {
        course.client_began = course.exchange.now();
    }
    const util::ScopeExit has_room{[&] {
        if (--course.client_waits == 0) {
            const auto waited = course.exchange.now() - course.client_began;
            course.clock_began += waited;
            course.began += waited;
        }
    }};
    co_await std::move(sending);
}

void RequestRun::set_time_limit(std::chrono::milliseconds limit) {
    if (course_ == nullptr) {
        return;  // nobody waits for its end
    }
    course_->time_limit = limit;
    course_->exchange.set_handler_timeout(std::chrono::milliseconds{0});
    course_->unset();
    if (is_waiting()) {
        limit_time();
    }
}

bool RequestRun::is_waiting() const noexcept {
    return course_->pending || (course_->wrapping != nullptr && course_->wrapping->is_waiting());
}

void RequestRun::cancel_wait() {
    if (course_->pending) {
        cancel_handler();
    } else if (course_->wrapping != nullptr && course_->wrapping->is_waiting()) {
        course_->wrapping->cancel();
    }
}

void RequestRun::cancel_handler() {
    if (const auto pending = course_->pending) {
        pending->cancel();
    }
}

/// The first time, whatever the handler waits for is cancelled; what comes of that is answered. The
/// second time it has not heeded that.
void RequestRun::time_is_up() {
    if (!is_waiting()) {
        return;
    }
    const httputil::ExchangeRef alive{&course_->exchange};
    const LabelScope scope{route_->label};
    if (!std::exchange(course_->timed_out, true)) {
        constexpr ioloop::DeadlineWheel::Tick grace = 10;
        ioloop::IOLoop::current().deadlines().set(*course_, grace);
        cancel_wait();
    } else if (!finished_ && application_ != nullptr) {
        answer_exception(std::make_exception_ptr(timeout_error()));
    }
}

HTTPError RequestRun::timeout_error() const {
    const auto limit =
        course_->exchange.timed_out() ? course_->exchange.handler_timeout() : time_limit();
    return HTTPError{503, "the handler took longer than " + std::to_string(limit.count()) + " ms"};
}

/// The loop is closed: what the handler waited for will not be heard of.
void RequestRun::discard() noexcept {
    const auto alive = end_wait();
    const auto done = std::move(course_->pending);
    done->mark_looked_at();
    if (course_->wrapping != nullptr && course_->wrapping->is_inside()) {
        course_->wrapping->handler_failed(std::make_exception_ptr(CancelledError{}));
    }
}

void RequestRun::outlive_application(Route route) noexcept {
    application_ = nullptr;
    kept_route_ = std::make_unique<const Route>(std::move(route));
}

Application& RequestRun::application() const {
    if (application_ == nullptr) {
        throw std::logic_error{
            "the Application has gone before its handler: keep it until the loop is closed"};
    }
    return *application_;
}

}  // namespace tornado::web::detail
