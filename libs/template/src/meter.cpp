#include "meter.hpp"

#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

constexpr std::size_t greatest_size = std::size_t{1} << 30U;
constexpr unsigned greatest_depth = 200;

thread_local constinit Meter this_meter;

}  // namespace

Meter& meter() noexcept {
    return this_meter;
}

void steps_exhausted() {
    throw Error::limit("the template takes more steps than it is allowed");
}

void charge_for_size(std::size_t size) {
    if (size > greatest_size) {
        throw Error{"MemoryError", "the result would have " + std::to_string(size) + " elements"};
    }
    charge(size / 64);
}

Nested::Nested() {
    if (meter().depth >= greatest_depth) {
        throw Error{"RecursionError", "the value is nested too deeply"};
    }
    ++meter().depth;
}

}  // namespace tornado::templating::detail
