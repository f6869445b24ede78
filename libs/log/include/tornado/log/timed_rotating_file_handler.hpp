#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/log/file_handler.hpp"

namespace tornado::log {

class RotationSchedule;

/// A file that is set aside when its time is over.
///
/// `when` is "S", "M", "H" or "D" (every `interval` seconds, minutes, hours or days), "midnight"
/// (every `interval` days, at midnight), or "W0" to "W6" (every `interval` weeks, at the end of
/// Monday to Sunday), in either case, in local time. `app.log` becomes `app.log.2024-05-01`, with
/// hours, minutes and seconds where `when` needs them: the time the file began. The newest
/// `backup_count` of these are kept; 0 keeps all. The records' own times decide. Where such a file
/// is there already, as in the hour that comes twice when clocks go back, the present one goes on
/// for another period. Processes may share a file. Throws std::invalid_argument for another `when`
/// or an interval below 1. Mirrors `logging.handlers.TimedRotatingFileHandler`.
class TimedRotatingFileHandler : public FileHandler {
public:
    TimedRotatingFileHandler(
        std::string path,
        std::string_view when,
        int interval,
        std::size_t backup_count,
        std::unique_ptr<Formatter> formatter = nullptr
    );
    ~TimedRotatingFileHandler() override;

protected:
    void before_write(const Record& record, std::string_view line) override;

private:
    bool rotate();
    void remove_old_files() const;

    std::unique_ptr<const RotationSchedule> schedule_;
    std::size_t backup_count_;
    std::optional<std::chrono::system_clock::time_point> began_;  // the present file's period
    std::chrono::system_clock::time_point ends_;
};

}  // namespace tornado::log
