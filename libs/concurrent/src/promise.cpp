#include "tornado/concurrent/promise.hpp"

#include <stdexcept>

namespace tornado::concurrent {

void fail_settled_twice() {
    throw InvalidStateError{"the Promise is settled already: ask done() before settling it again"};
}

void fail_moved_from() {
    throw InvalidStateError{"the Promise was moved from: use the one that it was moved to"};
}

void fail_without_exception() {
    throw std::invalid_argument{
        "set_exception() got no exception: call it in a catch block with "
        "std::current_exception(), or give it an exception object"};
}

}  // namespace tornado::concurrent
