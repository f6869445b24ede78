#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// A cookie that a client sent.
struct RequestCookie {
    std::string name;  ///< empty for a piece without "="
    std::string value;

    bool operator==(const RequestCookie&) const = default;
};

/// Parses a Cookie field as browsers read them, in linear time: pieces between ";", split at the
/// first "=", trimmed, quoted values unquoted. Each name comes once, where it came first, with the
/// value that came last. Mirrors `tornado.httputil.parse_cookie`.
[[nodiscard]] std::vector<RequestCookie> parse_cookie(std::string_view header);

/// The value in the form that goes on the wire: as it is when it consists of harmless characters,
/// otherwise in double quotes, with `\\073` for ";" and the like.
[[nodiscard]] std::string quote_cookie_value(std::string_view value);

/// Undoes quote_cookie_value(); a value that is not in double quotes stays as it is.
[[nodiscard]] std::string unquote_cookie_value(std::string_view value);

/// A cookie that a server sets. Mirrors the arguments of `RequestHandler.set_cookie`.
struct Cookie {
    std::string domain = {};  ///< left out when empty, as are `path` and `samesite`
    std::optional<std::chrono::system_clock::time_point> expires = {};
    bool httponly = false;
    std::optional<std::chrono::seconds> max_age = {};
    std::string name = {};
    std::string path = "/";
    std::string samesite = {};
    bool secure = false;
    std::string value = {};

    /// The value of a Set-Cookie field. Fails with Errc::malformed_cookie unless the name is a
    /// token, the value free of control characters and spaces, and no attribute holds one of these
    /// or a ";".
    [[nodiscard]] Result<std::string> to_string() const;
};

}  // namespace tornado::httputil
