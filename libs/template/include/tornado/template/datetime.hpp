#pragma once

#include <chrono>

#include "tornado/template/value.hpp"

namespace tornado::templating {

namespace detail {

[[nodiscard]] Value make_datetime(std::chrono::microseconds since_1970);
[[nodiscard]] Value make_timedelta(std::chrono::microseconds span);

/// Whether microseconds cannot count it.
template <typename Duration>
[[nodiscard]] constexpr bool is_too_long(Duration time) noexcept {
    using Seconds = std::chrono::duration<double>;
    return !(
        Seconds{time} < Seconds{std::chrono::microseconds::max()} &&
        Seconds{time} > Seconds{std::chrono::microseconds::min()}
    );
}

}  // namespace detail

/// A moment as Python's datetime, in UTC and without a time zone, as `datetime.utcnow()` gives it:
/// `{{ entry.published.strftime("%d %B %Y") }}`. doc/templates.md lists what it can do. Throws
/// Error (OverflowError) outside of the years 1 to 9999.
template <typename Duration>
[[nodiscard]] Value datetime(std::chrono::time_point<std::chrono::system_clock, Duration> time) {
    using std::chrono::microseconds;
    const auto since_1970 = time.time_since_epoch();
    return detail::make_datetime(
        detail::is_too_long(since_1970) ? microseconds::max()
                                        : std::chrono::floor<microseconds>(since_1970)
    );
}

/// A span of time as Python's timedelta, to the microsecond. Throws Error (OverflowError) beyond
/// 100,000,000 days.
template <typename Rep, typename Period>
[[nodiscard]] Value timedelta(std::chrono::duration<Rep, Period> span) {
    using std::chrono::microseconds;
    return detail::make_timedelta(
        detail::is_too_long(span) ? microseconds::max()
                                  : std::chrono::duration_cast<microseconds>(span)
    );
}

/// With this header, moments and spans of any unit are values.
template <typename Duration>
struct ValueFrom<std::chrono::time_point<std::chrono::system_clock, Duration>> {
    static Value
    borrow(const std::chrono::time_point<std::chrono::system_clock, Duration>& time, detail::Holder*) {
        return datetime(time);
    }
};
template <typename Rep, typename Period>
struct ValueFrom<std::chrono::duration<Rep, Period>> {
    static Value borrow(const std::chrono::duration<Rep, Period>& span, detail::Holder*) {
        return timedelta(span);
    }
};

}  // namespace tornado::templating
