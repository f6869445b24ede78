#pragma once

#include <mysql.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tornado/database/params.hpp"

namespace tornado::database::mariadb {

/// Whether the server does many runs of a statement in one round trip, as MariaDB does since 10.2
/// for what changes rows and gives none back.
[[nodiscard]] bool knows_bulk(MYSQL* connection, MYSQL_STMT* statement);

/// How many runs, from the first on, go into one message: those that have so many parameters, which
/// are of the same types or NULL, as long as that is not too large for a server.
[[nodiscard]] std::size_t bulk_size(std::span<const Params> runs, std::size_t parameters);

/// The parameters of many runs, as libmariadb takes them: column by column.
class BulkArguments {
public:
    /// Of runs that bulk_size() has found, at least one. Valid until the next call, and as long as
    /// they are.
    [[nodiscard]] MYSQL_BIND* assign(std::span<const Params> runs);

private:
    struct Column {
        std::vector<std::int64_t> integers;
        std::vector<double> reals;
        std::vector<const char*> texts;
        std::vector<unsigned long> lengths;
        std::vector<char> indicators;

        void add(const Value& value);
        void bind(Type type, MYSQL_BIND& to);
    };

    std::vector<Column> columns_;
    std::vector<MYSQL_BIND> binds_;
};

}  // namespace tornado::database::mariadb
