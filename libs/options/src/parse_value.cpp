#include "parse_value.hpp"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>

#include "tornado/options/error.hpp"

namespace tornado::options {

namespace {

using std::chrono::nanoseconds;

/// More values than anybody means by ranges.
constexpr std::size_t most_of_ranges = 1'000'000;

[[noreturn]] void refuse(std::string_view text, std::string_view wanted) {
    throw Error{'"' + std::string{text} + "\" is not " + std::string{wanted}};
}

std::string to_lower(std::string_view text) {
    std::string lower{text};
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

bool parse_bool(std::string_view text) {
    const auto lower = to_lower(text);
    for (const auto* word : {"true", "1", "t", "yes", "y", "on"}) {
        if (lower == word) {
            return true;
        }
    }
    for (const auto* word : {"false", "0", "f", "no", "n", "off"}) {
        if (lower == word) {
            return false;
        }
    }
    refuse(text, "true or false");
}

/// Without its plus sign, which from_chars does not know.
std::string_view without_plus(std::string_view text) {
    return text.starts_with('+') && !text.starts_with("+-") ? text.substr(1) : text;
}

/// Reads the number that is all of `text`; out_of_range if it is one but too big.
template <typename Number>
std::errc read_number(std::string_view text, Number& number) {
    text = without_plus(text);
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return result.ptr == end ? result.ec : std::errc::invalid_argument;
}

std::int64_t parse_integer(std::string_view text, const Type& type) {
    std::int64_t number = 0;
    const auto error = read_number(text, number);
    if (error == std::errc::invalid_argument) {
        refuse(text, "an integer");
    }
    if (error != std::errc{} || number < type.least || number > type.greatest) {
        const auto range = std::to_string(type.least) + " to " + std::to_string(type.greatest);
        refuse(text, "an integer from " + range);
    }
    return number;
}

double parse_real(std::string_view text) {
    double number = 0;
    if (read_number(text, number) != std::errc{}) {
        refuse(text, "a number");
    }
    return number;
}

/// A unit's nanoseconds, or 0 when it is none.
double unit_length(std::string_view unit) {
    struct Unit {
        std::string_view name;
        double length;
    };
    constexpr double second = 1e9;
    constexpr Unit units[] = {
        {"", second},
        {"us", 1e3},
        {"microsecond", 1e3},
        {"microseconds", 1e3},
        {"ms", 1e6},
        {"millisecond", 1e6},
        {"milliseconds", 1e6},
        {"s", second},
        {"sec", second},
        {"second", second},
        {"seconds", second},
        {"m", 60 * second},
        {"min", 60 * second},
        {"minute", 60 * second},
        {"minutes", 60 * second},
        {"h", 3600 * second},
        {"hour", 3600 * second},
        {"hours", 3600 * second},
        {"d", 86400 * second},
        {"day", 86400 * second},
        {"days", 86400 * second},
        {"w", 7 * 86400 * second},
        {"week", 7 * 86400 * second},
        {"weeks", 7 * 86400 * second},
    };
    for (const auto& [name, length] : units) {
        if (name == unit) {
            return length;
        }
    }
    return 0;
}

bool is_letter(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'z';
}

void skip_spaces(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// Reads a number and its unit off the beginning of `rest`; nullopt when there is none.
std::optional<double> take_quantity(std::string_view& rest) {
    rest = without_plus(rest);
    double number = 0;
    const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (result.ec != std::errc{} || !std::isfinite(number)) {
        return std::nullopt;
    }
    rest.remove_prefix(static_cast<std::size_t>(result.ptr - rest.data()));
    skip_spaces(rest);
    const auto* unit_end = std::find_if_not(rest.begin(), rest.end(), is_letter);
    const auto unit = rest.substr(0, static_cast<std::size_t>(unit_end - rest.begin()));
    rest.remove_prefix(unit.size());
    skip_spaces(rest);
    const auto length = unit_length(to_lower(unit));
    const bool ambiguous = unit.empty() && !rest.empty();  // only the last may go without
    return length != 0 && !ambiguous ? std::optional{number * length} : std::nullopt;
}

nanoseconds parse_duration(std::string_view text, nanoseconds unit) {
    constexpr double longest = 9.2e18;  // what 64 bits of nanoseconds hold: 292 years
    constexpr auto wanted = "a duration, such as 90s or 1h30m";
    auto rest = text;
    skip_spaces(rest);
    double total = 0;
    do {
        const auto quantity = take_quantity(rest);
        if (!quantity) {
            refuse(text, wanted);
        }
        total += *quantity;
    } while (!rest.empty());
    if (!(std::abs(total) < longest)) {
        refuse(text, "a duration of at most 292 years");
    }
    const nanoseconds duration{std::llround(total)};
    if (duration % unit != nanoseconds{0}) {
        refuse(text, "a multiple of " + Value{unit}.text());
    }
    return duration;
}

/// Seconds since 1970, if the text has this format.
std::optional<std::time_t> parse_time_as(const std::string& text, const char* format) {
    std::tm parts{};
    parts.tm_mday = 1;  // what Python takes where the format has no date: 1 January 1900
    const char* end = ::strptime(text.c_str(), format, &parts);
    if (end == nullptr || *end != '\0') {
        return std::nullopt;
    }
    parts.tm_isdst = -1;
    const int month = parts.tm_mon;
    const auto seconds = std::mktime(&parts);
    if (parts.tm_mon != month) {
        return std::nullopt;  // such as 31 February
    }
    return seconds;
}

Time parse_time(std::string_view text) {
    const std::string terminated{text};
    for (const auto* format : {
             "%a %b %d %H:%M:%S %Y",
             "%Y-%m-%d %H:%M:%S",
             "%Y-%m-%d %H:%M",
             "%Y-%m-%dT%H:%M:%S",
             "%Y-%m-%dT%H:%M",
             "%Y%m%d %H:%M:%S",
             "%Y%m%d %H:%M",
             "%Y-%m-%d",
             "%Y%m%d",
             "%H:%M:%S",
             "%H:%M",
         }) {
        if (const auto seconds = parse_time_as(terminated, format)) {
            constexpr auto longest =
                std::chrono::duration_cast<std::chrono::seconds>(nanoseconds::max());
            if (*seconds > longest.count() || *seconds < -longest.count()) {
                refuse(text, "a date or time from 1678 to 2262");
            }
            return std::chrono::system_clock::from_time_t(*seconds);
        }
    }
    refuse(text, "a date or time, such as 2024-05-01 or 2024-05-01 13:30");
}

/// Appends the integers of `lo:hi`, both included.
void append_range(
    std::vector<Scalar>& out,
    std::string_view text,
    std::size_t colon,
    const Type& type
) {
    const auto low = parse_integer(text.substr(0, colon), type);
    const auto high = parse_integer(text.substr(colon + 1), type);
    // Unsigned, because the difference of two numbers may not fit the signed type.
    const auto distance = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    if (high < low) {
        refuse(text, "a range from low to high");
    }
    if (out.size() >= most_of_ranges || distance >= most_of_ranges - out.size()) {
        refuse(text, "a range that keeps the list within a million numbers");
    }
    for (std::uint64_t i = 0; i <= distance; ++i) {
        out.emplace_back(low + static_cast<std::int64_t>(i));
    }
}

}  // namespace

Scalar parse_scalar(std::string_view text, const Type& type) {
    switch (type.kind) {
        case Kind::boolean:
            return parse_bool(text);
        case Kind::integer:
            return parse_integer(text, type);
        case Kind::real:
            return parse_real(text);
        case Kind::duration:
            return parse_duration(text, type.unit);
        case Kind::time:
            return parse_time(text);
        case Kind::text:
            check_custom(type, text);
            break;
    }
    return std::string{text};
}

Value parse_value(std::string_view text, const Type& type) {
    std::vector<Scalar> scalars;
    if (!type.multiple) {
        scalars.push_back(parse_scalar(text, type));
        return {type, std::move(scalars)};
    }
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto item = text.substr(0, comma);
        const auto colon = item.find(':');
        if (type.kind == Kind::integer && colon != item.npos) {
            append_range(scalars, item, colon, type);
        } else {
            scalars.push_back(parse_scalar(item, type));
        }
        text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
    }
    return {type, std::move(scalars)};
}

}  // namespace tornado::options
