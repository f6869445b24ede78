#include "mariadb_bulk.hpp"

#include <optional>
#include <vector>

#include "mariadb_connection.hpp"
#include "mariadb_fault.hpp"

// Many runs of a statement in one message.
namespace tornado::database::mariadb {

namespace {

// What is cancelled is so between two messages, and the server's max_allowed_packet limits one: it
// is 16 MiB unless somebody has changed it.
constexpr std::size_t most_runs = 1'000;
constexpr std::size_t most_bytes = std::size_t{512} * 1024;

/// The same for all that travels in the same way.
Type way_of(Type type) noexcept {
    return type == Type::boolean ? Type::integer : type;
}

/// What all values of a column are, but for NULL.
Type type_of_column(std::span<const Params> runs, std::size_t column) {
    for (const auto& run : runs) {
        if (const auto type = run[column].type(); type != Type::null) {
            return way_of(type);
        }
    }
    return Type::null;
}

std::size_t size_of(const Params& run) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < run.size(); ++i) {
        size += sizeof(std::int64_t) + 1 + run[i].raw_text().size();
    }
    return size;
}

/// Whether a run goes with those before it; `types` is theirs, and is completed.
bool goes_with(std::vector<Type>& types, const Params& run) {
    for (std::size_t i = 0; i < run.size(); ++i) {
        const auto type = way_of(run[i].type());
        if (type != Type::null && types[i] != Type::null && type != types[i]) {
            return false;
        }
    }
    for (std::size_t i = 0; i < run.size(); ++i) {
        types[i] = types[i] == Type::null ? way_of(run[i].type()) : types[i];
    }
    return true;
}

}  // namespace

bool knows_bulk(MYSQL* connection, MYSQL_STMT* statement) {
    unsigned long of_all = 0;
    unsigned long of_mariadb = 0;
    if (mariadb_get_infov(connection, MARIADB_CONNECTION_SERVER_CAPABILITIES, &of_all) != 0 ||
        mariadb_get_infov(
            connection, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &of_mariadb
        ) != 0) {
        return false;
    }
    constexpr auto bulk = static_cast<unsigned long>(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32U);
    return (of_all & CLIENT_MYSQL) == 0 && (of_mariadb & bulk) != 0 &&
           mysql_stmt_field_count(statement) == 0 && mysql_stmt_param_count(statement) != 0;
}

std::size_t bulk_size(std::span<const Params> runs, std::size_t parameters) {
    std::vector<Type> types(parameters, Type::null);
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (const auto& run : runs) {
        if (count == most_runs || run.size() != parameters || !goes_with(types, run)) {
            break;
        }
        bytes += size_of(run);
        if (bytes > most_bytes) {
            break;
        }
        ++count;
    }
    return count;
}

void BulkArguments::Column::add(const Value& value) {
    const bool is_null = value.type() == Type::null;
    const bool is_bytes = value.type() == Type::text || value.type() == Type::blob;
    const auto text = value.raw_text();
    const auto type = way_of(value.type());
    integers.push_back(type == Type::integer ? value.raw_integer() : 0);
    reals.push_back(type == Type::real ? value.raw_real() : 0);
    texts.push_back(is_bytes ? text.data() : "");
    lengths.push_back(is_bytes ? text.size() : 0);
    indicators.push_back(static_cast<char>(is_null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE));
}

void BulkArguments::Column::bind(Type type, MYSQL_BIND& to) {
    to.u.indicator = indicators.data();
    if (type == Type::integer) {
        to.buffer_type = MYSQL_TYPE_LONGLONG;
        to.buffer = integers.data();
    } else if (type == Type::real) {
        to.buffer_type = MYSQL_TYPE_DOUBLE;
        to.buffer = reals.data();
    } else {
        to.buffer_type = type == Type::blob ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
        to.buffer = static_cast<void*>(texts.data());
        to.length = lengths.data();
    }
}

MYSQL_BIND* BulkArguments::assign(std::span<const Params> runs) {
    const auto parameters = runs.front().size();
    columns_.assign(parameters, {});
    binds_.assign(parameters, MYSQL_BIND{});
    for (std::size_t column = 0; column < parameters; ++column) {
        for (const auto& run : runs) {
            columns_[column].add(run[column]);
        }
        columns_[column].bind(type_of_column(runs, column), binds_[column]);
    }
    return binds_.data();
}

/// As many runs from `first` on as one message takes; tells how many in `count`. The last of all is
/// done alone, as of many the server tells only the first new identifier. Null when none are done:
/// then they have to be so one by one.
Future<std::optional<Outcome>>
Work::execute_bulk(Self self, Command* command, std::size_t first, std::size_t* count) {
    auto* const prepared = co_await prepare(self, command);
    self->require_life();
    auto* const statement = prepared->handle;
    const auto runs = command->runs().subspan(first, command->runs().size() - first - 1);
    *count = 0;
    if (knows_bulk(self->session_->handle(), statement)) {
        *count = bulk_size(runs, mysql_stmt_param_count(statement));
    }
    if (*count < 2) {
        co_return std::nullopt;
    }
    const auto set_rows = [statement](std::size_t rows) {
        const auto its = static_cast<unsigned>(rows);
        mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &its);
    };
    set_rows(*count);
    std::optional<Fault> fault;
    try {
        co_await start(self, prepared, self->bulk_arguments_.assign(runs.first(*count)));
    } catch (const Fault& failure) {
        fault = failure;
    }
    self->require_life();
    set_rows(0);
    if (fault) {
        if (fault->code == cannot_be_prepared || is_stale(*fault)) {
            co_return std::nullopt;
        }
        throw Fault{*fault};
    }
    Outcome outcome;
    outcome.affected = count_of(mysql_stmt_affected_rows(statement));
    outcome.last_row_id = count_of(mysql_stmt_insert_id(statement));
    co_await leave_results(self, statement);
    co_return outcome;
}

}  // namespace tornado::database::mariadb
