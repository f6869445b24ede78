#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tornado/util/result.hpp"

namespace tornado::escape {

/// The bytes percent-encoded for a URL.
///
/// With `plus`, for a query: a space is "+" and "/" is encoded. Without, for a path: a space is
/// "%20" and "/" stays. Mirrors `tornado.escape.url_escape`.
[[nodiscard]] std::string url_escape(std::string_view value, bool plus = true);

/// The bytes that a percent-encoded text stands for: any bytes. A "%" without two hexadecimal
/// digits stays. With `plus`, "+" is a space. Mirrors `tornado.escape.url_unescape(encoding=None)`.
[[nodiscard]] std::string url_unescape(std::string_view value, bool plus = true);

/// The same where the bytes must be text: fails with Errc::invalid_utf8.
[[nodiscard]] Result<std::string> url_unescape_utf8(std::string_view value, bool plus = true);

/// The fields of a query string, decoded to bytes, in their order.
using QueryFields = std::vector<std::pair<std::string, std::string>>;

/// Parses a query string or a urlencoded form, whose fields are separated by "&" alone.
///
/// Fields without a value, or without "=", are left out unless `keep_blank_values`.
/// Mirrors `tornado.escape.parse_qs_bytes`, but keeps the order of different names.
[[nodiscard]] QueryFields parse_qs_bytes(std::string_view query, bool keep_blank_values = false);

/// The same, but fails with Errc::malformed_query when a field has no "=".
/// Mirrors `parse_qs_bytes(strict_parsing=True)`.
[[nodiscard]] Result<QueryFields>
parse_qs_bytes_strictly(std::string_view query, bool keep_blank_values = false);

}  // namespace tornado::escape
