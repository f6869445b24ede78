#include "tornado/template/operations.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "format.hpp"
#include "sequence.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

bool is_whole(const Value& value) {
    return value.kind() == Kind::integer || value.kind() == Kind::boolean;
}

bool is_number(const Value& value) {
    return is_whole(value) || value.kind() == Kind::floating;
}

double real(const Value& number) {
    return is_whole(number) ? static_cast<double>(Access::integer(number))
                            : Access::floating(number);
}

[[noreturn]] void unsupported(std::string_view sign, const Value& left, const Value& right) {
    throw Error{
        "TypeError",
        "unsupported operand type(s) for " + std::string{sign} + ": '" +
            std::string{left.type_name()} + "' and '" + std::string{right.type_name()} + "'"};
}

[[noreturn]] void overflow() {
    throw Error{"OverflowError", "the result is an integer beyond 64 bits"};
}

void check_divisor(bool is_zero) {
    if (is_zero) {
        throw Error{"ZeroDivisionError", "division by zero"};
    }
}

/// What the type of an object on either side makes of it; an error when neither knows.
Value ask_types(Operation operation, std::string_view sign, const Value& left, const Value& right) {
    Value result;
    for (const auto* side : {&left, &right}) {
        if (side->kind() == Kind::object &&
            Access::type(*side)->operate(operation, left, right, result)) {
            return result;
        }
    }
    unsupported(sign, left, right);
}

Value concatenated(const Value& left, const Value& right) {
    auto items = all_of(left);
    charge_for_size(items.size() + right.size());
    for (auto& item : all_of(right)) {
        items.push_back(std::move(item));
    }
    return make_list(std::move(items), left.kind());
}

Value repeated(const Value& what, std::int64_t times) {
    const auto count = times < 0 ? 0U : static_cast<std::size_t>(times);
    const auto size = what.kind() == Kind::string ? Access::text(what).size() : what.size();
    if (size == 0 || count == 0) {
        return what.kind() == Kind::string ? Access::text("", nullptr) : make_list({}, what.kind());
    }
    charge_for_size(count > (std::size_t{1} << 40U) / size ? std::size_t{1} << 40U : count * size);
    if (what.kind() == Kind::string) {
        std::string out;
        out.reserve(count * size);
        for (std::size_t i = 0; i < count; ++i) {
            out += Access::text(what);
        }
        return from_text(std::move(out));
    }
    const auto once = all_of(what);
    std::vector<Value> items;
    items.reserve(count * size);
    for (std::size_t i = 0; i < count; ++i) {
        items.insert(items.end(), once.begin(), once.end());
    }
    return make_list(std::move(items), what.kind());
}

bool is_repeatable(const Value& value) {
    return value.kind() == Kind::string || value.kind() == Kind::tuple || is_plain_list(value);
}

std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
    std::int64_t result = 1;
    while (exponent > 0) {
        if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) {
            overflow();
        }
        exponent >>= 1;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) {
            overflow();
        }
    }
    return result;
}

std::int64_t floor_quotient(std::int64_t left, std::int64_t right) {
    check_divisor(right == 0);
    if (right == -1) {
        std::int64_t negated = 0;
        if (__builtin_sub_overflow(std::int64_t{0}, left, &negated)) {
            overflow();
        }
        return negated;
    }
    const auto quotient = left / right;
    return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
}

double floor_remainder(double left, double right) {
    check_divisor(right == 0);
    const double remainder = std::fmod(left, right);
    if (remainder == 0) {
        return std::copysign(0.0, right);
    }
    return (remainder < 0) != (right < 0) ? remainder + right : remainder;
}

double floor_quotient(double left, double right) {
    check_divisor(right == 0);
    const double remainder = std::fmod(left, right);
    const bool is_below = remainder != 0 && (remainder < 0) != (right < 0);
    const double quotient = (left - remainder) / right - (is_below ? 1 : 0);
    return quotient == 0 ? std::copysign(0.0, left / right) : std::floor(quotient + 0.5);
}

template <typename Compute>
Value bits(std::string_view sign, const Value& left, const Value& right, Compute compute) {
    if (!is_whole(left) || !is_whole(right)) {
        unsupported(sign, left, right);
    }
    const auto result = compute(Access::integer(left), Access::integer(right));
    const bool both_bool = left.kind() == Kind::boolean && right.kind() == Kind::boolean;
    return both_bool ? Access::boolean(result != 0) : Access::integer(result);
}

std::int64_t shift_of(const Value& left, const Value& right, std::string_view sign) {
    if (!is_whole(left) || !is_whole(right)) {
        unsupported(sign, left, right);
    }
    if (Access::integer(right) < 0) {
        throw Error{"ValueError", "negative shift count"};
    }
    return Access::integer(right);
}

}  // namespace

Value add(const Value& left, const Value& right) {
    if (is_whole(left) && is_whole(right)) {
        std::int64_t sum = 0;
        if (__builtin_add_overflow(Access::integer(left), Access::integer(right), &sum)) {
            overflow();
        }
        return Access::integer(sum);
    }
    if (is_number(left) && is_number(right)) {
        return Access::floating(real(left) + real(right));
    }
    if (left.kind() == Kind::string && right.kind() == Kind::string) {
        charge_for_size(Access::text(left).size() + Access::text(right).size());
        std::string out;
        out.reserve(Access::text(left).size() + Access::text(right).size());
        out.append(Access::text(left)).append(Access::text(right));
        return from_text(std::move(out));
    }
    const bool both_lists = is_plain_list(left) && is_plain_list(right);
    if (both_lists || (left.kind() == Kind::tuple && right.kind() == Kind::tuple)) {
        return concatenated(left, right);
    }
    return ask_types(Operation::add, "+", left, right);
}

Value subtract(const Value& left, const Value& right) {
    if (is_whole(left) && is_whole(right)) {
        std::int64_t difference = 0;
        if (__builtin_sub_overflow(Access::integer(left), Access::integer(right), &difference)) {
            overflow();
        }
        return Access::integer(difference);
    }
    if (is_number(left) && is_number(right)) {
        return Access::floating(real(left) - real(right));
    }
    return ask_types(Operation::subtract, "-", left, right);
}

Value multiply(const Value& left, const Value& right) {
    if (is_whole(left) && is_whole(right)) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(Access::integer(left), Access::integer(right), &product)) {
            overflow();
        }
        return Access::integer(product);
    }
    if (is_number(left) && is_number(right)) {
        return Access::floating(real(left) * real(right));
    }
    if (is_repeatable(left) && is_whole(right)) {
        return repeated(left, Access::integer(right));
    }
    if (is_whole(left) && is_repeatable(right)) {
        return repeated(right, Access::integer(left));
    }
    return ask_types(Operation::multiply, "*", left, right);
}

Value divide(const Value& left, const Value& right) {
    if (is_number(left) && is_number(right)) {
        check_divisor(real(right) == 0);
        if (is_whole(left) && is_whole(right)) {  // exact before it is rounded once
            const auto quotient = static_cast<long double>(Access::integer(left)) /
                                  static_cast<long double>(Access::integer(right));
            return Access::floating(static_cast<double>(quotient));
        }
        return Access::floating(real(left) / real(right));
    }
    return ask_types(Operation::divide, "/", left, right);
}

Value floor_divide(const Value& left, const Value& right) {
    if (is_whole(left) && is_whole(right)) {
        return Access::integer(floor_quotient(Access::integer(left), Access::integer(right)));
    }
    if (is_number(left) && is_number(right)) {
        return Access::floating(floor_quotient(real(left), real(right)));
    }
    unsupported("//", left, right);
}

Value modulo(const Value& left, const Value& right) {
    if (left.kind() == Kind::string) {
        return from_text(format_percent(Access::text(left), right));
    }
    if (is_whole(left) && is_whole(right)) {
        const auto divisor = Access::integer(right);
        check_divisor(divisor == 0);
        if (divisor == -1) {
            return Access::integer(0);
        }
        const auto remainder = Access::integer(left) % divisor;
        const bool other_sign = remainder != 0 && (remainder < 0) != (divisor < 0);
        return Access::integer(other_sign ? remainder + divisor : remainder);
    }
    if (is_number(left) && is_number(right)) {
        return Access::floating(floor_remainder(real(left), real(right)));
    }
    unsupported("%", left, right);
}

Value power(const Value& left, const Value& right) {
    if (!is_number(left) || !is_number(right)) {
        unsupported("** or pow()", left, right);
    }
    if (is_whole(left) && is_whole(right) && Access::integer(right) >= 0) {
        return Access::integer(integer_power(Access::integer(left), Access::integer(right)));
    }
    const double base = real(left);
    const double exponent = real(right);
    if (base == 0 && exponent < 0) {
        throw Error{"ZeroDivisionError", "0.0 cannot be raised to a negative power"};
    }
    const double result = std::pow(base, exponent);
    if (std::isnan(result) && !std::isnan(base) && !std::isnan(exponent)) {
        throw Error{"ValueError", "the result would be a complex number"};
    }
    if (std::isinf(result) && !std::isinf(base) && !std::isinf(exponent)) {
        throw Error{"OverflowError", "the result is too large for a float"};
    }
    return Access::floating(result);
}

Value bit_and(const Value& left, const Value& right) {
    return bits("&", left, right, [](std::int64_t a, std::int64_t b) { return a & b; });
}

Value bit_or(const Value& left, const Value& right) {
    return bits("|", left, right, [](std::int64_t a, std::int64_t b) { return a | b; });
}

Value bit_xor(const Value& left, const Value& right) {
    return bits("^", left, right, [](std::int64_t a, std::int64_t b) { return a ^ b; });
}

Value shift_left(const Value& left, const Value& right) {
    const auto by = shift_of(left, right, "<<");
    const auto number = Access::integer(left);
    if (number == 0) {
        return Access::integer(0);
    }
    if (by > 63 || (number << by) >> by != number) {
        overflow();
    }
    return Access::integer(number << by);
}

Value shift_right(const Value& left, const Value& right) {
    const auto by = shift_of(left, right, ">>");
    const auto number = Access::integer(left);
    return Access::integer(by > 63 ? (number < 0 ? -1 : 0) : number >> by);
}

Value negate(const Value& value) {
    if (value.kind() == Kind::floating) {
        return Access::floating(-Access::floating(value));
    }
    if (!is_whole(value)) {
        throw Error{
            "TypeError", "bad operand type for unary -: '" + std::string{value.type_name()} + "'"};
    }
    return subtract(Access::integer(0), value);
}

Value plus(const Value& value) {
    if (!is_number(value)) {
        throw Error{
            "TypeError", "bad operand type for unary +: '" + std::string{value.type_name()} + "'"};
    }
    return value.kind() == Kind::boolean ? Access::integer(Access::integer(value)) : value;
}

Value invert(const Value& value) {
    if (!is_whole(value)) {
        throw Error{
            "TypeError", "bad operand type for unary ~: '" + std::string{value.type_name()} + "'"};
    }
    return Access::integer(~Access::integer(value));
}

}  // namespace tornado::templating::detail
