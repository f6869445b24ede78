#pragma once

#include <string>
#include <string_view>

#include "tornado/template/error.hpp"
#include "tornado/template/namespace.hpp"

namespace tornado::templating::detail {

/// The names of Python's exceptions, for `{% except ValueError %}`.
[[nodiscard]] Namespace exception_names();

/// Whether `{% except types %}` catches the error; `types` is one exception or a tuple of them.
/// Throws Error (TypeError) when it is neither.
[[nodiscard]] bool is_caught_by(const Error& error, const Value& types);

/// The error as a value, for `as`: it prints as its message.
[[nodiscard]] Value exception_value(const Error& error);

}  // namespace tornado::templating::detail
