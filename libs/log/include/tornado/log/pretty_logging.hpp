#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "tornado/log/level.hpp"

namespace tornado::log {

/// What makes a log file rotate.
enum class RotateMode { size, time };

/// How enable_pretty_logging() sets logging up. The names and defaults are those of Tornado's
/// options.
struct LogOptions {
    std::size_t log_file_max_size = 100'000'000;  ///< bytes; for RotateMode::size
    std::size_t log_file_num_backups = 10;
    std::string log_file_prefix;  ///< the log file's path; empty for none
    int log_rotate_interval = 1;  ///< for RotateMode::time
    RotateMode log_rotate_mode = RotateMode::size;
    std::string log_rotate_when =
        "midnight";                     ///< for RotateMode::time; see TimedRotatingFileHandler
    std::optional<bool> log_to_stderr;  ///< nullopt: only if there is no other handler
    std::optional<Level> logging = Level::info;  ///< nullopt: none, leave logging as it is
};

/// Sends all records of at least `options.logging` to stderr, or to a file, as LogFormatter writes
/// them.
///
/// A further call replaces the handlers of the one before. Throws std::system_error when the file
/// cannot be opened, std::invalid_argument for a bad `log_rotate_when` or `log_rotate_interval`;
/// nothing is then changed. Mirrors `tornado.log.enable_pretty_logging`.
void enable_pretty_logging(const LogOptions& options = {});

}  // namespace tornado::log
