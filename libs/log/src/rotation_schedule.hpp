#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tornado::log {

/// When a log file's time is over, and the name it then gets: see TimedRotatingFileHandler.
class RotationSchedule {
public:
    using Time = std::chrono::system_clock::time_point;

    /// Throws std::invalid_argument when there is no such schedule.
    RotationSchedule(std::string_view when, int interval);

    /// The end of a file that began at `begin`.
    [[nodiscard]] Time end_of(Time begin) const;

    /// What is appended to the path of a file that began at `begin`, such as `.2024-05-01`.
    [[nodiscard]] std::string suffix(Time begin) const;

    /// Whether `text` has the form of a suffix: only such files may be deleted.
    [[nodiscard]] bool is_suffix(std::string_view text) const;

private:
    [[nodiscard]] std::chrono::seconds length_of_period() const;

    char unit_;  // 'S', 'M', 'H', 'D', or 'N' for midnight, 'W' for a weekday
    int interval_;
    int weekday_ = 0;           // for 'W': 0 is Monday
    std::string_view pattern_;  // for strftime
};

}  // namespace tornado::log
