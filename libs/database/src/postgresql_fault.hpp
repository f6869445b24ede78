#pragma once

#include <string>
#include <string_view>

#include "fault.hpp"
#include "postgresql_handles.hpp"

namespace tornado::database::postgresql {

/// What kind of error a SQLSTATE is, by its class.
[[nodiscard]] FaultKind kind_of(std::string_view sqlstate) noexcept;

/// What the server says of a command that failed.
[[nodiscard]] Fault fault_of(const PGresult& result);
/// What libpq says of a connection that is gone.
[[nodiscard]] Fault lost_fault(const PGconn& connection);
/// What libpq says of one that could not be made: with PQERRORS_VERBOSE, as only its text has the
/// SQLSTATE.
[[nodiscard]] Fault connect_fault(PGconn& connection);

/// Text of libpq on one line.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace tornado::database::postgresql
