#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace tornado::database {

/// What a database says when it does not do what it was asked, and what this library says in its
/// place: the base of all these errors.
///
/// what() begins with the server's own text. Mirrors the exceptions of Python's PEP 249.
class DatabaseError : public std::runtime_error {
public:
    explicit DatabaseError(const std::string& text, std::string code = {})
        : std::runtime_error{text},
          code_{std::move(code)} {}

    /// The server's own code: a SQLSTATE of PostgreSQL ("23505"), a number of MariaDB ("1062"), a
    /// name of SQLite ("SQLITE_CONSTRAINT_UNIQUE"). Empty when the error is this library's.
    [[nodiscard]] const std::string& code() const noexcept { return code_; }

private:
    std::string code_;
};

/// The rows would contradict each other or a rule: a key twice, a missing reference, a failed
/// check.
class IntegrityError : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

/// Nothing the program did wrong: the server is away, busy, full or has given up.
class OperationalError : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

/// The connection broke while the query was under way: it may have been done or not.
class ConnectionLostError : public OperationalError {
public:
    using OperationalError::OperationalError;
};

/// The program is wrong: a mistake of syntax, an unknown table or column, a wrong number of
/// parameters, more than one row for get().
class ProgrammingError : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

/// A value that does not fit: out of range, not a number, too long, NULL where there is no
/// optional.
class DataError : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

/// This library or a client library cannot be used in this way.
class InterfaceError : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

/// Something that this database has not.
class NotSupportedError : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

/// The server is at fault: damaged files, for example.
class InternalError : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

}  // namespace tornado::database
