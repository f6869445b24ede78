#include "line_output.hpp"

#include <chrono>
#include <utility>

#include "tornado/log/logger.hpp"
#include "write_all.hpp"

namespace tornado::log {

Record lost_record(std::uint64_t count, const char* why) {
    return {
        Level::warning,
        gen_log().name(),
        std::chrono::system_clock::now(),
        std::to_string(count) +
            (count == 1 ? " log record was lost: " : " log records were lost: ") + why,
    };
}

std::string lines_of(const Record& record, const Formatter& formatter, std::uint64_t lost_before) {
    auto lines = formatter.format(record);
    lines += '\n';
    if (lost_before != 0) {
        lines.insert(
            0, formatter.format(lost_record(lost_before, "they could not be written")) + '\n'
        );
    }
    return lines;
}

std::error_code write_lines(int fd, std::string lines, bool& torn) {
    if (torn) {
        lines.insert(0, 1, '\n');
    }
    std::size_t written = 0;
    const auto error = write_all(fd, lines, &written);
    if (written != 0) {
        torn = error && lines[written - 1] != '\n';
    }
    return error;
}

}  // namespace tornado::log
