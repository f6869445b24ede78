#include "tornado/options/value.hpp"

#include <array>
#include <charconv>
#include <ctime>

#include "tornado/options/error.hpp"

namespace tornado::options {

namespace {

std::string to_text(bool value) {
    return value ? "true" : "false";
}

std::string to_text(std::int64_t value) {
    return std::to_string(value);
}

std::string to_text(double value) {
    std::array<char, 32> digits;
    const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

std::string to_text(const std::string& value) {
    return value;
}

/// In the greatest unit that needs no fraction.
std::string to_text(std::chrono::nanoseconds value) {
    struct Unit {
        std::int64_t length;
        const char* name;
    };
    constexpr std::int64_t second = 1'000'000'000;
    constexpr Unit units[] = {
        {86400 * second, "d"},
        {3600 * second, "h"},
        {60 * second, "m"},
        {second, "s"},
        {1'000'000, "ms"},
        {1'000, "us"},
    };
    if (value.count() == 0) {
        return "0s";
    }
    for (const auto& [length, name] : units) {
        if (value.count() % length == 0) {
            return std::to_string(value.count() / length) + name;
        }
    }
    return to_text(static_cast<double>(value.count()) / 1e3) + "us";
}

std::string to_text(Time value) {
    const auto seconds = std::chrono::system_clock::to_time_t(value);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    std::array<char, 64> text;
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

struct Words {
    const char* one;
    const char* several;
};

Words words_of(Kind kind) {
    switch (kind) {
        case Kind::boolean:
            return {"a bool", "a list of bools"};
        case Kind::integer:
            return {"an integer", "a list of integers"};
        case Kind::real:
            return {"a number", "a list of numbers"};
        case Kind::text:
            return {"a string", "a list of strings"};
        case Kind::duration:
            return {"a duration", "a list of durations"};
        case Kind::time:
            return {"a point in time", "a list of points in time"};
    }
    return {"nothing", "nothing"};
}

}  // namespace

Value::Value() noexcept = default;
Value::Value(const char* text) : Value{std::string{text}} {}
Value::Value(Type type, std::vector<Scalar> scalars)
    : has_value_{true},
      type_{type},
      scalars_{std::move(scalars)} {}
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

template <typename Wide>
void Value::append(const Wide& value) {
    scalars_.emplace_back(value);
}
template <typename Wide>
const Wide& Value::at(std::size_t index) const {
    return std::get<Wide>(scalars_[index]);
}
std::size_t Value::size() const noexcept {
    return scalars_.size();
}

template void Value::append(const bool&);
template void Value::append(const std::int64_t&);
template void Value::append(const double&);
template void Value::append(const std::string&);
template void Value::append(const std::chrono::nanoseconds&);
template void Value::append(const Time&);
template const bool& Value::at(std::size_t) const;
template const std::int64_t& Value::at(std::size_t) const;
template const double& Value::at(std::size_t) const;
template const std::string& Value::at(std::size_t) const;
template const std::chrono::nanoseconds& Value::at(std::size_t) const;
template const Time& Value::at(std::size_t) const;

std::string Value::text() const {
    std::string all;
    for (const auto& scalar : scalars_) {
        if (&scalar != &scalars_.front()) {
            all += ',';
        }
        all += std::visit([](const auto& value) { return to_text(value); }, scalar);
    }
    return all;
}

void Value::check(const Type& wanted) const {
    if (!has_value_) {
        throw Error{"has no value; give it a default, or ask with get_optional"};
    }
    if (wanted.kind != type_.kind || wanted.multiple != type_.multiple) {
        throw Error{"is " + describe(type_) + ", not " + describe(wanted)};
    }
    for (const auto& scalar : scalars_) {
        if (!fits(scalar, wanted)) {
            const auto text = std::visit([](const auto& value) { return to_text(value); }, scalar);
            throw Error{"is " + text + ", which does not fit the type asked for"};
        }
    }
}

bool fits(const Scalar& scalar, const Type& type) {
    if (const auto* number = std::get_if<std::int64_t>(&scalar)) {
        return *number >= type.least && *number <= type.greatest;
    }
    const auto* duration = std::get_if<std::chrono::nanoseconds>(&scalar);
    return duration == nullptr || *duration % type.unit == std::chrono::nanoseconds{0};
}

void check_custom(const Type& type, std::string_view text) {
    if (type.check == nullptr) {
        return;
    }
    try {
        type.check(text);
    } catch (const std::exception& error) {
        throw Error{'"' + std::string{text} + "\" will not do: " + error.what()};
    }
}

std::string describe(const Type& type) {
    const auto words = words_of(type.kind);
    return type.multiple ? words.several : words.one;
}

}  // namespace tornado::options
