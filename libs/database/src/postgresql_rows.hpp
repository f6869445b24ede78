#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <vector>

#include "block.hpp"
#include "fault.hpp"

namespace tornado::database::postgresql {

/// How the text of a column is read.
enum class Reading : std::uint8_t { boolean, integer, real, text, bytes };

/// What the rows of a result look like: of a prepared statement that is always the same.
struct RowShape {
    explicit RowShape(const PGresult& result);

    std::shared_ptr<const Columns> columns;
    std::vector<Reading> readings;
};

/// Adds those of a result's rows that there is room for, at most `limit` in all. Returns what is
/// wrong with what the server says.
[[nodiscard]] std::optional<Fault> add_rows(
    Block& block,
    const PGresult& result,
    const RowShape& shape,
    std::size_t limit,
    std::size_t size_limit
);

}  // namespace tornado::database::postgresql
