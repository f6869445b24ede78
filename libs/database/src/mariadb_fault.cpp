#include "mariadb_fault.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "backend.hpp"

namespace tornado::database::mariadb {

namespace {

using Kind = FaultKind;

/// What says nothing by its SQLSTATE, or the wrong thing.
constexpr std::pair<unsigned, Kind> kinds_of_numbers[] = {
    {1030, Kind::operational},  // a storage engine's error: a full disk, for example
    {1034, Kind::internal},     // damaged files
    {1035, Kind::internal},      {1111, Kind::programming},
    {1194, Kind::internal},      {1195, Kind::internal},
    {1210, Kind::programming},   {1215, Kind::integrity},
    {1235, Kind::not_supported}, {1264, Kind::data},
    {1265, Kind::data},          {1286, Kind::not_supported},
    {1289, Kind::not_supported}, {1292, Kind::data},
    {1295, Kind::not_supported}, {1364, Kind::integrity},  // no value for a column that needs one
    {1366, Kind::data},          {1390, Kind::programming},
    {1411, Kind::data},          {1452, Kind::integrity},
    {1815, Kind::internal},      {3819, Kind::integrity},  // a CHECK of MySQL
    {4025, Kind::integrity},                               // of MariaDB
};
constexpr std::pair<std::string_view, Kind> kinds_of_states[] = {
    {"0A", Kind::not_supported},
    {"21", Kind::programming},
    {"22", Kind::data},
    {"23", Kind::integrity},
    {"2F", Kind::programming},
    {"3D", Kind::programming},
    {"3F", Kind::programming},
    {"42", Kind::programming},
    {"45", Kind::programming},
};

/// After these nothing comes over the connection any more.
constexpr unsigned numbers_of_the_lost[] = {
    1053,  // the server shuts down
    1080,  // the connection is forced to close
    1153,  // a packet that is too large, after which the server closes
    1927,  // the connection was killed
    2006,  // the server has gone away
    2013,  // or did so meanwhile
    2027,  // a malformed packet
    2055,  // as 2013, with more to say
    4031,  // idle for too long
};

/// A way to log in that gives the password away.
constexpr unsigned not_allowed = 5010;

/// What stays wrong, however often one connects.
constexpr unsigned permanent_numbers[] = {
    1044,  // no right to the database
    1045,  // a wrong password
    1049,  // no such database
    1130,  // this host is not allowed
    1251,  // no way to log in that both know
    1698,  // as 1045, for who needs no password
    1862,  // an expired password
    2049,
    2054,
    2058,
    2059,
    2061,  // plugins to log in with
    not_allowed,
};

template <typename Range>
bool contains(const Range& numbers, unsigned number) {
    return std::ranges::find(numbers, number) != std::end(numbers);
}

Kind kind_of(unsigned number, std::string_view sqlstate) {
    for (const auto& [its, kind] : kinds_of_numbers) {
        if (its == number) {
            return kind;
        }
    }
    for (const auto& [its, kind] : kinds_of_states) {
        if (sqlstate.starts_with(its)) {
            return kind;
        }
    }
    return Kind::operational;
}

}  // namespace

Fault fault_of(unsigned number, std::string_view sqlstate, std::string_view text) {
    Fault fault;
    fault.kind = kind_of(number, sqlstate);
    fault.text = text;
    fault.code = std::to_string(number);
    fault.lost = contains(numbers_of_the_lost, number);
    return fault;
}
Fault fault_of(MYSQL* connection) {
    return fault_of(mysql_errno(connection), mysql_sqlstate(connection), mysql_error(connection));
}
Fault fault_of(MYSQL_STMT* statement) {
    if (mysql_stmt_errno(statement) == 0 && statement->mysql != nullptr) {
        return fault_of(statement->mysql);  // what comes instead of a row is noted only there
    }
    return fault_of(
        mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement), mysql_stmt_error(statement)
    );
}

Fault connect_fault(MYSQL* connection) {
    auto fault = fault_of(connection);
    fault.kind = Kind::operational;
    if (mysql_errno(connection) == not_allowed) {
        // Not libmariadb's text, which may name another way to log in than the one refused.
        fault.text =
            "the server asks for the password itself, which is told only to one that is verified: "
            "see ssl-ca and ssl-verify-server-cert";
    }
    fault.lost = !contains(permanent_numbers, mysql_errno(connection)) && !is_mistrust(fault.text);
    return fault;
}

bool nobody_is_there(const Fault& fault) noexcept {
    return fault.code == "2002" || fault.code == "2003";
}

bool is_stale(const Fault& fault) noexcept {
    return fault.code == "1615" || fault.code == "1243";
}

}  // namespace tornado::database::mariadb
