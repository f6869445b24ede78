#include "tornado/log/timed_rotating_file_handler.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "rotation_schedule.hpp"

namespace tornado::log {

namespace {

namespace fs = std::filesystem;

using Time = std::chrono::system_clock::time_point;

Time last_change(const std::string& path, Time otherwise) {
    struct stat status {};
    const bool known = ::stat(path.c_str(), &status) == 0;
    return known ? std::chrono::system_clock::from_time_t(status.st_mtime) : otherwise;
}

}  // namespace

TimedRotatingFileHandler::TimedRotatingFileHandler(
    std::string path,
    std::string_view when,
    int interval,
    std::size_t backup_count,
    std::unique_ptr<Formatter> formatter
)
    : FileHandler{std::move(path), std::move(formatter)},
      schedule_{std::make_unique<RotationSchedule>(when, interval)},
      backup_count_{backup_count} {
    if (size() != 0) {  // left by an earlier run: its period is that of its last line
        began_ = last_change(this->path(), std::chrono::system_clock::now());
        ends_ = schedule_->end_of(*began_);
    }
}

TimedRotatingFileHandler::~TimedRotatingFileHandler() = default;

void TimedRotatingFileHandler::before_write(const Record& record, std::string_view) {
    if (began_ && record.time < ends_) {
        return;
    }
    if (began_ && size() != 0 && rotate_once([this] { return rotate(); }) == Rotation::busy) {
        return;
    }
    began_ = record.time;
    ends_ = schedule_->end_of(record.time);
}

bool TimedRotatingFileHandler::rotate() {
    std::error_code ignored;
    const auto backup = path() + schedule_->suffix(*began_);
    if (fs::is_regular_file(backup, ignored)) {
        return false;  // the clock was set back: this file goes on, rather than replace that one
    }
    if (!set_aside(backup)) {
        return false;
    }
    if (backup_count_ != 0) {
        remove_old_files();
    }
    return true;
}

void TimedRotatingFileHandler::remove_old_files() const {
    const fs::path file{path()};
    const auto name = file.filename().string();
    std::vector<fs::path> backups;
    std::error_code error;
    fs::directory_iterator entry{file.has_parent_path() ? file.parent_path() : ".", error};
    for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
        const auto other = entry->path().filename().string();
        if (other.starts_with(name) &&
            schedule_->is_suffix(std::string_view{other}.substr(name.size()))) {
            backups.push_back(entry->path());
        }
    }
    if (backups.size() <= backup_count_) {
        return;
    }
    std::sort(backups.begin(), backups.end());  // the suffix sorts as the time does
    backups.resize(backups.size() - backup_count_);
    for (const auto& old : backups) {
        fs::remove(old, error);
    }
}

}  // namespace tornado::log
