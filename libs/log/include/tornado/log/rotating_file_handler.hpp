#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tornado/log/file_handler.hpp"

namespace tornado::log {

/// A file that is set aside when it would grow past `max_bytes`.
///
/// `app.log` becomes `app.log.1`, that `app.log.2`, and so on up to `backup_count`; what is older
/// goes. With 0 for either number it never rotates. Processes may share a file. Mirrors
/// `logging.handlers.RotatingFileHandler`.
class RotatingFileHandler : public FileHandler {
public:
    RotatingFileHandler(
        std::string path,
        std::size_t max_bytes,
        std::size_t backup_count,
        std::unique_ptr<Formatter> formatter = nullptr
    );

protected:
    void before_write(const Record& record, std::string_view line) override;

private:
    bool rotate();

    std::size_t max_bytes_;
    std::size_t backup_count_;
    std::size_t next_try_ = 0;  // bytes in the file; when the last rotation has failed
};

}  // namespace tornado::log
