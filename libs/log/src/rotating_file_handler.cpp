#include "tornado/log/rotating_file_handler.hpp"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace tornado::log {

RotatingFileHandler::RotatingFileHandler(
    std::string path,
    std::size_t max_bytes,
    std::size_t backup_count,
    std::unique_ptr<Formatter> formatter
)
    : FileHandler{std::move(path), std::move(formatter)},
      max_bytes_{max_bytes},
      backup_count_{backup_count} {}

void RotatingFileHandler::before_write(const Record&, std::string_view line) {
    if (max_bytes_ == 0 || backup_count_ == 0) {
        return;
    }
    const auto present = size();
    const bool is_full = present != 0 && present + line.size() > max_bytes_;  // empty: never
    if (is_full && present >= next_try_) {
        const auto rotation = rotate_once([this] { return rotate(); });
        next_try_ = rotation == Rotation::failed ? present + max_bytes_ : 0;
    }
}

bool RotatingFileHandler::rotate() {
    const auto backup = [this](std::size_t number) {
        return path() + '.' + std::to_string(number);
    };
    std::size_t free = 1;
    while (free < backup_count_ && ::access(backup(free).c_str(), F_OK) == 0) {
        ++free;
    }
    for (auto number = free; number > 1; --number) {
        std::rename(backup(number - 1).c_str(), backup(number).c_str());
    }
    return set_aside(backup(1));
}

}  // namespace tornado::log
