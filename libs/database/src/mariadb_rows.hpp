#pragma once

#include <mysql.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "block.hpp"
#include "tornado/database/params.hpp"

namespace tornado::database::mariadb {

/// A number of rows or an identifier: 0 where libmariadb says that there is none.
[[nodiscard]] constexpr std::int64_t count_of(std::uint64_t affected) noexcept {
    return affected == static_cast<std::uint64_t>(-1) ? 0 : static_cast<std::int64_t>(affected);
}

/// The parameters of one run, as libmariadb takes them.
class Arguments {
public:
    /// Valid until the next call, and as long as `params`.
    [[nodiscard]] MYSQL_BIND* assign(const Params& params);

private:
    struct Number {
        std::int64_t integer = 0;
        double real = 0;
        unsigned long length = 0;
    };
    std::vector<MYSQL_BIND> binds_;
    std::vector<Number> numbers_;
};

/// Where the columns of a result are put, row by row.
class ResultBuffer {
public:
    explicit ResultBuffer(const MYSQL_STMT& statement);
    ResultBuffer(const ResultBuffer&) = delete;
    ResultBuffer& operator=(const ResultBuffer&) = delete;

    [[nodiscard]] const std::shared_ptr<const Columns>& columns() const noexcept {
        return columns_;
    }
    /// Whether the statement still has such a result: the server may have changed it.
    [[nodiscard]] bool fits(const MYSQL_STMT& statement) const;
    [[nodiscard]] MYSQL_BIND* binds() noexcept { return binds_.data(); }
    /// Adds the row that has been fetched. Returns false when that does not work.
    [[nodiscard]] bool add_row(MYSQL_STMT* statement, Block& block);

private:
    enum class Reading : std::uint8_t { integer, large, single, real, bits, text, bytes };
    struct Column {
        Reading reading = Reading::text;
        std::int64_t integer = 0;
        double real = 0;
        float single = 0;
        unsigned long length = 0;
        my_bool is_null = 0;
        my_bool is_cut = 0;
    };

    [[nodiscard]] static Reading reading_of(const MYSQL_FIELD& field);
    void bind(Column& place, MYSQL_BIND& bind);
    [[nodiscard]] bool add_text(MYSQL_STMT* statement, Block& block, std::size_t index);

    std::shared_ptr<const Columns> columns_;
    std::vector<Column> places_;
    std::vector<MYSQL_BIND> binds_;
    std::string text_;
};

}  // namespace tornado::database::mariadb
