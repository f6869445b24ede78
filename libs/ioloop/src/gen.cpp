#include "tornado/ioloop/gen.hpp"

#include "tornado/log.hpp"

namespace tornado::gen {

Future<void> sleep(Duration duration) {
    auto promise = std::make_shared<Promise<void>>();
    auto future = promise->future();
    auto& loop = ioloop::IOLoop::current();
    const auto timeout = loop.call_later(duration, [promise] { promise->set_result(); });
    promise->on_cancel([timeout, &loop] { loop.remove_timeout(timeout); });
    return future;
}

namespace detail {

void log_late_failure(std::exception_ptr error) noexcept {
    try {
        std::rethrow_exception(std::move(error));
    } catch (const CancelledError&) {
        // Somebody wanted that.
    } catch (...) {
        log::app_log().error(
            "Exception in a future that nobody waits for any more: ",
            log::format_exception(std::current_exception())
        );
    }
}

}  // namespace detail

}  // namespace tornado::gen
