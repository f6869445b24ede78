#include "tornado/httputil/http_date.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "character.hpp"
#include "tornado/httputil/error.hpp"

namespace tornado::httputil {
namespace {

constexpr std::string_view weekday_names = "SunMonTueWedThuFriSat";
constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::int64_t day_seconds = 86400;
constexpr std::int64_t earliest = -62135596800;  // the year 1 begins
constexpr std::int64_t latest = 253402300799;    // the year 9999 ends

struct Date {
    std::int64_t year = 0;
    int month = 0;  ///< from 1
    int day = 0;
};

/// The days from 1970-01-01 to `date` in the Gregorian calendar, reckoned in years that begin in
/// March, so that a leap day comes last.
constexpr std::int64_t days_from(const Date& date) noexcept {
    const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

constexpr Date date_from(std::int64_t days) noexcept {
    const std::int64_t shifted = days + 719468;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const std::int64_t day_of_era = shifted - era * 146097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t march_month = (5 * day_of_year + 2) / 153;
    const int month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
    return {
        year_of_era + era * 400 + (month <= 2 ? 1 : 0),
        month,
        static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1)};
}

char* write_digits(char* out, std::int64_t number, int digits) noexcept {
    for (int i = digits; i-- > 0; number /= 10) {
        out[i] = static_cast<char>('0' + number % 10);
    }
    return out + digits;
}

char* write_text(char* out, std::string_view text) noexcept {
    return out + text.copy(out, text.size());
}

/// Reads a date from left to right; what cannot be read makes it fail for good.
class DateReader {
public:
    explicit DateReader(std::string_view text) noexcept : rest_{text} {}

    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    void fail() noexcept { good_ = false; }

    bool skip(char c) noexcept {
        const bool there = rest_.starts_with(c);
        rest_.remove_prefix(there ? 1 : 0);
        return there;
    }
    void skip_spaces() noexcept {
        while (skip(' ')) {
        }
    }
    /// A separator: spaces or one hyphen.
    void separator() noexcept {
        if (!skip('-')) {
            expect(' ');
            skip_spaces();
        }
    }
    void expect(char c) noexcept { good_ = skip(c) && good_; }

    std::string_view word() noexcept {
        std::size_t size = 0;
        while (size < rest_.size() && lower(rest_[size]) >= 'a' && lower(rest_[size]) <= 'z') {
            ++size;
        }
        const auto word = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return word;
    }
    /// A number of at least `least` and at most `most` digits.
    int number(std::size_t least, std::size_t most) noexcept {
        int value = 0;
        std::size_t size = 0;
        for (; size < rest_.size() && size < most && is(rest_[size], digit_char); ++size) {
            value = value * 10 + (rest_[size] - '0');
        }
        digits_ = size;
        good_ = good_ && size >= least;
        rest_.remove_prefix(size);
        return value;
    }
    /// How many digits the last number had.
    [[nodiscard]] std::size_t digits() const noexcept { return digits_; }

    int month() noexcept {
        const auto name = word();
        for (std::size_t i = 0; name.size() == 3 && i < month_names.size(); i += 3) {
            if (equals_ignore_case(name, month_names.substr(i, 3))) {
                return static_cast<int>(i / 3) + 1;
            }
        }
        fail();
        return 1;
    }
    /// The seconds of "08:49:37".
    std::int64_t time_of_day() noexcept {
        const int hour = number(1, 2);
        expect(':');
        const int minute = number(2, 2);
        expect(':');
        const int second = number(2, 2);
        good_ = good_ && hour < 24 && minute < 60 && second <= 60;
        return hour * 3600 + minute * 60 + second;
    }
    /// The seconds east of Greenwich of "GMT" or "+0200".
    std::int64_t zone() noexcept {
        const bool east = skip('+');
        if (east || skip('-')) {
            const int offset = number(4, 4);
            good_ = good_ && offset % 100 < 60 && offset < 2400;
            return (east ? 1 : -1) * (offset / 100 * 3600 + offset % 100 * 60);
        }
        const auto name = word();
        if (name != "GMT" && name != "UTC" && name != "UT" && name != "Z") {
            fail();
        }
        return 0;
    }

private:
    std::string_view rest_;
    bool good_ = true;
    std::size_t digits_ = 0;
};

/// The year that a two-digit one means: at most 50 years ahead of now (RFC 9110, 5.6.7).
std::int64_t full_year(int two_digits) noexcept {
    const auto now = date_from(static_cast<std::int64_t>(std::time(nullptr)) / day_seconds).year;
    const auto year = now - now % 100 + two_digits;
    return year > now + 50 ? year - 100 : year;
}

bool is_valid(const Date& date) noexcept {
    if (date.year < 1 || date.day < 1) {
        return false;
    }
    const auto back = date_from(days_from(date));
    return back.month == date.month &&
           back.day == date.day;  // 30 February would come back as 2 March
}

/// Reads what comes after the weekday's name, in one of the three forms.
std::int64_t read_date(DateReader& reader, bool asctime) noexcept {
    Date date;
    std::int64_t seconds = 0;
    if (asctime) {
        date.month = reader.month();
        reader.separator();
        date.day = reader.number(1, 2);
        reader.separator();
        seconds = reader.time_of_day();
        reader.separator();
        date.year = reader.number(4, 4);
    } else {
        date.day = reader.number(1, 2);
        reader.separator();
        date.month = reader.month();
        reader.separator();
        const int year = reader.number(2, 4);
        date.year = reader.digits() == 2 ? full_year(year) : year;
        reader.separator();
        seconds = reader.time_of_day();
        reader.separator();
        seconds -= reader.zone();
    }
    if (!reader.at_end() || !is_valid(date)) {
        reader.fail();
    }
    return days_from(date) * day_seconds + seconds;
}

/// Whether `name` is one of `names`, which have three letters each.
bool is_one_of_names(std::string_view name, std::string_view names) noexcept {
    const auto at = names.find(name);
    return name.size() == 3 && at != names.npos && at % 3 == 0;
}

bool fits(char c, char form) noexcept {
    switch (form) {
        case '0':
            return is(c, digit_char);
        case '_':
            return c == ' ' || is(c, digit_char);
        default:
            return c == form;
    }
}

/// Whether a date looks like `form`: there "0" is any digit, "_" a digit or a space, "DDD" a day's
/// name and "MMM" a month's; all else is itself.
bool has_form(std::string_view text, std::string_view form) noexcept {
    if (text.size() != form.size()) {
        return false;
    }
    for (std::size_t i = 0; i < form.size(); ++i) {
        const auto three = form.substr(i, 3);
        if (three == "DDD" || three == "MMM") {
            if (!is_one_of_names(text.substr(i, 3), form[i] == 'D' ? weekday_names : month_names)) {
                return false;
            }
            i += 2;
        } else if (!fits(text[i], form[i])) {
            return false;
        }
    }
    return true;
}

/// What follows the whole name of a day in `text`, or nothing.
std::string_view behind_day_name(std::string_view text) noexcept {
    for (const std::string_view name :
         {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}) {
        if (text.starts_with(name)) {
            return text.substr(name.size());
        }
    }
    return {};
}

std::time_t in_seconds(std::chrono::system_clock::time_point time) {
    return std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
}

void write_new_date(std::time_t time, char* out) noexcept {
    const auto seconds = std::clamp<std::int64_t>(time, earliest, latest);
    const auto of_day = (seconds % day_seconds + day_seconds) % day_seconds;
    const auto days = (seconds - of_day) / day_seconds;
    const auto weekday =
        static_cast<std::size_t>((days % 7 + 11) % 7);  // the first day was a Thursday
    const auto date = date_from(days);
    out = write_text(out, weekday_names.substr(weekday * 3, 3));
    out = write_text(out, ", ");
    out = write_digits(out, date.day, 2);
    out = write_text(out, " ");
    out = write_text(out, month_names.substr(static_cast<std::size_t>(date.month - 1) * 3, 3));
    out = write_text(out, " ");
    out = write_digits(out, date.year, 4);
    out = write_text(out, " ");
    out = write_digits(out, of_day / 3600, 2);
    out = write_text(out, ":");
    out = write_digits(out, of_day / 60 % 60, 2);
    out = write_text(out, ":");
    out = write_digits(out, of_day % 60, 2);
    write_text(out, " GMT");
}

}  // namespace

void write_http_date(std::time_t time, char* out) noexcept {
    struct Written {
        std::time_t time = 0;
        std::array<char, http_date_size> text{};
    };
    // The same file is mostly asked for again, and many are as old as each other.
    static constinit thread_local Written last;
    if (last.time != time || last.text.front() == '\0') {
        write_new_date(time, last.text.data());
        last.time = time;
    }
    std::copy(last.text.begin(), last.text.end(), out);
}

void write_http_date(std::chrono::system_clock::time_point time, char* out) noexcept {
    write_http_date(in_seconds(time), out);
}

std::string format_timestamp(std::time_t time) {
    std::string text(http_date_size, ' ');
    write_http_date(time, text.data());
    return text;
}

std::string format_timestamp(std::chrono::system_clock::time_point time) {
    return format_timestamp(in_seconds(time));
}

std::string format_timestamp(const std::tm& time) {
    auto copy = time;
    return format_timestamp(::timegm(&copy));
}

std::string_view present_http_date() noexcept {
    struct Cache {
        std::time_t made_at = -1;
        std::array<char, http_date_size> text{};
    };
    constinit static thread_local Cache cache;
    if (const auto now = std::time(nullptr); now != cache.made_at) {
        cache.made_at = now;
        write_http_date(now, cache.text.data());
    }
    return {cache.text.data(), cache.text.size()};
}

Result<std::chrono::system_clock::time_point> parse_http_date(std::string_view text) {
    DateReader reader{trim(text)};
    const auto weekday = reader.word();
    const bool comma = reader.skip(',');
    reader.skip_spaces();
    const auto seconds = read_date(reader, !weekday.empty() && !comma);
    if (!reader.good() || weekday.size() > 9) {
        return Errc::malformed_date;
    }
    constexpr std::int64_t furthest =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::duration::max())
            .count();
    return std::chrono::system_clock::time_point{
        std::chrono::seconds{std::clamp(seconds, -furthest, furthest)}};
}

Result<std::chrono::system_clock::time_point> parse_strict_http_date(std::string_view text) {
    const bool is_date = has_form(text, "DDD, 00 MMM 0000 00:00:00 GMT") ||
                         has_form(behind_day_name(text), ", 00-MMM-00 00:00:00 GMT") ||
                         has_form(text, "DDD MMM _0 00:00:00 0000");
    if (!is_date) {
        return Errc::malformed_date;
    }
    return parse_http_date(text);
}

}  // namespace tornado::httputil
