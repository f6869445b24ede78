#include "moment.hpp"

#include <cstdio>

namespace tornado::database {

namespace {

using std::chrono::microseconds;
using std::chrono::minutes;

/// Reads digits from the front of a text.
class Reader {
public:
    explicit Reader(std::string_view text) noexcept : text_{text} {}

    [[nodiscard]] bool at_end() const noexcept { return text_.empty(); }
    bool take(char wanted) noexcept {
        const bool there = text_.starts_with(wanted);
        text_.remove_prefix(there ? 1 : 0);
        return there;
    }
    /// So many digits; -1 when there are not.
    int number(std::size_t digits) noexcept {
        if (text_.size() < digits) {
            return -1;
        }
        int value = 0;
        for (const char c : text_.substr(0, digits)) {
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        text_.remove_prefix(digits);
        return value;
    }
    /// The part of a second after its point.
    int fraction() noexcept {
        int value = 0;
        int unit = 100'000;
        std::size_t digits = 0;
        while (digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9') {
            value += (text_[digits++] - '0') * unit;
            unit /= 10;
        }
        text_.remove_prefix(digits);
        return digits == 0 ? -1 : value;
    }

private:
    std::string_view text_;
};

std::optional<std::chrono::sys_days> read_date(Reader& reader) noexcept {
    const int year = reader.number(4);
    const bool dashed = reader.take('-');
    const int month = reader.number(2);
    const bool dashed_too = reader.take('-');
    const int day = reader.number(2);
    const std::chrono::year_month_day date{
        std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    if (year < 0 || month < 0 || day < 0 || !dashed || !dashed_too || !date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date};
}

std::optional<microseconds> read_time(Reader& reader) noexcept {
    const int hour = reader.number(2);
    const bool colon = reader.take(':');
    const int minute = reader.number(2);
    int second = 0;
    int fraction = 0;
    if (reader.take(':')) {
        second = reader.number(2);
        fraction = reader.take('.') ? reader.fraction() : 0;
    }
    if (hour < 0 || hour > 23 || !colon || minute < 0 || minute > 59 || second < 0 || second > 60 ||
        fraction < 0) {
        return std::nullopt;
    }
    return std::chrono::hours{hour} + minutes{minute} + std::chrono::seconds{second} +
           microseconds{fraction};
}

/// How far the time is ahead of UTC.
std::optional<minutes> read_zone(Reader& reader) noexcept {
    if (reader.at_end() || reader.take('Z')) {
        return minutes{0};
    }
    const bool ahead = reader.take('+');
    if (!ahead && !reader.take('-')) {
        return std::nullopt;
    }
    const int hour = reader.number(2);
    reader.take(':');
    const int minute = reader.at_end() ? 0 : reader.number(2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return std::nullopt;
    }
    const minutes offset = std::chrono::hours{hour} + minutes{minute};
    return ahead ? offset : -offset;
}

}  // namespace

std::string moment_text(Moment moment) {
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{moment - day};
    char text[48];
    const int size = std::snprintf(
        text,
        sizeof text,
        "%04d-%02u-%02u %02d:%02d:%02d.%06d",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()),
        static_cast<int>(time.subseconds().count())
    );
    return {text, static_cast<std::size_t>(size)};
}

std::optional<Moment> parse_moment(std::string_view text) noexcept {
    Reader reader{text};
    const auto date = read_date(reader);
    if (!date) {
        return std::nullopt;
    }
    if (reader.at_end()) {
        return Moment{*date};
    }
    if (!reader.take(' ') && !reader.take('T')) {
        return std::nullopt;
    }
    const auto time = read_time(reader);
    const auto zone = read_zone(reader);
    if (!time || !zone || !reader.at_end()) {
        return std::nullopt;
    }
    return Moment{*date} + *time - *zone;
}

}  // namespace tornado::database
