// Any bytes as a file of translations in CSV: rows have lines that do not go back, fields read back
// as they were, and what is taken can be asked about everything.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tornado/locale/csv_locale.hpp>
#include <tornado/log.hpp>
#include <vector>

#include "csv_reader.hpp"
#include "support.hpp"

namespace {

namespace locale = tornado::locale;

std::string quoted(const std::vector<std::string>& fields) {
    std::string row;
    for (const auto& field : fields) {
        row += row.empty() ? "\"" : ",\"";
        for (const char c : field) {
            row.append(c == '"' ? 2 : 1, c);
        }
        row += '"';
    }
    return row + "\n";
}

void check_rows(std::string_view input) {
    const auto ends =
        std::count_if(input.begin(), input.end(), [](char c) { return c == '\n' || c == '\r'; });
    locale::CSVReader reader{input};
    std::vector<std::string> row;
    std::size_t line = 1;
    while (reader.next(row)) {
        require(reader.line() >= line, "rows follow each other");
        line = reader.line();
        require(line <= static_cast<std::size_t>(ends) + 1, "a row begins on a line that there is");
        if (row.empty()) {
            continue;
        }
        const auto text = quoted(row);
        locale::CSVReader again{text};
        std::vector<std::string> same;
        require(again.next(same) && same == row, "quoted fields read back as they were");
        require(!again.next(same), "one row is one row");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    [[maybe_unused]] static const bool silent = [] {
        tornado::log::gen_log().set_level(std::nullopt);
        tornado::log::app_log().set_level(std::nullopt);
        return true;
    }();
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    check_rows(input);
    const locale::CSVLocale translations{"en", locale::parse_csv_translations(input, "fuzz.csv")};
    for (const std::string_view message : {"", "a", "school"}) {
        static_cast<void>(translations.translate(message));
        static_cast<void>(translations.translate(message, "schools", 2));
    }
    return 0;
}
