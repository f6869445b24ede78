#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/locale/csv_locale.hpp"

namespace tornado::locale {

/// Reads the rows of a text in CSV: fields are separated by commas, those in quotes may hold
/// commas, line ends and doubled quotes. Lenient as Python's csv: a quote inside a field that does
/// not begin with one is text, and so is what follows a closing quote.
class CSVReader {
public:
    explicit CSVReader(std::string_view text) : rest_{text} {}

    /// The fields of the next row, in `row`; false at the end. An empty line has none.
    bool next(std::vector<std::string>& row);

    /// The line at which that row began, from 1.
    [[nodiscard]] std::size_t line() const noexcept { return row_line_; }

private:
    [[nodiscard]] std::string field();
    [[nodiscard]] bool at_line_end() const;
    void skip_line_end();

    std::string_view rest_;
    std::size_t line_ = 1;
    std::size_t row_line_ = 0;
};

/// The translations in a text as load_translations() describes it. What is wrong with a row is
/// logged with `path`, and the row skipped.
[[nodiscard]] CSVTranslations parse_csv_translations(std::string_view text, std::string_view path);

}  // namespace tornado::locale
