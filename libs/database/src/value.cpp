#include "tornado/database/value.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "moment.hpp"
#include "tornado/database/errors.hpp"

namespace tornado::database {

namespace {

std::string number_text(double number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), end};
}

/// The number that the whole text is.
template <typename T>
std::optional<T> parsed(std::string_view text) noexcept {
    T number{};
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.empty() || read.ec != std::errc{} || read.ptr != end) {
        return std::nullopt;
    }
    return number;
}

/// A floating point number that is whole and surely within T.
template <typename T>
std::optional<T> whole(double number, double limit) noexcept {
    if (std::trunc(number) != number || number < (std::is_signed_v<T> ? -limit : 0) ||
        number >= limit) {
        return std::nullopt;
    }
    return static_cast<T>(number);
}

/// What a text or a floating point number is as an integer: decimals come as text.
template <typename T>
std::optional<T> as_whole(const Value& value, double limit) noexcept {
    if (value.type() == Type::text) {
        const auto text = value.raw_text();
        const auto point = text.find('.');
        if (point != text.npos && text.find_first_not_of('0', point + 1) != text.npos) {
            return std::nullopt;
        }
        return parsed<T>(text.substr(0, point));
    }
    return value.type() == Type::real ? whole<T>(value.raw_real(), limit) : std::nullopt;
}

}  // namespace

Value Value::boolean(bool truth) noexcept {
    Value value;
    value.type_ = Type::boolean;
    value.integer_ = truth ? 1 : 0;
    return value;
}

Value Value::integer(std::int64_t number) noexcept {
    Value value;
    value.type_ = Type::integer;
    value.integer_ = number;
    return value;
}

Value Value::real(double number) noexcept {
    Value value;
    value.type_ = Type::real;
    value.real_ = number;
    return value;
}

Value Value::text(std::string_view text) noexcept {
    Value value;
    value.type_ = Type::text;
    value.text_ = text;
    return value;
}

Value Value::blob(std::string_view bytes) noexcept {
    auto value = text(bytes);
    value.type_ = Type::blob;
    return value;
}

void Value::fail(const char* wanted) const {
    if (is_null()) {
        throw DataError{
            "a value is NULL where " + std::string{wanted} +
            " was wanted: read it as a std::optional"};
    }
    auto text = as_string();
    if (constexpr std::size_t enough = 40; text.size() > enough) {
        text.resize(enough);
        text += "...";
    }
    throw DataError{"\"" + text + "\" is not " + wanted};
}

void Value::fail_range(const std::string& number) {
    throw DataError{number + " is out of the range of the type that was asked for"};
}

bool Value::as_boolean() const {
    if (type_ == Type::boolean || type_ == Type::integer) {
        return integer_ != 0;
    }
    if (type_ == Type::text) {
        if (text_ == "t" || text_ == "true" || text_ == "1") {
            return true;
        }
        if (text_ == "f" || text_ == "false" || text_ == "0") {
            return false;
        }
    }
    fail("a bool");
}

std::int64_t Value::as_integer() const {
    if (type_ == Type::integer || type_ == Type::boolean) {
        return integer_;
    }
    constexpr double limit = 9223372036854775808.0;  // 2^63
    const auto number = as_whole<std::int64_t>(*this, limit);
    if (!number) {
        fail("an integer");
    }
    return *number;
}

std::uint64_t Value::as_unsigned() const {
    if (type_ == Type::integer || type_ == Type::boolean) {
        if (integer_ < 0) {
            fail_range(std::to_string(integer_));
        }
        return static_cast<std::uint64_t>(integer_);
    }
    constexpr double limit = 18446744073709551616.0;  // 2^64
    const auto number = as_whole<std::uint64_t>(*this, limit);
    if (!number) {
        fail("an integer that is not negative");
    }
    return *number;
}

double Value::as_real() const {
    if (type_ == Type::real) {
        return real_;
    }
    if (type_ == Type::integer || type_ == Type::boolean) {
        return static_cast<double>(integer_);
    }
    const auto number = type_ == Type::text ? parsed<double>(text_) : std::nullopt;
    if (!number) {
        fail("a number");
    }
    return *number;
}

std::string Value::as_string() const {
    switch (type_) {
        case Type::null:
            fail("text");
        case Type::boolean:
            return integer_ != 0 ? "true" : "false";
        case Type::integer:
            return std::to_string(integer_);
        case Type::real:
            return number_text(real_);
        case Type::text:
        case Type::blob:
            break;
    }
    return std::string{text_};
}

std::string_view Value::as_view() const {
    if (type_ != Type::text && type_ != Type::blob) {
        fail("text; read it as a std::string");
    }
    return text_;
}

char Value::as_character() const {
    if (type_ != Type::text || text_.size() != 1) {
        fail("text of one byte");
    }
    return text_.front();
}

Moment Value::as_moment() const {
    const auto moment = type_ == Type::text ? parse_moment(text_) : std::nullopt;
    if (!moment) {
        fail("a date and time");
    }
    return *moment;
}

}  // namespace tornado::database
