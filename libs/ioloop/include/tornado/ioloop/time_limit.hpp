#pragma once

#include "tornado/concurrent/stack_context.hpp"
#include "tornado/ioloop/timeout.hpp"

namespace tornado::ioloop {

/// When whatever runs in a context has to be over, on the scale of IOLoop::time(). A request
/// handler with a time limit sets it; HTTP clients give their fetches no more time than that.
///
///     const stack_context::StackContext limit{ioloop::must_end_by, loop.time_after(2s)};
inline constexpr stack_context::Key<TimePoint> must_end_by;

}  // namespace tornado::ioloop
