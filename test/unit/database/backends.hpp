#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "../temporary_folder.hpp"
#include "servers.hpp"

/// A database for one test, empty at its beginning and gone after it.
class Backend {
public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    /// What Connection takes. Each such object has a database of its own.
    [[nodiscard]] virtual std::string url() const = 0;
    /// What makes a column of numbers that the server counts up, for CREATE TABLE.
    [[nodiscard]] virtual std::string serial() const = 0;
    /// The type of a column for bytes.
    [[nodiscard]] virtual std::string blob() const { return "blob"; }
    /// A query that takes longer than any test waits, and has no parameters; it has one column.
    [[nodiscard]] virtual std::string endless() const = 0;
    /// A query of the numbers from 1 to so many, as column n.
    [[nodiscard]] virtual std::string series(int count) const = 0;
    /// What DatabaseError::code() is for a key that is there already.
    [[nodiscard]] virtual std::string duplicate_key() const = 0;
    /// Whether execute_lastrowid() knows an identifier without RETURNING.
    [[nodiscard]] virtual bool tells_row_ids() const { return true; }
};

/// SQLite, in a file.
class SQLiteBackend final : public Backend {
public:
    [[nodiscard]] std::string url() const override { return "sqlite:" + folder_ / "test.db"; }
    [[nodiscard]] std::string serial() const override { return "integer primary key"; }
    [[nodiscard]] std::string endless() const override {
        return series(2'000'000'000) + " ORDER BY n DESC";
    }
    [[nodiscard]] std::string series(int count) const override {
        return "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < " +
               std::to_string(count) + ") SELECT n FROM s";
    }
    [[nodiscard]] std::string duplicate_key() const override { return "SQLITE_CONSTRAINT_UNIQUE"; }

private:
    TemporaryFolder folder_;
};

/// A kind of database that the tests run on.
struct BackendKind {
    std::string name;
    std::unique_ptr<Backend> (*make)();
};

inline std::ostream& operator<<(std::ostream& out, const BackendKind& kind) {
    return out << kind.name;
}

std::unique_ptr<Backend> make_postgresql_backend();
std::unique_ptr<Backend> make_mariadb_backend();

/// All that there are here, or the one that TORNADO_TEST_DATABASE names: the one place that lists
/// them.
inline std::vector<BackendKind> backends() {
    std::vector<BackendKind> kinds;
    const auto add = [&](const std::string& name, std::unique_ptr<Backend> (*make)()) {
        if (Servers::is_wanted(name)) {
            kinds.push_back({name, make});
        }
    };
    add("sqlite", []() -> std::unique_ptr<Backend> { return std::make_unique<SQLiteBackend>(); });
#ifdef TORNADO_HAS_LIBPQ
    add("postgresql", &make_postgresql_backend);
#endif
#ifdef TORNADO_HAS_MARIADB
    add("mariadb", &make_mariadb_backend);
#endif
    return kinds;
}
