#include "tornado/concurrent/future_functions.hpp"

#include "tornado/log.hpp"

namespace tornado::concurrent {

void log_after_cancellation(const std::exception_ptr& error) noexcept {
    log::app_log().error("Exception after Future was cancelled: ", log::format_exception(error));
}

}  // namespace tornado::concurrent
