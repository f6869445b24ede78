#include "meter.hpp"

#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

constexpr unsigned greatest_depth = 200;

}  // namespace

void steps_exhausted() {
    throw Error::limit("the template takes more steps than it is allowed");
}

void size_exceeded(std::size_t size) {
    throw Error{"MemoryError", "the result would have " + std::to_string(size) + " elements"};
}

Nested::Nested() {
    if (meter().depth >= greatest_depth) {
        throw Error{"RecursionError", "the value is nested too deeply"};
    }
    ++meter().depth;
}

}  // namespace tornado::templating::detail
