#include "tornado/ioloop/gen.hpp"

#include <memory>
#include <stdexcept>

#include "tornado/log.hpp"

namespace tornado::gen {

Future<void> sleep(Duration duration) {
    auto& loop = ioloop::IOLoop::current();
    if (loop.closed()) {
        concurrent::throw_closed();
    }
    auto promise = detail::make_promise_of_timer<void>();
    auto future = promise->future();
    const auto timeout = loop.call_later(duration, [promise] { promise->set_result(); });
    promise->on_cancel([timeout, &loop] { loop.remove_timeout(timeout); });
    return future;
}

void log_late_failure(const std::exception_ptr& error, QuietExceptions quiet) noexcept {
    if (!concurrent::is_cancellation(error) && !quiet.contain(error)) {
        log::app_log().error(
            "Exception in a future that nobody waits for any more: ", log::format_exception(error)
        );
    }
}

void fail_nothing_left() {
    throw std::logic_error{
        "the WaitIterator has delivered all its futures: ask done() before next()"};
}

namespace detail {

CancelTimer::CancelTimer(TimePoint deadline, concurrent::FutureState& operation)
    : loop_{ioloop::IOLoop::current()} {
    if (loop_.closed()) {
        concurrent::throw_closed();
    }
    auto token = std::make_shared<char>();
    pending_ = token;
    timeout_ = loop_.call_at(deadline, [this, &operation, token = std::move(token)] {
        fired_ = operation.cancel();
    });
}

CancelTimer::~CancelTimer() {
    if (!pending_.expired()) {
        loop_.remove_timeout(timeout_);
    }
}

}  // namespace detail

}  // namespace tornado::gen
