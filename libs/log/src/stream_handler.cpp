#include "tornado/log/stream_handler.hpp"

#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

#include "write_all.hpp"

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
    auto line = formatter_->format(record);
    line += '\n';
    const std::lock_guard lock{mutex_};
    if (const auto error = write_all(fd_, line)) {
        throw std::system_error{error, "cannot write the log"};
    }
}

}  // namespace tornado::log
