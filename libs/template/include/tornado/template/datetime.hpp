#pragma once

#include <chrono>

#include "tornado/template/value.hpp"

namespace tornado::templating {

/// A moment as Python's datetime, in UTC and without a time zone, as `datetime.utcnow()` gives it:
/// `{{ entry.published.strftime("%d %B %Y") }}`. doc/templates.md lists what it can do.
[[nodiscard]] Value datetime(std::chrono::system_clock::time_point time);

/// A span of time as Python's timedelta, to the microsecond.
[[nodiscard]] Value timedelta(std::chrono::microseconds span);

/// With this header, moments and spans of any unit are values.
template <typename Duration>
struct ValueFrom<std::chrono::time_point<std::chrono::system_clock, Duration>> {
    static Value
    borrow(const std::chrono::time_point<std::chrono::system_clock, Duration>& time, detail::Holder*) {
        return datetime(std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    }
};
template <typename Rep, typename Period>
struct ValueFrom<std::chrono::duration<Rep, Period>> {
    static Value borrow(const std::chrono::duration<Rep, Period>& span, detail::Holder*) {
        return timedelta(std::chrono::duration_cast<std::chrono::microseconds>(span));
    }
};

}  // namespace tornado::templating
