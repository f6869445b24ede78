#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tornado::httpclient {

/// A Set-Cookie field as its text says it (RFC 6265, 5.2).
struct SetCookie {
    std::string name;
    std::string value;
    std::string domain;  ///< empty: none
    std::string path;    ///< empty: none that counts
    std::optional<std::chrono::system_clock::time_point> expires;
    bool has_domain = false;  ///< even an empty one
    bool http_only = false;
    bool secure = false;
};

/// Nothing for what is no cookie. `now` is what Max-Age counts from.
[[nodiscard]] std::optional<SetCookie>
parse_set_cookie(std::string_view field, std::chrono::system_clock::time_point now);

/// A date in any of the many forms that cookies have them (RFC 6265, 5.1.1).
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_cookie_date(
    std::string_view text
);

}  // namespace tornado::httpclient
