#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/database/value.hpp"

namespace tornado::database {

/// The names of a result's columns. Made once for each prepared statement where possible.
using Columns = std::vector<std::string>;

/// Rows of one result, which share their memory. Cells are added row by row, each row whole; from
/// the moment it is handed over nobody changes it, so that any thread may read it.
class Block {
public:
    explicit Block(std::shared_ptr<const Columns> columns) : columns_{std::move(columns)} {}

    void reserve_rows(std::size_t rows) { cells_.reserve(rows * columns_->size()); }
    void add_null() { cells_.push_back({0, 0, Type::null}); }
    void add_boolean(bool truth) { cells_.push_back({truth ? 1 : 0, 0, Type::boolean}); }
    void add_integer(std::int64_t number) { cells_.push_back({number, 0, Type::integer}); }
    void add_real(double number);
    void add_text(std::string_view text) { add_bytes(text, Type::text); }
    void add_blob(std::string_view bytes) { add_bytes(bytes, Type::blob); }

    [[nodiscard]] const Columns& columns() const noexcept { return *columns_; }
    [[nodiscard]] const std::shared_ptr<const Columns>& shared_columns() const noexcept {
        return columns_;
    }
    /// How many whole rows there are.
    [[nodiscard]] std::size_t rows() const noexcept {
        return columns_->empty() ? 0 : cells_.size() / columns_->size();
    }
    /// What it takes in memory, about.
    [[nodiscard]] std::size_t size() const noexcept {
        return cells_.size() * sizeof(Cell) + bytes_.size();
    }
    /// The value of a cell that there is.
    [[nodiscard]] Value value(std::size_t row, std::size_t column) const noexcept;

private:
    struct Cell {
        std::int64_t bits;  ///< a number, or where the bytes begin
        std::uint32_t size;
        Type type;
    };

    void add_bytes(std::string_view bytes, Type type) {
        cells_.push_back(
            {static_cast<std::int64_t>(bytes_.size()),
             static_cast<std::uint32_t>(bytes.size()),
             type}
        );
        bytes_.append(bytes);
    }

    static constexpr std::size_t usual_cells = 8;  ///< of a single row

    std::shared_ptr<const Columns> columns_;
    boost::container::small_vector<Cell, usual_cells> cells_;
    std::string bytes_;
};

}  // namespace tornado::database
