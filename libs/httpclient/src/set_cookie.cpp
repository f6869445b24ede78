#include "set_cookie.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tornado::httpclient {

using TimePoint = std::chrono::system_clock::time_point;

namespace {

constexpr std::size_t largest_attribute = 1024;
/// The draft that follows RFC 6265 lets no cookie live longer.
constexpr std::chrono::hours longest_life{400 * 24};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
    std::string result{text};
    for (char& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view spaces = " \t";
    const auto begin = std::min(text.find_first_not_of(spaces), text.size());
    return text.substr(begin, text.find_last_not_of(spaces) + 1 - begin);
}

/// One or two digits (or as many as asked for) at the beginning, and then none; -1 otherwise.
int leading_number(std::string_view text, std::size_t least, std::size_t most) noexcept {
    std::size_t size = 0;
    int value = 0;
    while (size < text.size() && is_digit(text[size])) {
        value = size < most ? value * 10 + (text[size] - '0') : value;
        ++size;
    }
    return size >= least && size <= most ? value : -1;
}

struct Date {
    int hour = -1;
    int minute = -1;
    int second = -1;
    int day = -1;
    int month = -1;
    int year = -1;
};

bool take_time(Date& date, std::string_view token) {
    const auto first = token.find(':');
    const auto second = first == token.npos ? first : token.find(':', first + 1);
    if (second == token.npos) {
        return false;
    }
    const int hour = leading_number(token.substr(0, first), 1, 2);
    const auto minutes = token.substr(first + 1, second - first - 1);
    const int minute = leading_number(minutes, 1, 2);
    const int seconds = leading_number(token.substr(second + 1), 1, 2);
    if (hour < 0 || minute < 0 || seconds < 0 || first > 2 || minutes.size() > 2) {
        return false;
    }
    date.hour = hour;
    date.minute = minute;
    date.second = seconds;
    return true;
}

bool take_month(Date& date, std::string_view token) {
    constexpr std::array<std::string_view, 12> months{
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    const auto found = std::find(months.begin(), months.end(), lower(token.substr(0, 3)));
    if (found == months.end()) {
        return false;
    }
    date.month = static_cast<int>(found - months.begin()) + 1;
    return true;
}

void take_token(Date& date, std::string_view token) {
    if (date.hour < 0 && take_time(date, token)) {
        return;
    }
    if (const int day = leading_number(token, 1, 2); date.day < 0 && day >= 0) {
        date.day = day;
        return;
    }
    if (date.month < 0 && take_month(date, token)) {
        return;
    }
    if (const int year = leading_number(token, 2, 4); date.year < 0 && year >= 0) {
        date.year = year;
    }
}

bool is_delimiter(char c) noexcept {
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') ||
           (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

std::optional<TimePoint> max_age(std::string_view value, TimePoint now) {
    if (value.empty() || !(is_digit(value[0]) || value[0] == '-') ||
        !std::all_of(value.begin() + 1, value.end(), is_digit)) {
        return std::nullopt;
    }
    long long seconds = 0;
    const auto result = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (value[0] == '-' || (result.ec == std::errc{} && seconds <= 0)) {
        return TimePoint::min();
    }
    const auto most = std::chrono::duration_cast<std::chrono::seconds>(longest_life);
    if (result.ec != std::errc{} || seconds > most.count()) {
        return now + longest_life;
    }
    return now + std::chrono::seconds{seconds};
}

bool has_control_character(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
    });
}

}  // namespace

std::optional<TimePoint> parse_cookie_date(std::string_view text) {
    Date date;
    while (!text.empty()) {
        const auto begin = std::find_if_not(text.begin(), text.end(), is_delimiter);
        const auto end = std::find_if(begin, text.end(), is_delimiter);
        take_token(date, {begin, end});
        text = {end, text.end()};
    }
    if (date.year >= 70 && date.year <= 99) {
        date.year += 1900;
    } else if (date.year >= 0 && date.year <= 69) {
        date.year += 2000;
    }
    const auto day = std::chrono::year{date.year} / date.month / date.day;
    if (date.year < 1601 || date.month < 0 || date.day < 0 || !day.ok() || date.hour < 0 ||
        date.hour > 23 || date.minute > 59 || date.second > 59) {
        return std::nullopt;
    }
    // Beyond what the clock can hold there is nothing to tell apart.
    const auto shown = std::clamp(day.year(), std::chrono::year{1678}, std::chrono::year{2261});
    const auto days = std::chrono::sys_days{shown / day.month() / day.day()};
    return TimePoint{days} + std::chrono::hours{date.hour} + std::chrono::minutes{date.minute} +
           std::chrono::seconds{date.second};
}

std::optional<SetCookie> parse_set_cookie(std::string_view field, TimePoint now) {
    if (has_control_character(field)) {
        return std::nullopt;
    }
    auto end = std::min(field.find(';'), field.size());
    const auto pair = field.substr(0, end);
    const auto equals = pair.find('=');
    if (equals == pair.npos) {
        return std::nullopt;
    }
    SetCookie cookie;
    cookie.name = trimmed(pair.substr(0, equals));
    cookie.value = trimmed(pair.substr(equals + 1));
    if (cookie.name.empty()) {
        return std::nullopt;
    }
    bool has_max_age = false;
    while (end < field.size()) {
        field.remove_prefix(end + 1);
        end = std::min(field.find(';'), field.size());
        const auto attribute = field.substr(0, end);
        const auto middle = std::min(attribute.find('='), attribute.size());
        const auto name = lower(trimmed(attribute.substr(0, middle)));
        const auto value = trimmed(attribute.substr(std::min(middle + 1, attribute.size())));
        if (value.size() > largest_attribute) {
            continue;
        }
        if (name == "expires") {
            const auto date = parse_cookie_date(value);
            if (date && !has_max_age) {
                cookie.expires = std::min(*date, now + longest_life);
            }
        } else if (name == "max-age") {
            if (const auto date = max_age(value, now)) {
                cookie.expires = date;
                has_max_age = true;
            }
        } else if (name == "domain") {
            cookie.domain = lower(value.starts_with('.') ? value.substr(1) : value);
            cookie.has_domain = true;
        } else if (name == "path") {
            cookie.path = value.starts_with('/') ? value : "";
        } else if (name == "secure") {
            cookie.secure = true;
        } else if (name == "httponly") {
            cookie.http_only = true;
        }
    }
    return cookie;
}

}  // namespace tornado::httpclient
