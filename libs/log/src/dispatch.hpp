#pragma once

#include "tornado/log/record.hpp"

namespace tornado::log {

/// Hands the record to all handlers, or to stderr when there is none.
void dispatch(const Record& record);

/// Says on stderr that a record could not be logged, and why, without an allocation.
void report_failure(const char* why) noexcept;

}  // namespace tornado::log
