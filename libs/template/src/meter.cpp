#include "meter.hpp"

#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

constexpr unsigned greatest_depth = 200;
constexpr std::ptrdiff_t most_stack = 2 * 1024 * 1024;  // a thread has 8 MiB

}  // namespace

void steps_exhausted() {
    throw Error::limit("the template takes more steps than it is allowed");
}

void size_exceeded(std::size_t size) {
    throw Error{"MemoryError", "the result would have " + std::to_string(size) + " elements"};
}

Nested::Nested() {
    auto& now = meter();
    const auto* const here = static_cast<const char*>(__builtin_frame_address(0));
    if (now.depth == 0) {
        now.stack = here;
    } else if (now.depth >= greatest_depth || now.stack - here > most_stack) {
        throw Error{"RecursionError", "values or calls are nested too deeply"};
    }
    ++now.depth;
}

}  // namespace tornado::templating::detail
