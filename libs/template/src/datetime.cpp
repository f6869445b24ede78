#include "tornado/template/datetime.hpp"

#include <locale.h>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>
#include <string>

#include "builtins.hpp"
#include "meter.hpp"
#include "methods.hpp"
#include "repr.hpp"
#include "time_value.hpp"
#include "tornado/template/error.hpp"
#include "tornado/template/object.hpp"

namespace tornado::templating {

namespace detail {

namespace {

/// A date, a moment or a span: microseconds, for the former from 1970 on, by their own clock.
struct TimeHolder final : Holder {
    explicit TimeHolder(std::int64_t time, bool utc = false) : microseconds{time}, is_utc{utc} {}
    std::int64_t microseconds;
    bool is_utc;
};

const TimeHolder& time_of(const Value& value) {
    return *static_cast<const TimeHolder*>(Access::object(value));
}

/// The fields that a clock and a calendar show.
struct Fields {
    std::tm tm{};
    std::int64_t microsecond = 0;
};

Fields fields_of(std::int64_t microseconds) {
    Fields fields;
    const auto seconds = static_cast<std::time_t>(floor_of(microseconds, second));
    fields.microsecond = microseconds - static_cast<std::int64_t>(seconds) * second;
    ::gmtime_r(&seconds, &fields.tm);
    return fields;
}

template <typename... A>
std::string printed(const char* format, A... arguments) {
    std::array<char, 80> text;
    const auto size = std::snprintf(text.data(), text.size(), format, arguments...);
    return {text.data(), static_cast<std::size_t>(size)};
}

std::string date_text(const Fields& fields) {
    return printed(
        "%04d-%02d-%02d", fields.tm.tm_year + 1900, fields.tm.tm_mon + 1, fields.tm.tm_mday
    );
}

std::string moment_text(const TimeHolder& time, std::string_view separator) {
    const auto fields = fields_of(time.microseconds);
    auto text = date_text(fields).append(separator);
    text += printed("%02d:%02d:%02d", fields.tm.tm_hour, fields.tm.tm_min, fields.tm.tm_sec);
    if (fields.microsecond != 0) {
        text += printed(".%06lld", static_cast<long long>(fields.microsecond));
    }
    return text + (time.is_utc ? "+00:00" : "");
}

std::string span_text(std::int64_t span) {
    const auto days = floor_of(span, day);
    const auto rest = span - days * day;
    std::string text;
    if (days != 0) {
        text = std::to_string(days) + (days == 1 || days == -1 ? " day, " : " days, ");
    }
    const auto seconds = rest / second;
    text += printed(
        "%lld:%02lld:%02lld",
        static_cast<long long>(seconds / 3600),
        static_cast<long long>(seconds / 60 % 60),
        static_cast<long long>(seconds % 60)
    );
    if (rest % second != 0) {
        text += printed(".%06lld", static_cast<long long>(rest % second));
    }
    return text;
}

std::string strftime(const TimeHolder& time, std::string_view format) {
    static const auto plain = ::newlocale(LC_ALL_MASK, "C", nullptr);
    const auto fields = fields_of(time.microseconds);
    std::string wanted;
    for (std::size_t i = 0; i < format.size(); ++i) {
        const char letter = format[i] == '%' && i + 1 < format.size() ? format[i + 1] : char{0};
        if (letter == 'f') {
            wanted += printed("%06lld", static_cast<long long>(fields.microsecond));
        } else if (letter == 'z' || letter == 'Z') {
            wanted += !time.is_utc ? "" : letter == 'z' ? "+0000" : "UTC";
        } else if (letter == 's') {
            wanted += std::to_string(floor_of(time.microseconds, second));
        } else {
            wanted += format[i];
            if (letter == 0) {
                continue;
            }
            wanted += letter;
        }
        i += 1;
    }
    wanted += '.';  // so that an empty result differs from one that is too long
    charge_for_size(wanted.size() * 16);
    std::string out;
    std::size_t size = 0;
    for (auto room = wanted.size() * 4 + 64; size == 0 && room < wanted.size() * 512 + 65536;
         room *= 4) {
        out.resize(room);
        size = ::strftime_l(out.data(), room, wanted.c_str(), &fields.tm, plain);
    }
    out.resize(size == 0 ? 0 : size - 1);
    return out;
}

template <typename Do>
Value method(const void* object, Holder* owner, Do action) {
    auto keeper = Access::object(Kind::null, nullptr, nullptr, owner);
    const auto* const time = static_cast<const TimeHolder*>(object);
    return make_value([time, keeper = std::move(keeper), action](const Arguments& arguments) {
        return action(*time, arguments);
    });
}

class TimeType final : public Type {
public:
    explicit TimeType(TimeKind kind) : kind_{kind} {}

    [[nodiscard]] std::string_view name() const noexcept override {
        return kind_ == TimeKind::date       ? "datetime.date"
               : kind_ == TimeKind::datetime ? "datetime.datetime"
                                             : "datetime.timedelta";
    }
    [[nodiscard]] bool attribute(
        const void* object,
        std::string_view name,
        Holder* owner,
        Value& found
    ) const override {
        const auto& time = *static_cast<const TimeHolder*>(object);
        return kind_ == TimeKind::timedelta ? span_attribute(time, name, owner, found)
                                            : moment_attribute(time, name, owner, found);
    }
    [[nodiscard]] bool text(const void* object, std::string& text) const override {
        const auto& time = *static_cast<const TimeHolder*>(object);
        text = kind_ == TimeKind::timedelta ? span_text(time.microseconds)
               : kind_ == TimeKind::date    ? date_text(fields_of(time.microseconds))
                                            : moment_text(time, " ");
        return true;
    }
    [[nodiscard]] bool repr(const void* object, std::string& text) const override;
    [[nodiscard]] bool truth(const void* object) const override {
        return kind_ != TimeKind::timedelta ||
               static_cast<const TimeHolder*>(object)->microseconds != 0;
    }
    [[nodiscard]] bool operate(
        Operation operation,
        const Value& left,
        const Value& right,
        Value& result
    ) const override;

private:
    static bool
    span_attribute(const TimeHolder& span, std::string_view name, Holder* owner, Value& found);
    bool moment_attribute(
        const TimeHolder& time,
        std::string_view name,
        Holder* owner,
        Value& found
    ) const;
    bool moment_method(const TimeHolder& time, std::string_view name, Holder* owner, Value& found)
        const;

    TimeKind kind_;
};

const TimeType date_type{TimeKind::date};
const TimeType datetime_type{TimeKind::datetime};
const TimeType timedelta_type{TimeKind::timedelta};

bool is_a_time(const Value& value, const TimeType& type) {
    return value.kind() == Kind::object && Access::type(value) == &type;
}

bool TimeType::span_attribute(
    const TimeHolder& span,
    std::string_view name,
    Holder* owner,
    Value& found
) {
    const auto days = floor_of(span.microseconds, day);
    const auto rest = span.microseconds - days * day;
    if (name == "days") {
        found = days;
    } else if (name == "seconds") {
        found = rest / second;
    } else if (name == "microseconds") {
        found = rest % second;
    } else if (name == "total_seconds") {
        found =
            method(&span, owner, [](const TimeHolder& time, const Arguments& arguments) -> Value {
                arguments.check(0, 0);
                return static_cast<double>(time.microseconds) / static_cast<double>(second);
            });
    } else {
        return false;
    }
    return true;
}

bool TimeType::moment_attribute(
    const TimeHolder& time,
    std::string_view name,
    Holder* owner,
    Value& found
) const {
    const auto fields = fields_of(time.microseconds);
    const std::pair<std::string_view, std::int64_t> numbers[] = {
        {"year", fields.tm.tm_year + 1900},
        {"month", fields.tm.tm_mon + 1},
        {"day", fields.tm.tm_mday},
        {"hour", fields.tm.tm_hour},
        {"minute", fields.tm.tm_min},
        {"second", fields.tm.tm_sec},
        {"microsecond", fields.microsecond}};
    std::size_t count = kind_ == TimeKind::date ? 3 : 7;
    for (const auto& [field, number] : numbers) {
        if (count-- == 0) {
            break;
        }
        if (field == name) {
            found = number;
            return true;
        }
    }
    return moment_method(time, name, owner, found);
}

bool TimeType::moment_method(
    const TimeHolder& time,
    std::string_view name,
    Holder* owner,
    Value& found
) const {
    const bool is_date = kind_ == TimeKind::date;
    if (name == "strftime" || name == "__format__") {
        found =
            method(&time, owner, [](const TimeHolder& self, const Arguments& arguments) -> Value {
                arguments.check(1, 1);
                return strftime(self, to_text(arguments[0]));
            });
    } else if (name == "isoformat") {
        found = method(
            &time,
            owner,
            [is_date](const TimeHolder& self, const Arguments& arguments) -> Value {
                check_names(arguments, {"sep"});
                const auto* const separator = argument(arguments, 0, "sep");
                return is_date
                           ? date_text(fields_of(self.microseconds))
                           : moment_text(self, separator != nullptr ? to_text(*separator) : "T");
            }
        );
    } else if (name == "weekday" || name == "isoweekday") {
        const bool iso = name == "isoweekday";
        found = method(
            &time,
            owner,
            [iso](const TimeHolder& self, const Arguments& arguments) -> Value {
                arguments.check(0, 0);
                const auto from_monday = (fields_of(self.microseconds).tm.tm_wday + 6) % 7;
                return iso ? from_monday + 1 : from_monday;
            }
        );
    } else if (name == "date" && !is_date) {
        found = method(&time, owner, [](const TimeHolder& self, const Arguments& arguments) {
            arguments.check(0, 0);
            return make_time(TimeKind::date, floor_of(self.microseconds, day) * day);
        });
    } else if (name == "timestamp" && !is_date) {
        found =
            method(&time, owner, [](const TimeHolder& self, const Arguments& arguments) -> Value {
                arguments.check(0, 0);
                return static_cast<double>(self.microseconds) / static_cast<double>(second);
            });
    } else {
        return false;
    }
    return true;
}

bool TimeType::repr(const void* object, std::string& text) const {
    const auto& time = *static_cast<const TimeHolder*>(object);
    if (kind_ == TimeKind::timedelta) {
        const auto days = floor_of(time.microseconds, day);
        const auto rest = time.microseconds - days * day;
        std::string inside;
        const auto add = [&inside](std::string_view name, std::int64_t number) {
            if (number != 0) {
                inside.append(inside.empty() ? "" : ", ")
                    .append(name)
                    .append(std::to_string(number));
            }
        };
        add("days=", days);
        add("seconds=", rest / second);
        add("microseconds=", rest % second);
        text = "datetime.timedelta(" + (inside.empty() ? "0" : inside) + ")";
        return true;
    }
    const auto fields = fields_of(time.microseconds);
    text =
        std::string{name()} +
        printed("(%d, %d, %d", fields.tm.tm_year + 1900, fields.tm.tm_mon + 1, fields.tm.tm_mday);
    if (kind_ == TimeKind::datetime) {
        text += printed(", %d, %d", fields.tm.tm_hour, fields.tm.tm_min);
        if (fields.tm.tm_sec != 0 || fields.microsecond != 0) {
            text += printed(", %d", fields.tm.tm_sec);
        }
        if (fields.microsecond != 0) {
            text += printed(", %lld", static_cast<long long>(fields.microsecond));
        }
        text += time.is_utc ? ", tzinfo=datetime.timezone.utc" : "";
    }
    text += ")";
    return true;
}

/// A sum of spans; one that does not fit is too long in any case.
std::int64_t sum_of(std::int64_t left, std::int64_t right) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(left, right, &sum) ? std::numeric_limits<std::int64_t>::max()
                                                     : sum;
}

/// Arithmetic with a span on one side at least.
bool span_arithmetic(Operation operation, const Value& left, const Value& right, Value& result) {
    const bool both = is_a_time(left, timedelta_type) && is_a_time(right, timedelta_type);
    const auto span = [](const Value& value) { return time_of(value).microseconds; };
    if (both && operation == Operation::add) {
        result = make_time(TimeKind::timedelta, sum_of(span(left), span(right)));
    } else if (both && operation == Operation::subtract) {
        result = make_time(TimeKind::timedelta, sum_of(span(left), -span(right)));
    } else if (both && operation == Operation::divide) {
        if (span(right) == 0) {
            throw Error{"ZeroDivisionError", "division by zero"};
        }
        result = static_cast<double>(span(left)) / static_cast<double>(span(right));
    } else if (operation == Operation::multiply) {
        const bool first = is_a_time(left, timedelta_type);
        const auto& factor = first ? right : left;
        if (factor.kind() != Kind::integer) {
            return false;
        }
        std::int64_t product = 0;
        if (__builtin_mul_overflow(span(first ? left : right), Access::integer(factor), &product)) {
            product = std::numeric_limits<std::int64_t>::max();  // too long in any case
        }
        result = make_time(TimeKind::timedelta, product);
    } else {
        return false;
    }
    return true;
}

bool TimeType::operate(Operation operation, const Value& left, const Value& right, Value& result)
    const {
    const bool same = left.kind() == Kind::object && right.kind() == Kind::object &&
                      Access::type(left) == Access::type(right);
    if (same && (operation == Operation::equal || operation == Operation::less)) {
        const auto& one = time_of(left);
        const auto& other = time_of(right);
        if (one.is_utc != other.is_utc) {
            if (operation == Operation::less) {
                throw Error{"TypeError", "can't compare offset-naive and offset-aware datetimes"};
            }
            result = false;
            return true;
        }
        result = operation == Operation::equal ? one.microseconds == other.microseconds
                                               : one.microseconds < other.microseconds;
        return true;
    }
    if (kind_ == TimeKind::timedelta && span_arithmetic(operation, left, right, result)) {
        return true;
    }
    const bool left_moment = is_a_time(left, datetime_type) || is_a_time(left, date_type);
    const bool right_moment = is_a_time(right, datetime_type) || is_a_time(right, date_type);
    if (operation == Operation::subtract && left_moment && same) {
        if (time_of(left).is_utc != time_of(right).is_utc) {
            throw Error{"TypeError", "can't subtract offset-naive and offset-aware datetimes"};
        }
        result = make_time(
            TimeKind::timedelta, time_of(left).microseconds - time_of(right).microseconds
        );
        return true;
    }
    const bool shifts_left = left_moment && is_a_time(right, timedelta_type);
    const bool shifts_right =
        right_moment && is_a_time(left, timedelta_type) && operation == Operation::add;
    if ((operation != Operation::add && operation != Operation::subtract) ||
        (!shifts_left && !shifts_right)) {
        return false;
    }
    const auto& moment = shifts_left ? left : right;
    const auto is_date = is_a_time(moment, date_type);
    auto span = time_of(shifts_left ? right : left).microseconds;
    span = is_date ? floor_of(span, day) * day : span;
    const auto shifted =
        time_of(moment).microseconds + (operation == Operation::add ? span : -span);
    result =
        make_time(is_date ? TimeKind::date : TimeKind::datetime, shifted, time_of(moment).is_utc);
    return true;
}

}  // namespace

Value make_time(TimeKind kind, std::int64_t microseconds, bool is_utc) {
    const bool is_span = kind == TimeKind::timedelta;
    const auto least = is_span ? -longest_span : least_moment;
    if (microseconds < least || microseconds > (is_span ? longest_span : last_moment)) {
        throw Error{
            "OverflowError", is_span ? "the timedelta is too long" : "date value out of range"};
    }
    auto* const holder = new TimeHolder{microseconds, is_utc};
    const auto* const type = kind == TimeKind::date ? &date_type
                             : is_span              ? &timedelta_type
                                                    : &datetime_type;
    return Access::object(Kind::object, type, holder, holder);
}

Value make_datetime(std::chrono::microseconds since_1970) {
    return make_time(TimeKind::datetime, since_1970.count());
}

Value make_timedelta(std::chrono::microseconds span) {
    return make_time(TimeKind::timedelta, span.count());
}

}  // namespace detail
}  // namespace tornado::templating
