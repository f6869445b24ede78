#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/database/params.hpp"
#include "tornado/database/row.hpp"
#include "tornado/database/row_stream.hpp"

namespace tornado::database {

class QueryTarget;

/// What a Connection and a Transaction can be asked.
///
/// A query is one statement, with `?` for each value, which follows as an argument: see Params.
/// (For a question mark that is an operator of PostgreSQL write `??`.) Instead of the values there
/// may be one Params.
///
/// Errors: the futures fail with a DatabaseError of the kind, with the server's own code and text.
/// Cancellation: the query is cancelled, in the server too. Mirrors the verbs of
/// `tornado.database.Connection`.
class Queries {
public:
    /// All rows.
    template <typename... P>
    [[nodiscard]] Future<Rows> query(std::string_view sql, const P&... values) {
        return start_query(sql, params(values...));
    }
    /// The only row, or nullopt when there is none. More than one is a ProgrammingError.
    template <typename... P>
    [[nodiscard]] Future<std::optional<Row>> get(std::string_view sql, const P&... values) {
        return start_get(sql, params(values...));
    }
    /// The rows as they come, for results of any size.
    template <typename... P>
    [[nodiscard]] RowStream iter(std::string_view sql, const P&... values) {
        return start_iter(sql, params(values...));
    }

    /// The same as execute_lastrowid().
    template <typename... P>
    Future<std::int64_t> execute(std::string_view sql, const P&... values) {
        return start_execute(sql, params(values...), Count::last_row_id);
    }
    /// The first value of the last row that RETURNING gives, if that is an integer; without it the
    /// identifier that SQLite or MariaDB gave to the inserted row, else 0. PostgreSQL tells none
    /// without `RETURNING id`, which all three know.
    template <typename... P>
    Future<std::int64_t> execute_lastrowid(std::string_view sql, const P&... values) {
        return start_execute(sql, params(values...), Count::last_row_id);
    }
    /// How many rows were changed.
    template <typename... P>
    Future<std::int64_t> execute_rowcount(std::string_view sql, const P&... values) {
        return start_execute(sql, params(values...), Count::rows);
    }

    /// Runs a statement for each set of parameters: all of them or, when one fails, none.
    Future<std::int64_t> executemany(std::string_view sql, std::vector<Params> runs) {
        return start_many(sql, std::move(runs), Count::last_row_id);
    }
    Future<std::int64_t> executemany_lastrowid(std::string_view sql, std::vector<Params> runs) {
        return start_many(sql, std::move(runs), Count::last_row_id);
    }
    Future<std::int64_t> executemany_rowcount(std::string_view sql, std::vector<Params> runs) {
        return start_many(sql, std::move(runs), Count::rows);
    }

    /// Other names: those that torndb, Tornado's module after it had left, has added.
    template <typename... P>
    Future<std::int64_t> insert(std::string_view sql, const P&... values) {
        return execute_lastrowid(sql, values...);
    }
    template <typename... P>
    Future<std::int64_t> update(std::string_view sql, const P&... values) {
        return execute_rowcount(sql, values...);
    }
    Future<std::int64_t> insertmany(std::string_view sql, std::vector<Params> runs) {
        return executemany_lastrowid(sql, std::move(runs));
    }
    Future<std::int64_t> updatemany(std::string_view sql, std::vector<Params> runs) {
        return executemany_rowcount(sql, std::move(runs));
    }

protected:
    enum class Count : std::uint8_t { last_row_id, rows };

    explicit Queries(std::shared_ptr<QueryTarget> target) noexcept;
    Queries(Queries&&) noexcept;
    Queries& operator=(Queries&&) noexcept;
    ~Queries();

    [[nodiscard]] const std::shared_ptr<QueryTarget>& target() const noexcept { return target_; }

private:
    template <typename... P>
    static Params params(const P&... values) {
        if constexpr (sizeof...(P) == 0) {
            return {};
        } else {
            return Params{values...};
        }
    }
    static Params params(const Params& values) { return values; }

    [[nodiscard]] Future<Rows> start_query(std::string_view sql, Params params);
    [[nodiscard]] Future<std::optional<Row>> start_get(std::string_view sql, Params params);
    [[nodiscard]] RowStream start_iter(std::string_view sql, Params params);
    [[nodiscard]] Future<std::int64_t>
    start_execute(std::string_view sql, Params params, Count count);
    [[nodiscard]] Future<std::int64_t>
    start_many(std::string_view sql, std::vector<Params> runs, Count count);

    std::shared_ptr<QueryTarget> target_;
};

}  // namespace tornado::database
