#include "sqlite_error.hpp"

#include <sqlite3.h>

#include <string_view>

namespace tornado::database {

namespace {

FaultKind kind_of(int primary) noexcept {
    switch (primary) {
        case SQLITE_CONSTRAINT:
            return FaultKind::integrity;
        case SQLITE_ERROR:
        case SQLITE_RANGE:
        case SQLITE_MISUSE:
        case SQLITE_AUTH:
            return FaultKind::programming;
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG:
            return FaultKind::data;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_INTERNAL:
        case SQLITE_FORMAT:
            return FaultKind::internal;
        default:
            return FaultKind::operational;
    }
}

std::string_view primary_name(int code) noexcept {
    constexpr std::string_view names[] = {
        "OK",       "ERROR",    "INTERNAL",  "PERM",   "ABORT",   "BUSY",       "LOCKED",
        "NOMEM",    "READONLY", "INTERRUPT", "IOERR",  "CORRUPT", "NOTFOUND",   "FULL",
        "CANTOPEN", "PROTOCOL", "EMPTY",     "SCHEMA", "TOOBIG",  "CONSTRAINT", "MISMATCH",
        "MISUSE",   "NOLFS",    "AUTH",      "FORMAT", "RANGE",   "NOTADB"};
    const auto place = static_cast<std::size_t>(code);
    return place < std::size(names) ? names[place] : "ERROR";
}

/// The extended codes that programs look at.
std::string_view extended_name(int code) noexcept {
    switch (code) {
        case SQLITE_CONSTRAINT_CHECK:
            return "_CHECK";
        case SQLITE_CONSTRAINT_DATATYPE:
            return "_DATATYPE";
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return "_FOREIGNKEY";
        case SQLITE_CONSTRAINT_NOTNULL:
            return "_NOTNULL";
        case SQLITE_CONSTRAINT_PRIMARYKEY:
            return "_PRIMARYKEY";
        case SQLITE_CONSTRAINT_ROWID:
            return "_ROWID";
        case SQLITE_CONSTRAINT_TRIGGER:
            return "_TRIGGER";
        case SQLITE_CONSTRAINT_UNIQUE:
            return "_UNIQUE";
        case SQLITE_BUSY_SNAPSHOT:
            return "_SNAPSHOT";
        default:
            return "";
    }
}

}  // namespace

Fault sqlite_fault(sqlite3* handle, int code) {
    const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
    constexpr int primary_bits = 0xff;
    const int primary = code & primary_bits;
    Fault fault;
    fault.kind = kind_of(primary);
    fault.text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    fault.code = "SQLITE_";
    fault.code.append(primary_name(primary));
    fault.code.append(extended_name(extended));
    return fault;
}

}  // namespace tornado::database
