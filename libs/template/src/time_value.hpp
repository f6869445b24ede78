#pragma once

#include <cstdint>

#include "tornado/template/value.hpp"

// Python's dates, moments and spans, as microseconds.
namespace tornado::templating::detail {

inline constexpr std::int64_t second = 1'000'000;
inline constexpr std::int64_t day = 86'400 * second;
inline constexpr std::int64_t least_moment = -62'135'596'800 * second;           // 0001-01-01
inline constexpr std::int64_t last_moment = 253'402'300'799 * second + 999'999;  // the end of 9999
inline constexpr std::int64_t longest_span = 100'000'000 * day;

enum class TimeKind : unsigned char { date, datetime, timedelta };

/// How many whole units there are, rounded down.
[[nodiscard]] constexpr std::int64_t floor_of(std::int64_t value, std::int64_t unit) {
    return value / unit - (value % unit < 0 ? 1 : 0);
}

/// A date or moment so long after 1970, or a span. Throws Error (OverflowError) beyond the limits.
[[nodiscard]] Value make_time(TimeKind kind, std::int64_t microseconds, bool is_utc = false);

}  // namespace tornado::templating::detail
