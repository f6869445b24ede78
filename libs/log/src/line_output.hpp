#pragma once

#include <cstdint>
#include <string>
#include <system_error>

#include "tornado/log/formatter.hpp"
#include "tornado/log/record.hpp"

namespace tornado::log {

/// What the log says about records that it lost, when it can write again.
[[nodiscard]] Record lost_record(std::uint64_t count, const char* why);

/// The record as whole lines, behind one that says how many were lost before it, if any were.
[[nodiscard]] std::string
lines_of(const Record& record, const Formatter& formatter, std::uint64_t lost_before);

/// Writes whole lines. `torn` keeps from one call to the next that a line was cut short by an
/// error; what comes behind it then begins a line of its own.
[[nodiscard]] std::error_code write_lines(int fd, std::string lines, bool& torn);

}  // namespace tornado::log
