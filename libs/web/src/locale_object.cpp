#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "template_functions.hpp"
#include "template_objects.hpp"
#include "tornado/locale/locale.hpp"
#include "tornado/template/error.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web::detail {

using std::chrono::minutes;
using std::chrono::system_clock;
using templating::Arguments;
using templating::Value;

namespace {

/// What a template has as a datetime, in UTC, or as seconds since 1970.
system_clock::time_point moment_of(const Value& value) {
    using namespace std::chrono;
    if (value.kind() == templating::Kind::integer || value.kind() == templating::Kind::floating) {
        constexpr double end_of_9999 = 253'402'300'799;
        const duration<double> since_1970{value.as<double>()};
        if (!(std::abs(since_1970.count()) <= end_of_9999)) {
            throw templating::Error{"ValueError", "a date is within the years 1 to 9999"};
        }
        return system_clock::time_point{duration_cast<system_clock::duration>(since_1970)};
    }
    if (value.type_name() != "datetime.datetime") {
        throw templating::Error{
            "TypeError", "a date is a datetime or a number, not " + std::string{value.type_name()}};
    }
    const auto field = [&](std::string_view name) { return value.attribute(name).as<int>(); };
    const year_month_day date{
        year{field("year")},
        month{static_cast<unsigned>(field("month"))},
        day{static_cast<unsigned>(field("day"))}};
    return sys_days{date} + hours{field("hour")} + minutes{field("minute")} +
           seconds{field("second")} + microseconds{field("microsecond")};
}

minutes offset_of(const Value& value) {
    return value.is_null() ? minutes{0} : minutes{value.as<int>()};
}

bool flag(const Value& value, bool fallback) {
    return value.is_null() ? fallback : value.truth();
}

Value format_date(RequestHandler& handler, const Arguments& arguments) {
    static const std::vector<std::string> names{
        "date", "gmt_offset", "relative", "shorter", "full_format"};
    const auto given = arguments.bind(names, 1);
    return handler.locale().format_date(
        moment_of(given[0]),
        {.full_format = flag(given[4], false),
         .gmt_offset = offset_of(given[1]),
         .relative = flag(given[2], true),
         .shorter = flag(given[3], false)}
    );
}

Value format_day(RequestHandler& handler, const Arguments& arguments) {
    static const std::vector<std::string> names{"date", "gmt_offset", "dow"};
    const auto given = arguments.bind(names, 1);
    return handler.locale().format_day(
        moment_of(given[0]), offset_of(given[1]), flag(given[2], true)
    );
}

Value list(RequestHandler& handler, const Arguments& arguments) {
    arguments.check(1, 1);
    return handler.locale().list(arguments[0].as<std::vector<std::string>>());
}

Value friendly_number(RequestHandler& handler, const Arguments& arguments) {
    arguments.check(1, 1);
    return handler.locale().friendly_number(arguments[0].as<std::int64_t>());
}

}  // namespace

std::optional<Value> LocaleObject::attribute(std::string_view name) const {
    const auto& locale = handler_.locale();
    if (name == "code") {
        return locale.code();
    }
    if (name == "name") {
        return locale.name();
    }
    if (name == "rtl") {
        return locale.rtl();
    }
    if (name == "translate") {
        return Translate{&handler_};
    }
    if (name == "pgettext") {
        return Pgettext{&handler_};
    }
    if (name == "format_date") {
        return TemplateFunction<&format_date>{&handler_};
    }
    if (name == "format_day") {
        return TemplateFunction<&format_day>{&handler_};
    }
    if (name == "list") {
        return TemplateFunction<&list>{&handler_};
    }
    if (name == "friendly_number") {
        return TemplateFunction<&friendly_number>{&handler_};
    }
    return std::nullopt;
}

}  // namespace tornado::web::detail
