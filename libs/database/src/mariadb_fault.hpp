#pragma once

#include <mysql.h>

#include <string_view>

#include "fault.hpp"

namespace tornado::database::mariadb {

/// What an error of MariaDB or MySQL is, by its number and its SQLSTATE.
[[nodiscard]] Fault fault_of(unsigned number, std::string_view sqlstate, std::string_view text);
[[nodiscard]] Fault fault_of(MYSQL* connection);
[[nodiscard]] Fault fault_of(MYSQL_STMT* statement);
/// The same for one that could not be made: lost when the next attempt may go well.
[[nodiscard]] Fault connect_fault(MYSQL* connection);

/// ER_UNSUPPORTED_PS: a statement that cannot be prepared.
inline constexpr std::string_view cannot_be_prepared = "1295";
/// ER_QUERY_INTERRUPTED.
inline constexpr std::string_view interrupted = "1317";
/// ER_NEED_REPREPARE, ER_UNKNOWN_STMT_HANDLER: the server has lost or changed a prepared statement.
[[nodiscard]] bool is_stale(const Fault& fault) noexcept;
/// CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR: another address of the host may be better.
[[nodiscard]] bool nobody_is_there(const Fault& fault) noexcept;

}  // namespace tornado::database::mariadb
