#pragma once

#include <exception>
#include <string>

namespace tornado::util {

/// From now on it is remembered where each exception was thrown, for as long as it lives; for
/// development, as each throw then takes some microseconds more.
///
/// Only a program that calls this has the code that watches throws: a `__cxa_throw` before that of
/// libstdc++, which must be the shared library, as is usual. `keep_call_stacks(false)` ends it.
/// Thread safety: any thread.
void keep_call_stacks(bool on = true);

/// The calls that led to where the exception was thrown, innermost first: a line
/// `#0 function (file+0x12ab)` for each, as describe_calls() has them. Empty for one that was
/// thrown before keep_call_stacks(), or never. Slow: for reports only. Thread safety: any thread.
[[nodiscard]] std::string call_stack_of(const std::exception_ptr& exception);

}  // namespace tornado::util
