#include "postgresql_rows.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace tornado::database::postgresql {

namespace {

Reading reading_of(Oid type) {
    switch (type) {
        case 16:  // bool
            return Reading::boolean;
        case 17:  // bytea
            return Reading::bytes;
        case 20:  // int8
        case 21:  // int2
        case 23:  // int4
        case 26:  // oid
            return Reading::integer;
        case 700:  // float4
        case 701:  // float8
            return Reading::real;
        default:
            return Reading::text;
    }
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// `\x00ff`, as the session is set to write it.
bool read_bytes(std::string_view text, std::string& bytes) {
    if (!text.starts_with("\\x") || text.size() % 2 != 0) {
        return false;
    }
    bytes.clear();
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 2; i < text.size(); i += 2) {
        const int high = digit(text[i]);
        const int low = digit(text[i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return true;
}

bool add_cell(Block& block, std::string_view text, Reading reading) {
    switch (reading) {
        case Reading::boolean:
            block.add_boolean(text == "t");
            return text == "t" || text == "f";
        case Reading::integer: {
            std::int64_t number = 0;
            const bool good = read_number(text, number);
            block.add_integer(number);
            return good;
        }
        case Reading::real: {
            double number = 0;
            const bool good = read_number(text, number);
            block.add_real(number);
            return good;
        }
        case Reading::bytes: {
            std::string bytes;
            const bool good = read_bytes(text, bytes);
            block.add_blob(bytes);
            return good;
        }
        case Reading::text:
            break;
    }
    block.add_text(text);
    return true;
}

Fault senseless(std::string_view text, const std::string& column) {
    constexpr std::size_t enough = 40;
    return {
        .kind = FaultKind::internal,
        .text = "the server has sent \"" + std::string{text.substr(0, enough)} + "\" in column " +
                column + ", which is no value of its type"};
}

}  // namespace

RowShape::RowShape(const PGresult& result) {
    auto names = std::make_shared<Columns>();
    const int count = PQnfields(&result);
    names->reserve(static_cast<std::size_t>(count));
    readings.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        names->emplace_back(PQfname(&result, i));
        readings.push_back(reading_of(PQftype(&result, i)));
    }
    columns = std::move(names);
}

std::optional<Fault> add_rows(
    Block& block,
    const PGresult& result,
    const RowShape& shape,
    std::size_t limit,
    std::size_t size_limit
) {
    const auto had = block.rows();
    const auto room = limit == 0 ? SIZE_MAX : limit - std::min(limit, had);
    const auto rows = std::min(static_cast<std::size_t>(PQntuples(&result)), room);
    if (had == 0) {  // otherwise it grows by doubling
        block.reserve_rows(rows);
    }
    for (std::size_t row = 0; row < rows && block.size() <= size_limit; ++row) {
        const int its = static_cast<int>(row);
        for (std::size_t i = 0; i < shape.readings.size(); ++i) {
            const int column = static_cast<int>(i);
            if (PQgetisnull(&result, its, column) != 0) {
                block.add_null();
                continue;
            }
            const std::string_view text{
                PQgetvalue(&result, its, column),
                static_cast<std::size_t>(PQgetlength(&result, its, column))};
            if (!add_cell(block, text, shape.readings[i])) {
                return senseless(text, (*shape.columns)[i]);
            }
        }
    }
    return std::nullopt;
}

}  // namespace tornado::database::postgresql
