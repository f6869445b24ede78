#pragma once

#include <cstdio>
#include <string>
#include <string_view>

/// A server's text as it is printed: where `to` is a terminal, with escapes ("\x9b") for control
/// characters beyond ASCII, which the terminal would obey.
[[nodiscard]] std::string printable(std::string_view text, std::FILE* to);
