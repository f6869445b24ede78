#include "tornado/log/stream_handler.hpp"

#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

#include "line_output.hpp"

namespace tornado::log {

StreamHandler::StreamHandler(int fd, std::unique_ptr<Formatter> formatter)
    : fd_{fd},
      formatter_{std::move(formatter)} {
    if (formatter_ == nullptr) {
        LogFormatterOptions options;
        options.color = fd == STDERR_FILENO && options.color;
        formatter_ = std::make_unique<LogFormatter>(std::move(options));
    }
}

void StreamHandler::emit(const Record& record) {
    auto lines = lines_of(record, *formatter_, 0);
    const std::lock_guard lock{mutex_};
    const auto lost_before = unsaid();  // one thread says it
    if (lost_before != 0) {
        lines = lines_of(record, *formatter_, lost_before);
    }
    if (const auto error = write_lines(fd_, std::move(lines), torn_)) {
        throw std::system_error{error, "cannot write the log"};
    }
    said(lost_before);
}

void StreamHandler::capture(Record& record) const {
    formatter_->capture(record);
}

}  // namespace tornado::log
