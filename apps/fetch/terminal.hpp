#pragma once

#include <cstdio>
#include <string>
#include <string_view>

/// Makes sure that whatever is opened later is not taken for standard input, output or error. Those
/// that whoever started this has closed can neither be read nor written.
void reserve_standard_descriptors();

/// A server's text as it is printed: where `to` is a terminal, with escapes ("\x9b") for control
/// characters beyond ASCII, which the terminal would obey.
[[nodiscard]] std::string printable(std::string_view text, std::FILE* to);
