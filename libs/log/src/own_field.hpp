#pragma once

#include <string>

#include "tornado/log/formatter.hpp"
#include "tornado/log/record.hpp"

namespace tornado::log {

/// Puts the field's text by in the record, for another thread.
void capture_field(const LogField& field, Record& record);

/// The field's text: what was put by, else what it is in this thread.
[[nodiscard]] std::string field_text(const LogField& field, const Record& record);

}  // namespace tornado::log
