#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "tornado/log/level.hpp"

namespace tornado::log {

/// What makes a log file rotate.
enum class RotateMode { size, time };

/// What log lines look like: as LogFormatter writes them, or as JSONFormatter does.
enum class LogFormat { text, json };

/// How enable_pretty_logging() sets logging up. The names and defaults are those of Tornado's
/// options, but for `log_async` and `log_format`, which are ours.
struct LogOptions {
    /// Whether threads of their own write, so that whoever logs never waits; see AsyncHandler.
    bool log_async = false;
    /// Bytes; for RotateMode::size.
    std::size_t log_file_max_size = 100'000'000;
    std::size_t log_file_num_backups = 10;
    /// The log file's path; empty for none.
    std::string log_file_prefix = "";
    LogFormat log_format = LogFormat::text;
    int log_rotate_interval = 1;
    RotateMode log_rotate_mode = RotateMode::size;
    /// For RotateMode::time, as is the interval; see TimedRotatingFileHandler.
    std::string log_rotate_when = "midnight";
    /// Unset: only if there is no other handler.
    std::optional<bool> log_to_stderr = std::nullopt;
    /// The least level to log. Unset is Tornado's "none": logging stays as it is.
    std::optional<Level> logging = Level::info;
};

/// Sends all records of at least `options.logging` to stderr, or to a file, as LogFormatter writes
/// them, or JSONFormatter.
///
/// A further call replaces the handlers of the one before. Throws std::system_error when the file
/// cannot be opened, std::invalid_argument for a bad `log_rotate_when` or `log_rotate_interval`;
/// nothing is then changed. Mirrors `tornado.log.enable_pretty_logging`.
void enable_pretty_logging(const LogOptions& options = {});

}  // namespace tornado::log
