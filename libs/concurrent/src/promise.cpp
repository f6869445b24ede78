#include "tornado/concurrent/promise.hpp"

#include <stdexcept>

#include "tornado/log.hpp"

namespace tornado::concurrent {

void run_take_back(util::UniqueFunction<void()>& take_back) noexcept {
    try {
        take_back();
    } catch (...) {
        log::app_log().error(
            "Exception while a cancelled operation was taken back: ",
            log::format_exception(std::current_exception())
        );
    }
}

void fail_settled_twice() {
    throw InvalidStateError{"the Promise is settled already: ask done() before settling it again"};
}

void fail_moved_from() {
    throw InvalidStateError{"the Promise was moved from: use the one that it was moved to"};
}

void fail_without_exception() {
    throw std::invalid_argument{
        "set_exception() or Future::failed() got no exception: call it in a catch block with "
        "std::current_exception(), or give it an exception object"};
}

}  // namespace tornado::concurrent
