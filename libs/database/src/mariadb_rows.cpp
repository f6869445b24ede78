#include "mariadb_rows.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

namespace tornado::database::mariadb {

namespace {

/// The number of the charset that means bytes.
constexpr unsigned binary_charset = 63;

bool is_text_or_bytes(enum_field_types type) {
    switch (type) {
        case MYSQL_TYPE_VARCHAR:
        case MYSQL_TYPE_TINY_BLOB:
        case MYSQL_TYPE_MEDIUM_BLOB:
        case MYSQL_TYPE_LONG_BLOB:
        case MYSQL_TYPE_BLOB:
        case MYSQL_TYPE_VAR_STRING:
        case MYSQL_TYPE_STRING:
        case MYSQL_TYPE_GEOMETRY:
            return true;
        default:
            return false;
    }
}

/// The double that is written as the float is: 0.1, and not 0.10000000149.
double widened(float number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.begin(), text.end(), number).ptr;
    double result = 0;
    std::from_chars(text.begin(), end, result);
    return result;
}

}  // namespace

MYSQL_BIND* Arguments::assign(const Params& params) {
    binds_.assign(params.size(), MYSQL_BIND{});
    numbers_.assign(params.size(), Number{});
    for (std::size_t i = 0; i < params.size(); ++i) {
        const auto value = params[i];
        auto& bind = binds_[i];
        auto& number = numbers_[i];
        switch (value.type()) {
            case Type::null:
                bind.buffer_type = MYSQL_TYPE_NULL;
                break;
            case Type::boolean:
            case Type::integer:
                number.integer = value.raw_integer();
                bind.buffer_type = MYSQL_TYPE_LONGLONG;
                bind.buffer = &number.integer;
                break;
            case Type::real:
                number.real = value.raw_real();
                bind.buffer_type = MYSQL_TYPE_DOUBLE;
                bind.buffer = &number.real;
                break;
            case Type::text:
            case Type::blob:
                number.length = value.raw_text().size();
                bind.buffer_type = value.type() == Type::text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
                bind.buffer = const_cast<char*>(value.raw_text().data());  // it only reads
                bind.buffer_length = number.length;
                bind.length = &number.length;
                break;
        }
    }
    return binds_.data();
}

ResultBuffer::ResultBuffer(const MYSQL_STMT& statement) {
    const std::size_t count = statement.field_count;
    auto names = std::make_shared<Columns>();
    places_.resize(count);
    binds_.resize(count, MYSQL_BIND{});
    for (std::size_t i = 0; i < count; ++i) {
        const auto& field = statement.fields[i];
        names->emplace_back(field.name, field.name_length);
        places_[i].reading = reading_of(field);
        bind(places_[i], binds_[i]);
    }
    columns_ = std::move(names);
}

bool ResultBuffer::fits(const MYSQL_STMT& statement) const {
    if (statement.field_count != places_.size()) {
        return false;
    }
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto& field = statement.fields[i];
        if (reading_of(field) != places_[i].reading ||
            std::string_view{field.name, field.name_length} != (*columns_)[i]) {
            return false;
        }
    }
    return true;
}

ResultBuffer::Reading ResultBuffer::reading_of(const MYSQL_FIELD& field) {
    switch (field.type) {
        case MYSQL_TYPE_TINY:
        case MYSQL_TYPE_SHORT:
        case MYSQL_TYPE_INT24:
        case MYSQL_TYPE_LONG:
        case MYSQL_TYPE_LONGLONG:
        case MYSQL_TYPE_YEAR:
            return (field.flags & UNSIGNED_FLAG) != 0 ? Reading::large : Reading::integer;
        case MYSQL_TYPE_FLOAT:
            return Reading::single;
        case MYSQL_TYPE_DOUBLE:
            return Reading::real;
        case MYSQL_TYPE_BIT:
            return Reading::bits;
        default:
            return is_text_or_bytes(field.type) && field.charsetnr == binary_charset
                       ? Reading::bytes
                       : Reading::text;
    }
}

void ResultBuffer::bind(Column& place, MYSQL_BIND& bind) {
    bind.length = &place.length;
    bind.is_null = &place.is_null;
    bind.error = &place.is_cut;
    switch (place.reading) {
        case Reading::integer:
        case Reading::large:
            bind.buffer_type = MYSQL_TYPE_LONGLONG;
            bind.buffer = &place.integer;
            bind.is_unsigned = place.reading == Reading::large ? 1 : 0;
            break;
        case Reading::single:
            bind.buffer_type = MYSQL_TYPE_FLOAT;
            bind.buffer = &place.single;
            break;
        case Reading::real:
            bind.buffer_type = MYSQL_TYPE_DOUBLE;
            bind.buffer = &place.real;
            break;
        default:  // without a place: add_row() learns from the length how large that has to be
            bind.buffer_type = place.reading == Reading::text ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
            break;
    }
}

bool ResultBuffer::add_row(MYSQL_STMT* statement, Block& block) {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto& place = places_[i];
        if (place.is_null != 0) {
            block.add_null();
            continue;
        }
        switch (place.reading) {
            case Reading::large:
                if (place.integer < 0) {  // more than 2^63 - 1
                    block.add_text(std::to_string(static_cast<std::uint64_t>(place.integer)));
                    break;
                }
                [[fallthrough]];
            case Reading::integer:
                block.add_integer(place.integer);
                break;
            case Reading::single:
                block.add_real(widened(place.single));
                break;
            case Reading::real:
                block.add_real(place.real);
                break;
            default:
                if (!add_text(statement, block, i)) {
                    return false;
                }
                break;
        }
    }
    return true;
}

bool ResultBuffer::add_text(MYSQL_STMT* statement, Block& block, std::size_t index) {
    auto& place = places_[index];
    // What is no text in the server is written out only now, so that its length is not known yet.
    constexpr std::size_t longest_written = 96;
    text_.resize(place.length + longest_written);
    unsigned long length = 0;
    my_bool is_null = 0;
    MYSQL_BIND bind{};
    bind.buffer_type = binds_[index].buffer_type;
    bind.buffer = text_.data();
    bind.buffer_length = text_.size();
    bind.length = &length;
    bind.is_null = &is_null;
    if (mysql_stmt_fetch_column(statement, &bind, static_cast<unsigned>(index), 0) != 0 ||
        length > text_.size()) {
        return false;
    }
    const auto bytes = std::string_view{text_}.substr(0, length);
    if (place.reading == Reading::bytes) {
        block.add_blob(bytes);
    } else if (place.reading == Reading::text) {
        block.add_text(bytes);
    } else {
        std::uint64_t bits = 0;
        for (const char c : bytes) {
            bits = bits << 8U | static_cast<unsigned char>(c);
        }
        block.add_integer(static_cast<std::int64_t>(bits));
    }
    return true;
}

}  // namespace tornado::database::mariadb
