#pragma once

#include "fault.hpp"

struct sqlite3;

namespace tornado::database {

/// What SQLite says of its last call, which returned `code`.
[[nodiscard]] Fault sqlite_fault(sqlite3* handle, int code);

}  // namespace tornado::database
