#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

#include "builtin.hpp"
#include "format_number.hpp"
#include "meter.hpp"
#include "methods.hpp"
#include "sequence.hpp"
#include "text.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/operations.hpp"

namespace tornado::templating::detail {

namespace {

bool is_whole(const Value& value) {
    return value.kind() == Kind::integer || value.kind() == Kind::boolean;
}

[[noreturn]] void not_a_number(std::string_view type, const Value& value) {
    throw Error{
        "TypeError",
        std::string{type} + "() argument must be a string or a real number, not '" +
            std::string{value.type_name()} + "'"};
}

/// A number's text without spaces at the ends and underscores inside.
std::string plain_number(const Value& text) {
    const auto stripped = text::strip_right(text::strip_left(Access::text(text)));
    std::string plain;
    for (std::size_t i = 0; i < stripped.size(); ++i) {
        const bool between = i > 0 && i + 1 < stripped.size() &&
                             std::isalnum(static_cast<unsigned char>(stripped[i - 1])) != 0 &&
                             std::isalnum(static_cast<unsigned char>(stripped[i + 1])) != 0;
        if (stripped[i] != '_' || !between) {
            plain += stripped[i];
        }
    }
    return plain;
}

std::int64_t whole_of_text(const Value& text, int base) {
    auto plain = plain_number(text);
    const bool negative = plain.starts_with("-");
    if (negative || plain.starts_with("+")) {
        plain.erase(0, 1);
    }
    const auto prefix = [&](char letter) {
        return plain.size() > 2 && plain[0] == '0' && (plain[1] | 0x20) == letter;
    };
    for (const auto& [letter, meant] : {std::pair{'x', 16}, std::pair{'o', 8}, std::pair{'b', 2}}) {
        if (prefix(letter) && (base == meant || base == 0)) {
            plain.erase(0, 2);
            base = meant;
        }
    }
    std::uint64_t size = 0;
    const bool is_octal_of_old =
        base == 0 && plain.starts_with('0') && plain.find_first_not_of('0') != plain.npos;
    const auto* const last = plain.data() + plain.size();
    const auto [end, error] = std::from_chars(plain.data(), last, size, base == 0 ? 10 : base);
    const std::uint64_t most = (std::uint64_t{1} << 63U) - (negative ? 0 : 1);
    if (error == std::errc::result_out_of_range || (error == std::errc{} && size > most)) {
        throw Error{"OverflowError", "the integer is beyond 64 bits"};
    }
    if (error != std::errc{} || end != last || is_octal_of_old) {
        throw Error{
            "ValueError",
            "invalid literal for int() with base " + std::to_string(base) + ": " + text.repr()};
    }
    return static_cast<std::int64_t>(negative ? 0U - size : size);
}

std::int64_t whole_of_real(double number) {
    if (!std::isfinite(number)) {
        throw Error{
            std::isnan(number) ? "ValueError" : "OverflowError",
            "cannot convert float infinity or NaN to integer"};
    }
    if (std::abs(number) >= 9223372036854775808.0) {
        throw Error{"OverflowError", "the integer is beyond 64 bits"};
    }
    return static_cast<std::int64_t>(number);
}

Value to_int(const Arguments& arguments) {
    check_names(arguments, {"base"});
    if (arguments.size() == 0) {
        return Access::integer(0);
    }
    const auto& value = arguments[0];
    if (const auto* const base = argument(arguments, 1, "base")) {
        const auto number = base->as<int>();
        if (number != 0 && (number < 2 || number > 36)) {
            throw Error{"ValueError", "int() base must be >= 2 and <= 36, or 0"};
        }
        (void)to_text(value);
        return Access::integer(whole_of_text(value, number));
    }
    if (value.kind() == Kind::string) {
        return Access::integer(whole_of_text(value, 10));
    }
    if (value.kind() == Kind::floating) {
        return Access::integer(whole_of_real(Access::floating(value)));
    }
    if (!is_whole(value)) {
        not_a_number("int", value);
    }
    return Access::integer(Access::integer(value));
}

double real_of_text(const Value& value) {
    auto plain = plain_number(value);
    const bool negative = plain.starts_with("-");
    if (negative || plain.starts_with("+")) {
        plain.erase(0, 1);
    }
    double number = 0;
    const auto* const last = plain.data() + plain.size();
    const auto [end, error] = std::from_chars(plain.data(), last, number);
    const bool signed_twice = plain.starts_with("-") || plain.starts_with("+");
    if (error == std::errc::result_out_of_range) {
        number = std::strtod(plain.c_str(), nullptr);
    } else if (error != std::errc{} || end != last || signed_twice || plain.find('(') != plain.npos) {
        throw Error{"ValueError", "could not convert string to float: " + value.repr()};
    }
    return negative ? -number : number;
}

Value to_float(const Arguments& arguments) {
    if (arguments.size() == 0) {
        return Access::floating(0);
    }
    if (arguments[0].kind() == Kind::string) {
        return Access::floating(real_of_text(arguments[0]));
    }
    if (arguments[0].kind() != Kind::floating && !is_whole(arguments[0])) {
        not_a_number("float", arguments[0]);
    }
    return Access::floating(to_floating(arguments[0]));
}

Value to_bool(const Arguments& arguments) {
    return Access::boolean(arguments.size() > 0 && arguments[0].truth());
}

Value absolute(const Arguments& arguments) {
    const auto& value = arguments[0];
    if (value.kind() == Kind::floating) {
        return Access::floating(std::abs(Access::floating(value)));
    }
    if (!is_whole(value)) {
        throw Error{
            "TypeError", "bad operand type for abs(): '" + std::string{value.type_name()} + "'"};
    }
    return Access::integer(value) < 0 ? negate(value) : plus(value);
}

/// Halves go to the even neighbour, and so does what lies between two decimals.
double rounded_to(double number, std::int64_t digits) {
    if (!std::isfinite(number) || digits > 323) {
        return number;
    }
    if (digits < 0) {
        if (digits < -308) {
            return std::copysign(0.0, number);
        }
        const double unit = std::pow(10.0, static_cast<double>(-digits));
        return std::nearbyint(number / unit) * unit;
    }
    std::array<char, 700> text;
    std::snprintf(text.data(), text.size(), "%.*f", static_cast<int>(digits), number);
    return std::strtod(text.data(), nullptr);
}

std::int64_t whole_rounded_to(std::int64_t number, std::int64_t digits) {
    if (digits >= 0) {
        return number;
    }
    if (digits < -18) {
        return 0;
    }
    std::int64_t unit = 1;
    for (std::int64_t i = digits; i < 0; ++i) {
        unit *= 10;
    }
    const auto rest = ((number % unit) + unit) % unit;
    const auto down = number - rest;
    const bool up = rest > unit - rest || (rest == unit - rest && (down / unit) % 2 != 0);
    std::int64_t result = 0;
    if (__builtin_add_overflow(down, up ? unit : 0, &result)) {
        throw Error{"OverflowError", "the result is an integer beyond 64 bits"};
    }
    return result;
}

Value round(const Arguments& arguments) {
    check_names(arguments, {"ndigits"});
    const auto& value = arguments[0];
    const auto* const digits = argument(arguments, 1, "ndigits");
    const bool has_digits = digits != nullptr && !digits->is_null();
    if (is_whole(value)) {
        return Access::integer(
            whole_rounded_to(Access::integer(value), has_digits ? digits->as<std::int64_t>() : 0)
        );
    }
    if (value.kind() != Kind::floating) {
        throw Error{
            "TypeError",
            "type " + std::string{value.type_name()} + " doesn't define __round__ method"};
    }
    const double number = Access::floating(value);
    if (!has_digits) {
        return Access::integer(whole_of_real(std::nearbyint(number)));
    }
    return Access::floating(rounded_to(number, digits->as<std::int64_t>()));
}

Value divmod(const Arguments& arguments) {
    return Value::tuple(
        {floor_divide(arguments[0], arguments[1]), modulo(arguments[0], arguments[1])}
    );
}

Value power_of(const Arguments& arguments) {
    return power(arguments[0], arguments[1]);
}

Value chr(const Arguments& arguments) {
    const auto number = arguments[0].as<std::int64_t>();
    if (number < 0 || number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF)) {
        throw Error{"ValueError", "chr() arg not in range(0x110000)"};
    }
    std::string character;
    text::append(character, static_cast<char32_t>(number));
    return from_text(std::move(character));
}

Value ord(const Arguments& arguments) {
    const auto character = to_text(arguments[0]);
    if (text::length(character) != 1) {
        throw Error{
            "TypeError",
            "ord() expected a character, but string of length " +
                std::to_string(text::length(character)) + " found"};
    }
    return Access::integer(text::decode(character));
}

template <char type>
Value in_base(const Arguments& arguments) {
    FormatSpec spec;
    spec.type = type;
    spec.alternate = true;
    return from_text(format_integer(spec, arguments[0].as<std::int64_t>()));
}

}  // namespace

const std::vector<Builtin>& number_builtins() {
    static const std::vector<Builtin> builtins = {
        {"int", 0, 2, to_int, true, is_whole},
        {"float",
         0,
         1,
         to_float,
         false,
         [](const Value& value) { return value.kind() == Kind::floating; }},
        {"bool",
         0,
         1,
         to_bool,
         false,
         [](const Value& value) { return value.kind() == Kind::boolean; }},
        {"abs", 1, 1, absolute},
        {"round", 1, 2, round, true},
        {"divmod", 2, 2, divmod},
        {"pow", 2, 2, power_of},
        {"chr", 1, 1, chr},
        {"ord", 1, 1, ord},
        {"hex", 1, 1, in_base<'x'>},
        {"oct", 1, 1, in_base<'o'>},
        {"bin", 1, 1, in_base<'b'>},
    };
    return builtins;
}

}  // namespace tornado::templating::detail
