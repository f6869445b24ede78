#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "tornado/util/result.hpp"

namespace tornado::httputil {

/// The length of an IMF-fixdate.
inline constexpr std::size_t http_date_size = 29;

/// Writes the http_date_size bytes of "Sun, 06 Nov 1994 08:49:37 GMT" to `out`, without locale,
/// allocation or a terminating NUL. Times outside the years 1 to 9999 are moved to the nearest one
/// inside.
void write_http_date(std::time_t time, char* out) noexcept;
void write_http_date(std::chrono::system_clock::time_point time, char* out) noexcept;

/// The time as an IMF-fixdate (RFC 9110, 5.6.7). Mirrors `tornado.httputil.format_timestamp`.
[[nodiscard]] std::string format_timestamp(std::time_t time);
[[nodiscard]] std::string format_timestamp(std::chrono::system_clock::time_point time);
/// The same for a time that has been taken apart, and is in UTC.
[[nodiscard]] std::string format_timestamp(const std::tm& time);

/// The present time as an IMF-fixdate: a text of the thread's own, renewed once a second, good
/// until the next call.
[[nodiscard]] std::string_view present_http_date() noexcept;

/// Parses a date in any of HTTP's three forms, and what resembles them: IMF-fixdate, RFC 850 (whose
/// two-digit year is at most 50 years ahead), asctime. Zones other than GMT may be "UTC", "Z" or an
/// offset such as "+0200". A time beyond what the clock can hold becomes the furthest that it can.
/// Fails with Errc::malformed_date.
[[nodiscard]] Result<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);

/// Parses an HTTP-date to the letter of RFC 9110, 5.6.7: one of the three forms, names in their own
/// case, GMT. So are conditions read, which count only if they are valid. Whether the day has that
/// name is not looked at. Fails with Errc::malformed_date.
[[nodiscard]] Result<std::chrono::system_clock::time_point> parse_strict_http_date(
    std::string_view text
);

}  // namespace tornado::httputil
