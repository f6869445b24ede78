#include "tornado/log/rotating_file_handler.hpp"

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
    if (present != 0 && present + line.size() > max_bytes_) {  // never sets an empty file aside
        rotate();
    }
}

void RotatingFileHandler::rotate() {
    const auto backup = [this](std::size_t number) {
        return path() + '.' + std::to_string(number);
    };
    for (auto number = backup_count_; number > 1; --number) {
        // Fails where that backup does not exist yet, which is as well.
        std::rename(backup(number - 1).c_str(), backup(number).c_str());
    }
    std::rename(path().c_str(), backup(1).c_str());
    reopen();
}

}  // namespace tornado::log
