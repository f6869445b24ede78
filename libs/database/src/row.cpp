#include "tornado/database/row.hpp"

#include <algorithm>
#include <stdexcept>

#include "block.hpp"

namespace tornado::database {

namespace {

const Columns no_columns;

/// Where a column is, or how many there are when there is none of that name.
std::size_t find(const Columns& columns, std::string_view name) noexcept {
    return static_cast<std::size_t>(std::ranges::find(columns, name) - columns.begin());
}

std::string joined(const Columns& columns) {
    std::string text;
    for (const auto& name : columns) {
        text.append(text.empty() ? "" : ", ").append(name);
    }
    return text;
}

}  // namespace

std::size_t Row::size() const noexcept {
    return block_->columns().size();
}

const std::vector<std::string>& Row::columns() const noexcept {
    return block_->columns();
}

bool Row::has(std::string_view column) const noexcept {
    return find(columns(), column) < size();
}

std::size_t Row::place_of(std::string_view column) const {
    const auto place = find(columns(), column);
    if (place == size()) {
        throw ProgrammingError{
            "there is no column " + std::string{column} + "; there are " + joined(columns())};
    }
    return place;
}

Value Row::operator[](std::size_t column) const {
    if (column >= size()) {
        throw ProgrammingError{
            "there is no column " + std::to_string(column) + ": they are numbered from 0, and " +
            std::to_string(size())};
    }
    return block_->value(index_, column);
}

Value Row::operator[](std::string_view column) const {
    return block_->value(index_, place_of(column));
}

void Row::fail(std::size_t column, const DataError& error) const {
    throw DataError{columns()[column] + ": " + error.what()};
}

Rows::Rows(std::shared_ptr<const Block> block, std::size_t first) noexcept
    : block_{std::move(block)},
      first_{first},
      size_{block_ != nullptr ? block_->rows() - first : 0} {}

const std::vector<std::string>& Rows::columns() const noexcept {
    return block_ != nullptr ? block_->columns() : no_columns;
}

Row Rows::at(std::size_t index) const {
    if (index >= size_) {
        throw std::out_of_range{
            "there is no row " + std::to_string(index) + " among " + std::to_string(size_)};
    }
    return (*this)[index];
}

}  // namespace tornado::database
