#pragma once

#include <string_view>

#include "tornado/log/record.hpp"

namespace tornado::log {

/// Hands the record to all handlers, or to stderr when there is none.
void dispatch(const Record& record);

/// Says on stderr that a record could not be logged, and why, without an allocation.
void report_failure(const char* why) noexcept;
/// Says on stderr what else is wrong with the log: a sentence.
void report_trouble(std::string_view what) noexcept;

}  // namespace tornado::log
