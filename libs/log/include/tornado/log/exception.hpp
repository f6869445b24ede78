#pragma once

#include <exception>
#include <string>

namespace tornado::log {

/// The exception in words: `std::runtime_error: its what()`, or only its type's name when it has no
/// what(). "no exception" for null.
[[nodiscard]] std::string format_exception(std::exception_ptr exception);

/// The same for the exception that is being handled, inside a catch block.
[[nodiscard]] std::string format_current_exception();

}  // namespace tornado::log
