#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tornado/template/value.hpp"

namespace tornado::templating::detail {

/// Appends what Python's `str()`, `repr()` make of a value.
void append_str(std::string& out, const Value& value);
void append_repr(std::string& out, const Value& value);

void append_integer(std::string& out, std::int64_t number);
void append_floating(std::string& out, double number);
/// The text between quotes, with escapes where it needs them.
void append_quoted(std::string& out, std::string_view text);

}  // namespace tornado::templating::detail
