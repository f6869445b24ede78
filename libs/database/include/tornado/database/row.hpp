#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tornado/database/errors.hpp"
#include "tornado/database/value.hpp"

namespace tornado::database {

class Block;
class Row;

/// How a C++ type is made of a whole row: a std::tuple of its columns in their order, and any type
/// that a single value can be, of the first column. <tornado/database/described.hpp> adds classes
/// that Boost.Describe describes. Specialise it for your own.
template <typename T>
struct FromRow;

/// One row of a result.
///
/// Ownership: shares the memory of the whole result, which lives as long as any row of it.
/// Thread safety: rows do not change; any thread may read them.
/// Mirrors `tornado.database.Row`.
///
///     const auto row = co_await db.get("SELECT id, name FROM author WHERE id = ?", 7);
///     row->get<std::string>("name");
class Row {
public:
    Row(std::shared_ptr<const Block> block, std::size_t index) noexcept
        : block_{std::move(block)},
          index_{index} {}

    /// How many columns it has, and their names.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] const std::vector<std::string>& columns() const noexcept;
    [[nodiscard]] bool has(std::string_view column) const noexcept;

    /// The value of a column, by its place or its name; of two with the same name, the first.
    /// Throws ProgrammingError when there is no such column.
    [[nodiscard]] Value operator[](std::size_t column) const;
    [[nodiscard]] Value operator[](std::string_view column) const;

    /// The value as a T: see Value::get(). What DataError says begins with the column's name.
    template <typename T>
    [[nodiscard]] T get(std::string_view column) const {
        return get<T>(place_of(column));
    }
    template <typename T>
    [[nodiscard]] T get(std::size_t column) const {
        const auto value = (*this)[column];
        try {
            return value.template get<T>();
        } catch (const DataError& error) {
            fail(column, error);
        }
    }

    /// The row as a T: see FromRow.
    template <typename T>
    [[nodiscard]] T as() const {
        return FromRow<T>::read(*this);
    }

private:
    friend class Rows;
    [[nodiscard]] std::size_t place_of(std::string_view column) const;
    [[noreturn]] void fail(std::size_t column, const DataError& error) const;

    std::shared_ptr<const Block> block_;
    std::size_t index_;
};

/// All rows of a result, in their order.
///
/// Ownership: shares the result's memory with its rows.
/// Thread safety: as Row.
///
///     for (const auto& row : co_await db.query("SELECT name FROM author")) { ... }
class Rows {
public:
    /// Goes through the rows; what it refers to is good until the next step.
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Row;
        using difference_type = std::ptrdiff_t;
        using pointer = const Row*;
        using reference = const Row&;

        explicit Iterator(Row row) noexcept : row_{std::move(row)} {}
        const Row& operator*() const noexcept { return row_; }
        const Row* operator->() const noexcept { return &row_; }
        Iterator& operator++() noexcept {
            ++row_.index_;
            return *this;
        }
        void operator++(int) noexcept { ++row_.index_; }
        bool operator==(const Iterator& other) const noexcept {
            return row_.index_ == other.row_.index_;
        }

    private:
        Row row_;
    };
    using value_type = Row;
    using const_iterator = Iterator;

    /// None.
    Rows() noexcept = default;
    /// Those of a block from its row `first` on.
    explicit Rows(std::shared_ptr<const Block> block, std::size_t first = 0) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// The names of the columns, also when there is no row.
    [[nodiscard]] const std::vector<std::string>& columns() const noexcept;

    /// A row that there is: at() throws std::out_of_range for another.
    [[nodiscard]] Row operator[](std::size_t index) const noexcept {
        return {block_, first_ + index};
    }
    [[nodiscard]] Row at(std::size_t index) const;
    [[nodiscard]] Row front() const { return at(0); }
    [[nodiscard]] Row back() const { return at(size_ - 1); }
    [[nodiscard]] Iterator begin() const noexcept { return Iterator{{block_, first_}}; }
    [[nodiscard]] Iterator end() const noexcept { return Iterator{{nullptr, first_ + size_}}; }

    /// All of them as T: see FromRow.
    template <typename T>
    [[nodiscard]] std::vector<T> as() const {
        std::vector<T> all;
        all.reserve(size_);
        for (const auto& row : *this) {
            all.push_back(row.as<T>());
        }
        return all;
    }

private:
    std::shared_ptr<const Block> block_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

template <typename T>
struct FromRow {
    static T read(const Row& row) { return row.get<T>(std::size_t{0}); }
};

template <typename... T>
struct FromRow<std::tuple<T...>> {
    static std::tuple<T...> read(const Row& row) {
        return read(row, std::index_sequence_for<T...>{});
    }

private:
    template <std::size_t... place>
    static std::tuple<T...> read(const Row& row, std::index_sequence<place...>) {
        return std::tuple<T...>{row.get<T>(place)...};
    }
};

}  // namespace tornado::database
