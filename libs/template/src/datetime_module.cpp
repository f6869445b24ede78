#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "builtins.hpp"
#include "methods.hpp"
#include "time_value.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/object.hpp"

// The module datetime.
namespace tornado::templating::detail {

namespace {

struct Utc final : Object {
    [[nodiscard]] std::string_view type_name() const override { return "datetime.timezone"; }
    [[nodiscard]] std::optional<Value> attribute(std::string_view) const override {
        return std::nullopt;
    }
    [[nodiscard]] std::optional<std::string> str() const override { return "UTC"; }
};

Value utc() {
    static const Value value{std::make_shared<Utc>()};
    return value;
}

std::int64_t now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

/// The moment by the local clock.
std::int64_t local(std::int64_t microseconds) {
    const auto seconds = static_cast<std::time_t>(floor_of(microseconds, second));
    std::tm tm{};
    ::localtime_r(&seconds, &tm);
    return microseconds + tm.tm_gmtoff * second;
}

bool wants_utc(const Arguments& arguments, std::size_t place) {
    const auto* const zone = argument(arguments, place, "tz");
    if (zone == nullptr || zone->is_null()) {
        return false;
    }
    if (!(*zone == utc())) {
        throw Error{"TypeError", "the only time zone is datetime.timezone.utc"};
    }
    return true;
}

std::int64_t moment_of(const Arguments& arguments, std::size_t fields) {
    constexpr std::string_view names[] = {
        "year", "month", "day", "hour", "minute", "second", "microsecond"};
    std::array<std::int64_t, 7> numbers{};
    for (std::size_t i = 0; i < fields; ++i) {
        const auto* const given = argument(arguments, i, names[i]);
        if (given == nullptr && i < 3) {
            throw Error{"TypeError", "the argument '" + std::string{names[i]} + "' is missing"};
        }
        numbers[i] = given != nullptr ? given->as<std::int64_t>() : 0;
    }
    constexpr std::int64_t greatest[] = {9999, 12, 31, 23, 59, 59, 999'999};
    for (std::size_t i = 0; i < fields; ++i) {
        if (numbers[i] < (i < 3 ? 1 : 0) || numbers[i] > greatest[i]) {
            throw Error{"ValueError", std::string{names[i]} + " is out of range"};
        }
    }
    std::tm tm{};
    tm.tm_year = static_cast<int>(numbers[0] - 1900);
    tm.tm_mon = static_cast<int>(numbers[1] - 1);
    tm.tm_mday = static_cast<int>(numbers[2]);
    const auto seconds = static_cast<std::int64_t>(::timegm(&tm));
    if (tm.tm_mday != numbers[2]) {
        throw Error{"ValueError", "day is out of range for month"};
    }
    return (seconds + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]) * second + numbers[6];
}

/// The class datetime or date: it can be called, and has functions of its own.
class TimeClass final : public Object {
public:
    explicit TimeClass(TimeKind kind) : kind_{kind} {}

    [[nodiscard]] std::string_view type_name() const override { return "type"; }
    [[nodiscard]] std::optional<Value> attribute(std::string_view name) const override {
        const auto kind = kind_;
        if (name == "today" || (name == "now" && kind == TimeKind::datetime)) {
            return Value{[kind](const Arguments& arguments) {
                const bool is_utc = wants_utc(arguments, 0);
                const auto time = is_utc ? now() : local(now());
                return make_time(
                    kind, kind == TimeKind::date ? floor_of(time, day) * day : time, is_utc
                );
            }};
        }
        if (name == "utcnow" && kind == TimeKind::datetime) {
            return Value{[] { return make_time(TimeKind::datetime, now()); }};
        }
        const bool in_utc = name == "utcfromtimestamp";
        if ((name == "fromtimestamp" || in_utc) && kind == TimeKind::datetime) {
            return Value{[in_utc](const Arguments& arguments) {
                if (arguments.size() == 0) {
                    throw Error{"TypeError", "a timestamp is missing"};
                }
                const double stamp = to_floating(arguments[0]) * static_cast<double>(second);
                if (!(stamp > static_cast<double>(least_moment) &&
                      stamp < static_cast<double>(last_moment))) {
                    throw Error{"ValueError", "the timestamp is out of range"};
                }
                const auto time = static_cast<std::int64_t>(std::nearbyint(stamp));
                const bool is_utc = wants_utc(arguments, 1);
                return make_time(TimeKind::datetime, in_utc || is_utc ? time : local(time), is_utc);
            }};
        }
        return std::nullopt;
    }
    [[nodiscard]] Value call(const Arguments& arguments) const override {
        check_names(
            arguments, {"year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo"}
        );
        if (kind_ == TimeKind::date) {
            return make_time(kind_, moment_of(arguments, 3));
        }
        const auto* const zone = argument(arguments, 7, "tzinfo");
        return make_time(
            kind_, moment_of(arguments, 7), zone != nullptr && !zone->is_null() && *zone == utc()
        );
    }

private:
    TimeKind kind_;
};

Value make_span(const Arguments& arguments) {
    constexpr std::pair<std::string_view, double> units[] = {
        {"days", day},
        {"seconds", second},
        {"microseconds", 1},
        {"milliseconds", 1000},
        {"minutes", 60.0 * second},
        {"hours", 3600.0 * second},
        {"weeks", 7.0 * day}};
    check_names(
        arguments, {"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"}
    );
    double total = 0;
    for (std::size_t i = 0; i < std::size(units); ++i) {
        if (const auto* const given = argument(arguments, i, units[i].first)) {
            total += to_floating(*given) * units[i].second;
        }
    }
    if (!(std::abs(total) < static_cast<double>(longest_span))) {
        throw Error{"OverflowError", "the timedelta is too long"};
    }
    return make_time(TimeKind::timedelta, static_cast<std::int64_t>(std::nearbyint(total)));
}

class Names final : public Object {
public:
    explicit Names(Namespace names) : names_{std::move(names)} {}
    [[nodiscard]] std::string_view type_name() const override { return "module"; }
    [[nodiscard]] std::optional<Value> attribute(std::string_view name) const override {
        const auto* const found = names_.find(name);
        return found != nullptr ? std::optional{*found} : std::nullopt;
    }

private:
    Namespace names_;
};

}  // namespace

Namespace datetime_members() {
    const auto zone = std::make_shared<Names>(Namespace{{"utc", utc()}});
    return {
        {"datetime", std::make_shared<TimeClass>(TimeKind::datetime)},
        {"date", std::make_shared<TimeClass>(TimeKind::date)},
        {"timedelta", [](const Arguments& arguments) { return make_span(arguments); }},
        {"timezone", zone},
        {"UTC", utc()},
    };
}

Value datetime_module() {
    return std::make_shared<Names>(datetime_members());
}

}  // namespace tornado::templating::detail
