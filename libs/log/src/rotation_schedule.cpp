#include "rotation_schedule.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>

namespace tornado::log {

namespace {

using std::chrono::system_clock;

std::tm local(system_clock::time_point time) {
    const auto seconds = system_clock::to_time_t(time);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
}

system_clock::time_point midnight_after(system_clock::time_point time, int days) {
    auto parts = local(time);
    parts.tm_mday += days;  // mktime knows the months, and where clocks change
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    parts.tm_isdst = -1;
    return system_clock::from_time_t(std::mktime(&parts));
}

std::string to_upper(std::string_view text) {
    std::string upper{text};
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return upper;
}

}  // namespace

RotationSchedule::RotationSchedule(std::string_view when, int interval) : interval_{interval} {
    const auto unit = to_upper(when);
    if (unit == "MIDNIGHT") {
        unit_ = 'N';
    } else if (unit.size() == 1 && std::string_view{"SMHD"}.find(unit[0]) != std::string_view::npos) {
        unit_ = unit[0];
    } else if (unit.size() == 2 && unit[0] == 'W' && unit[1] >= '0' && unit[1] <= '6') {
        unit_ = 'W';
        weekday_ = unit[1] - '0';
    } else {
        throw std::invalid_argument{
            "log files rotate at S, M, H, D, midnight or W0 to W6, not at \"" + std::string{when} +
            '"'};
    }
    if (interval < 1) {
        throw std::invalid_argument{
            "the interval of log rotation must be at least 1, not " + std::to_string(interval)};
    }
    // The clock's nanoseconds end in 2262.
    constexpr std::chrono::seconds longest = std::chrono::days{36'500};
    if (length_of_period() > longest / (unit_ == 'W' ? 7 : 1)) {
        throw std::invalid_argument{
            "the interval of log rotation must be no longer than 100 years; " +
            std::to_string(interval) + " times \"" + std::string{when} + "\" are longer"};
    }
    switch (unit_) {
        case 'S':
            pattern_ = ".%Y-%m-%d_%H-%M-%S";
            break;
        case 'M':
            pattern_ = ".%Y-%m-%d_%H-%M";
            break;
        case 'H':
            pattern_ = ".%Y-%m-%d_%H";
            break;
        default:
            pattern_ = ".%Y-%m-%d";
    }
}

std::chrono::seconds RotationSchedule::length_of_period() const {
    using namespace std::chrono_literals;
    switch (unit_) {
        case 'S':
            return 1s * interval_;
        case 'M':
            return 60s * interval_;
        case 'H':
            return 3600s * interval_;
        default:
            return 86400s * interval_;
    }
}

RotationSchedule::Time RotationSchedule::end_of(Time begin) const {
    if (unit_ == 'N') {
        return midnight_after(begin, interval_);
    }
    if (unit_ == 'W') {
        const int today = (local(begin).tm_wday + 6) % 7;  // tm_wday counts from Sunday
        const int days = (weekday_ - today + 7) % 7;
        return midnight_after(begin, days + 1 + 7 * (interval_ - 1));
    }
    return begin + length_of_period();
}

std::string RotationSchedule::suffix(Time begin) const {
    const auto parts = local(begin);
    std::array<char, 64> text;
    return {text.data(), std::strftime(text.data(), text.size(), pattern_.data(), &parts)};
}

bool RotationSchedule::is_suffix(std::string_view text) const {
    const auto model = suffix(Time{});
    return std::equal(text.begin(), text.end(), model.begin(), model.end(), [](char c, char m) {
        return m >= '0' && m <= '9' ? c >= '0' && c <= '9' : c == m;
    });
}

}  // namespace tornado::log
