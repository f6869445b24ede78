#include <stdexcept>

#include "tornado/ioloop/queues/queue.hpp"
#include "tornado/log.hpp"

namespace tornado::queues {

std::size_t checked_maxsize(std::ptrdiff_t maxsize) {
    if (maxsize < 0) {
        throw std::invalid_argument{
            "a queue's maxsize is negative: give 0 for a queue without a limit"};
    }
    return static_cast<std::size_t>(maxsize);
}

void log_lost_item() noexcept {
    log::app_log().error(
        "An item of a queue was lost: ", log::format_exception(std::current_exception())
    );
}

void Tasks::done() {
    if (unfinished_ == 0) {
        throw std::logic_error{
            "task_done() was called more often than items were put: call it once for each get(), "
            "or leave it to a TaskGuard"};
    }
    if (--unfinished_ == 0 && finished_) {
        finished_->set();
    }
}

TaskGuard::~TaskGuard() {
    try {
        done();
    } catch (const std::logic_error& error) {
        log::app_log().error(error.what());
    }
}

void TaskGuard::done() {
    if (const auto tasks = std::move(tasks_)) {
        tasks->done();
    }
}

}  // namespace tornado::queues
