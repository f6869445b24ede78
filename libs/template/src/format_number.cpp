#include "format_number.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "meter.hpp"
#include "repr.hpp"
#include "text.hpp"
#include "tornado/template/error.hpp"

namespace tornado::templating::detail {

namespace {

std::string_view sign_of(const FormatSpec& spec, bool negative) {
    return negative ? "-" : spec.sign == '+' ? "+" : spec.sign == ' ' ? " " : "";
}

/// The whole digits at the front in groups, so that with zeros in front they fill the width.
std::string grouped(const FormatSpec& spec, std::string_view digits, std::size_t room) {
    if (spec.grouping == 0) {
        return std::string{digits};
    }
    const bool decimal =
        spec.type == 0 || std::string_view{"dnfFeEgG%"}.find(spec.type) != std::string_view::npos;
    const std::size_t group = decimal ? 3 : 4;
    const auto whole = std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
    const auto whole_end =
        decimal ? std::min(digits.find_first_not_of("0123456789"), digits.size()) : whole;
    std::string reversed;
    std::size_t count = 0;
    const auto rest = digits.substr(whole_end);
    const bool zeros = spec.fill == "0" && spec.align == '=';
    for (std::size_t i = 0; i < whole_end || (zeros && reversed.size() + rest.size() < room); ++i) {
        if (count != 0 && count % group == 0) {
            reversed += spec.grouping;
        }
        reversed += i < whole_end ? digits[whole_end - 1 - i] : '0';
        ++count;
    }
    std::reverse(reversed.begin(), reversed.end());
    return reversed.append(rest);
}

std::string
number_padded(const FormatSpec& spec, const std::string& sign, std::string_view digits) {
    const auto room = spec.width > sign.size() ? spec.width - sign.size() : 0;
    return padded(spec, sign, grouped(spec, digits, room), '>');
}

std::string printed(const char* format, int precision, double number) {
    charge_for_size(static_cast<std::size_t>(precision));
    std::vector<char> text(static_cast<std::size_t>(precision) + 400);
    const auto size = std::snprintf(text.data(), text.size(), format, precision, number);
    return {text.data(), static_cast<std::size_t>(size)};
}

/// As `repr()`, or with so many significant digits, but never like an integer.
std::string general(const FormatSpec& spec, double size) {
    if (!spec.precision) {
        std::string text;
        append_floating(text, size);
        return text;
    }
    const int digits = std::max(*spec.precision, 1);
    const auto scientific = printed("%.*e", digits - 1, size);
    const auto exponent = std::atoi(scientific.substr(scientific.find('e') + 1).c_str());
    if (exponent >= digits - 1 || exponent < -4) {
        const auto mark = scientific.find('e');
        auto mantissa = scientific.substr(0, mark);
        if (mantissa.find('.') != mantissa.npos) {
            mantissa.erase(mantissa.find_last_not_of('0') + 1);
            if (mantissa.back() == '.') {
                mantissa.pop_back();
            }
        }
        return mantissa + scientific.substr(mark);
    }
    auto text = printed("%.*g", digits, size);
    return text.find('.') == text.npos ? text + ".0" : text;
}

}  // namespace

std::string
padded(const FormatSpec& spec, std::string_view sign, std::string_view text, char align) {
    const auto size = text::length(text) + sign.size();
    std::string out;
    if (spec.width <= size) {
        return out.append(sign).append(text);
    }
    charge_for_size(spec.width * spec.fill.size());
    const auto missing = spec.width - size;
    const auto fill = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            out += spec.fill;
        }
    };
    switch (spec.align != 0 ? spec.align : align) {
        case '<':
            out.append(sign).append(text);
            fill(missing);
            break;
        case '^':
            fill(missing / 2);
            out.append(sign).append(text);
            fill(missing - missing / 2);
            break;
        case '=':
            out.append(sign);
            fill(missing);
            out.append(text);
            break;
        default:
            fill(missing);
            out.append(sign).append(text);
    }
    return out;
}

std::string format_integer(const FormatSpec& spec, std::int64_t number) {
    const bool negative = number < 0;
    auto size =
        negative ? 0U - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    std::string digits;
    const unsigned base = spec.type == 'b'                       ? 2
                          : spec.type == 'o'                     ? 8
                          : spec.type == 'x' || spec.type == 'X' ? 16
                                                                 : 10;
    const auto* const symbols = spec.type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    do {
        digits += symbols[size % base];
        size /= base;
    } while (size != 0);
    std::reverse(digits.begin(), digits.end());
    std::string sign{sign_of(spec, negative)};
    if (spec.alternate && base != 10) {
        sign += '0';
        sign += spec.type;
    }
    if (spec.precision && static_cast<std::size_t>(*spec.precision) > digits.size()) {
        charge_for_size(static_cast<std::size_t>(*spec.precision));
        digits.insert(0, static_cast<std::size_t>(*spec.precision) - digits.size(), '0');
    }
    return number_padded(spec, sign, digits);
}

std::string format_floating(const FormatSpec& spec, double number) {
    const bool negative = std::signbit(number) && !std::isnan(number);
    const double size = std::abs(number);
    if (!std::isfinite(number)) {
        const bool upper = spec.type == 'F' || spec.type == 'E' || spec.type == 'G';
        const std::string name = std::isnan(number) ? (upper ? "NAN" : "nan")
                                 : upper            ? "INF"
                                                    : "inf";
        FormatSpec plain = spec;
        plain.grouping = 0;
        return padded(plain, sign_of(spec, negative), spec.type == '%' ? name + "%" : name, '>');
    }
    const int precision = spec.precision.value_or(6);
    std::string digits;
    switch (spec.type) {
        case 'f':
        case 'F':
            digits = printed(spec.alternate ? "%#.*f" : "%.*f", precision, size);
            break;
        case 'e':
            digits = printed(spec.alternate ? "%#.*e" : "%.*e", precision, size);
            break;
        case 'E':
            digits = printed(spec.alternate ? "%#.*E" : "%.*E", precision, size);
            break;
        case 'G':
            digits = printed(spec.alternate ? "%#.*G" : "%.*G", precision, size);
            break;
        case '%':
            digits = printed("%.*f", precision, size * 100) + "%";
            break;
        case 0:
            digits = general(spec, size);
            break;
        default:
            digits = printed(spec.alternate ? "%#.*g" : "%.*g", precision, size);
    }
    const bool is_zero = digits.find_first_of("123456789") >= digits.find_first_of("eE");
    const bool shows_minus = negative && !(is_zero && spec.no_negative_zero);
    return number_padded(spec, std::string{sign_of(spec, shows_minus)}, digits);
}

}  // namespace tornado::templating::detail
