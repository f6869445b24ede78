#include "tornado/locale/locale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "tornado/locale/format.hpp"
#include "tornado/locale/names.hpp"

namespace tornado::locale {

namespace {

namespace chrono = std::chrono;
using namespace std::chrono_literals;
using Time = chrono::system_clock::time_point;
using Moment = chrono::sys_time<chrono::microseconds>;  // the difference of two never overflows

constexpr std::array<std::string_view, 12> months{
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"};

constexpr std::array<std::string_view, 7>
    weekdays{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

constexpr std::string_view languages_from_right_to_left[] =
    {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"};

std::string_view language_of(std::string_view code) {
    return code.substr(0, code.find_first_of("_@"));
}

Moment to_moment(Time time) {
    return chrono::floor<chrono::microseconds>(time);
}

bool is_american(std::string_view code) {
    return code == "en" || code == "en_US";
}

/// `part` in units of `whole`, to the nearest; the even one of two that are as near, as Python has
/// it.
std::int64_t rounded(chrono::seconds part, chrono::seconds whole) {
    const auto ratio = static_cast<double>(part.count()) / static_cast<double>(whole.count());
    return static_cast<std::int64_t>(std::nearbyint(ratio));
}

}  // namespace

/// A date as a calendar and a clock on the wall show it.
struct Locale::LocalTime {
    LocalTime(Moment date, chrono::minutes gmt_offset) : moment{date} {
        const auto local = chrono::floor<chrono::minutes>(date) - gmt_offset;
        const auto midnight = chrono::floor<chrono::days>(local);
        day = midnight;
        weekday = chrono::weekday{midnight};
        clock = chrono::hh_mm_ss{local - midnight};
    }

    [[nodiscard]] std::string_view month_name() const { return months[unsigned{day.month()} - 1]; }
    [[nodiscard]] std::string_view weekday_name() const { return weekdays[weekday.c_encoding()]; }

    Moment moment;
    chrono::year_month_day day{};
    chrono::weekday weekday{};
    chrono::hh_mm_ss<chrono::minutes> clock{};
};

Locale::Locale(std::string code)
    : code_{std::move(code)},
      rtl_{std::ranges::count(languages_from_right_to_left, language_of(code_)) != 0} {}

std::string_view Locale::name() const noexcept {
    return name_of(code_);
}

std::string Locale::how_long_ago(chrono::seconds ago) const {
    if (ago < 50s) {
        const auto seconds = ago.count();
        return format(
            translate("1 second ago", "%(seconds)d seconds ago", seconds), {{"seconds", seconds}}
        );
    }
    if (ago < 50min) {
        const auto minutes = rounded(ago, 1min);
        return format(
            translate("1 minute ago", "%(minutes)d minutes ago", minutes), {{"minutes", minutes}}
        );
    }
    const auto hours = rounded(ago, 1h);
    return format(translate("1 hour ago", "%(hours)d hours ago", hours), {{"hours", hours}});
}

std::string Locale::date_pattern(
    const LocalTime& date,
    const LocalTime& now,
    const FormatDateOptions& options
) const {
    const auto ago = chrono::floor<chrono::days>(now.moment - date.moment);
    if (options.full_format || ago >= chrono::days{334}) {  // 11 months: not last year's same month
        return translate(
            options.shorter ? "%(month_name)s %(day)s, %(year)s"
                            : "%(month_name)s %(day)s, %(year)s at %(time)s"
        );
    }
    if (ago == chrono::days{0}) {
        return translate("%(time)s");
    }
    const LocalTime yesterday{now.moment - 24h, options.gmt_offset};
    if (options.relative && ago == chrono::days{1} && date.day == yesterday.day) {
        return translate(options.shorter ? "yesterday" : "yesterday at %(time)s");
    }
    if (ago < chrono::days{5}) {
        return translate(options.shorter ? "%(weekday)s" : "%(weekday)s at %(time)s");
    }
    return translate(
        options.shorter ? "%(month_name)s %(day)s" : "%(month_name)s %(day)s at %(time)s"
    );
}

std::string Locale::time_of_day(const LocalTime& date) const {
    const auto hour = date.clock.hours().count();
    const auto minute = date.clock.minutes().count();
    const auto minutes = (minute < 10 ? ":0" : ":") + std::to_string(minute);
    const auto of_twelve = std::to_string(hour % 12 == 0 ? 12 : hour % 12) + minutes;
    if (code_ == "zh_CN") {
        return (hour < 12 ? "上午" : "下午") + of_twelve;
    }
    return is_american(code_) ? of_twelve + (hour < 12 ? " am" : " pm")
                              : std::to_string(hour) + minutes;
}

std::string Locale::fill(std::string_view pattern, const LocalTime& date) const {
    return format(
        pattern,
        {{"month_name", translate(date.month_name())},
         {"weekday", translate(date.weekday_name())},
         {"day", unsigned{date.day.day()}},
         {"year", int{date.day.year()}},
         {"time", time_of_day(date)}}
    );
}

std::string Locale::format_date(Time when, const FormatDateOptions& options) const {
    const auto now = to_moment(options.now.value_or(chrono::system_clock::now()));
    auto date = to_moment(when);
    auto present = options;
    if (date > now) {
        if (options.relative && date - now < 60s) {
            date = now;  // clocks differ a little
        } else {
            present.full_format = true;
        }
    }
    const auto ago = chrono::floor<chrono::seconds>(now - date);
    if (!present.full_format && present.relative && ago < 24h) {
        return how_long_ago(ago);
    }
    const LocalTime local{date, options.gmt_offset};
    return fill(date_pattern(local, LocalTime{now, options.gmt_offset}, present), local);
}

std::string Locale::format_day(Time date, chrono::minutes gmt_offset, bool dow) const {
    return fill(
        translate(dow ? "%(weekday)s, %(month_name)s %(day)s" : "%(month_name)s %(day)s"),
        LocalTime{to_moment(date), gmt_offset}
    );
}

std::string Locale::list(const std::vector<std::string>& parts) const {
    if (parts.size() < 2) {
        return parts.empty() ? "" : parts.front();
    }
    const std::string_view comma = language_of(code_) == "fa" ? " و " : ", ";
    auto commas = parts.front();
    for (const auto& part : std::span{parts}.subspan(1, parts.size() - 2)) {
        commas += comma;
        commas += part;
    }
    return format(
        translate("%(commas)s and %(last)s"), {{"commas", commas}, {"last", parts.back()}}
    );
}

std::string Locale::friendly_number(std::int64_t value) const {
    auto digits = std::to_string(value);
    if (is_american(code_)) {
        const std::size_t sign = value < 0 ? 1 : 0;
        for (auto end = digits.size(); end > sign + 3;) {
            end -= 3;
            digits.insert(end, 1, ',');
        }
    }
    return digits;
}

}  // namespace tornado::locale
