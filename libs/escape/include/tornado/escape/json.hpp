#pragma once

#include <string>
#include <string_view>

#include "tornado/util/result.hpp"

namespace boost::json {
class value;
}

namespace tornado::escape {

/// The value as JSON, in ASCII: all else is written `\uXXXX`, and `</` as `<\/`, so that the text
/// may stand inside a `<script>`.
///
/// Members keep their order; separators are `, ` and `: `, as Python writes them. Numbers that JSON
/// lacks (NaN, infinities) become null, bytes that are not UTF-8 U+FFFD. Callers include
/// <boost/json.hpp>. Mirrors `tornado.escape.json_encode`.
[[nodiscard]] std::string json_encode(const boost::json::value& value);

/// Append a text or a number as json_encode() writes it, for those who write JSON without making a
/// value first.
void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, double number);

/// The value of a JSON text, which must be UTF-8, nest no deeper than 256 levels, and hold nothing
/// but white space around the value.
///
/// Fails with a code of boost::json::error. Callers include <boost/json.hpp>. Mirrors
/// `tornado.escape.json_decode`.
[[nodiscard]] Result<boost::json::value> json_decode(std::string_view text);

}  // namespace tornado::escape
