#pragma once

#include <string>
#include <string_view>

namespace tornado::httputil {

/// `username:password` as Basic authentication sends it, in base64, and as a server compares it
/// (RFC 7617): each of the two, UTF-8, in Unicode's normalization form C, so that it does not
/// matter by which keys an accent was typed. What is not UTF-8 stays as it is. Mirrors
/// `tornado.httputil.encode_username_password`.
[[nodiscard]] std::string
encode_username_password(std::string_view username, std::string_view password);

}  // namespace tornado::httputil
