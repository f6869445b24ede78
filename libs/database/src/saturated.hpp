#pragma once

#include <chrono>

#include "tornado/database/options.hpp"

namespace tornado::database {

/// A time to wait that clocks can count: a very long one for what is more.
template <typename Duration>
[[nodiscard]] constexpr Duration saturated(Duration time) noexcept {
    constexpr std::chrono::hours longest{24 * 365};
    return time < Duration::zero() ? Duration::zero() : time > longest ? Duration{longest} : time;
}

/// The same for all times of the options.
[[nodiscard]] inline ConnectionOptions saturated(ConnectionOptions options) noexcept {
    options.acquire_timeout = saturated(options.acquire_timeout);
    options.connect_timeout = saturated(options.connect_timeout);
    options.first_delay = saturated(options.first_delay);
    options.max_delay = saturated(options.max_delay);
    options.max_idle_time = saturated(options.max_idle_time);
    if (options.query_timeout) {
        options.query_timeout = saturated(*options.query_timeout);
    }
    return options;
}

}  // namespace tornado::database
