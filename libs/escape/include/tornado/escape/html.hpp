#pragma once

#include <string>
#include <string_view>

namespace tornado::escape {

/// The text with `& < > " '` written as entities, fit for HTML and XML text and attribute values.
/// Mirrors `tornado.escape.xhtml_escape`.
[[nodiscard]] std::string xhtml_escape(std::string_view text);

/// Appends the same to `out`.
void append_xhtml_escaped(std::string& out, std::string_view text);

/// The text with its HTML entities, named and numeric, replaced by what they stand for, in UTF-8.
///
/// What is no entity stays as it is. Numbers that no character has become U+FFFD, or nothing where
/// HTML says so; those of Windows-1252 mean what they mean there. Mirrors
/// `tornado.escape.xhtml_unescape`, which is Python's `html.unescape`.
[[nodiscard]] std::string xhtml_unescape(std::string_view text);

/// The text trimmed, with each run of spaces and control characters (0x00 to 0x20) made one space.
/// Mirrors `tornado.escape.squeeze`, which also trims Unicode's spaces at both ends.
[[nodiscard]] std::string squeeze(std::string_view text);

}  // namespace tornado::escape
