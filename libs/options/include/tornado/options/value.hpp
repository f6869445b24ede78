#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tornado::options {

template <typename T>
inline constexpr bool is_duration = false;
template <typename Rep, typename Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

/// A point in time; without a time zone it is local.
using Time = std::chrono::system_clock::time_point;

/// How text becomes an option of a type of one's own, and back: specialise it. What parse() throws
/// becomes an Error that says for which option. Mirrors a `type` that is any callable.
///
///     template <>
///     struct tornado::options::Custom<Color> {
///         static Color parse(std::string_view text);
///         static std::string text(const Color& color);
///     };
template <typename T>
struct Custom;

/// What is made from text and gives it back, as std::filesystem::path does.
template <typename T>
concept PathLike = requires(const T& value) {
    { value.string() } -> std::same_as<std::string>;
}
&&std::constructible_from<T, const std::string&>;

template <PathLike T>
struct Custom<T> {
    static T parse(std::string_view text) { return T(std::string{text}); }
    static std::string text(const T& value) { return value.string(); }
};

/// A type that Custom knows.
template <typename T>
concept CustomType = requires(std::string_view text, const T& value) {
    { Custom<T>::parse(text) } -> std::same_as<T>;
    { Custom<T>::text(value) } -> std::convertible_to<std::string>;
};

/// What one value of an option can be: bool, an integer, a floating point number, text, a duration
/// of any unit, a point in time, or a type of one's own.
template <typename T>
concept Single = std::is_arithmetic_v<T> || std::same_as<T, std::string> || is_duration<T> ||
    std::same_as<T, Time> || CustomType<T>;

template <typename T>
inline constexpr bool is_list = false;
template <Single T>
inline constexpr bool is_list<std::vector<T>> = true;

/// What an option can be: one value, or a std::vector of them.
template <typename T>
concept OptionType = Single<T> || is_list<T>;

/// The kinds of values, in the order of Scalar's alternatives.
enum class Kind { boolean, integer, real, text, duration, time };

/// One value, in the widest form of its kind.
using Scalar =
    std::variant<bool, std::int64_t, double, std::string, std::chrono::nanoseconds, Time>;

/// What an option accepts.
struct Type {
    Kind kind = Kind::text;
    bool multiple = false;
    std::int64_t least = 0;  ///< for integers, as is the next
    std::int64_t greatest = 0;
    void (*check)(std::string_view text) = nullptr;  ///< of a type of one's own: throws
    std::chrono::nanoseconds unit{1};                ///< durations are a whole number of these
};

/// What a duration of the type is a whole number of; a nanosecond when it can be any fraction.
template <typename Rep, typename Period>
[[nodiscard]] constexpr std::chrono::nanoseconds unit_of(std::chrono::duration<Rep, Period>) {
    using Nanoseconds = std::ratio_divide<Period, std::nano>;
    const bool whole = !std::chrono::treat_as_floating_point_v<Rep> && Nanoseconds::den == 1;
    return std::chrono::nanoseconds{whole ? Nanoseconds::num : 1};
}

/// The Type of a C++ type.
template <OptionType T>
[[nodiscard]] constexpr Type type_of() noexcept {
    if constexpr (is_list<T>) {
        auto type = type_of<typename T::value_type>();
        type.multiple = true;
        return type;
    } else if constexpr (std::same_as<T, bool>) {
        return {Kind::boolean};
    } else if constexpr (std::integral<T>) {
        using Limits = std::numeric_limits<T>;
        constexpr auto widest = std::numeric_limits<std::int64_t>::max();
        constexpr bool fits = std::cmp_less_equal(Limits::max(), widest);
        return {
            Kind::integer,
            false,
            static_cast<std::int64_t>(Limits::min()),
            fits ? static_cast<std::int64_t>(Limits::max()) : widest};
    } else if constexpr (std::floating_point<T>) {
        return {Kind::real};
    } else if constexpr (std::same_as<T, std::string>) {
        return {Kind::text};
    } else if constexpr (is_duration<T>) {
        return {.kind = Kind::duration, .unit = unit_of(T{})};
    } else if constexpr (CustomType<T>) {
        Type type{Kind::text};
        type.check = [](std::string_view text) { static_cast<void>(Custom<T>::parse(text)); };
        return type;
    } else {
        return {Kind::time};
    }
}

/// Whether an integer or a duration is one that the type can hold.
[[nodiscard]] bool fits(const Scalar& scalar, const Type& type);

/// Throws Error, in the words of what parse() has thrown, unless the text is one of that type.
void check_custom(const Type& type, std::string_view text);

/// The value of an option: none, one, or a list.
class Value {
public:
    /// No value: Python's None.
    Value() noexcept;

    template <OptionType T>
    Value(const T& value) : has_value_{true},
                            type_{type_of<T>()} {
        if constexpr (is_list<T>) {
            for (const auto& item : value) {
                append(widen(static_cast<typename T::value_type>(item)));
            }
        } else {
            append(widen(value));
        }
    }
    Value(const char* text);
    Value(Type type, std::vector<Scalar> scalars);
    // What costs much to compile stands in the source, not in each program's main().
    Value(const Value&);
    Value(Value&&) noexcept;
    Value& operator=(const Value&);
    Value& operator=(Value&&) noexcept;
    ~Value();

    [[nodiscard]] bool has_value() const noexcept { return has_value_; }
    [[nodiscard]] const Type& type() const noexcept { return type_; }
    [[nodiscard]] const std::vector<Scalar>& scalars() const noexcept { return scalars_; }

    /// The value as a T. Any integer type serves for an integer that fits it, any duration for one
    /// that it can hold whole. Throws Error when there is no value, or one of another kind.
    template <OptionType T>
    [[nodiscard]] T as() const {
        check(type_of<T>());
        if constexpr (is_list<T>) {
            T list;
            const auto count = size();
            list.reserve(count);
            for (std::size_t i = 0; i < count; ++i) {
                list.push_back(narrow<typename T::value_type>(i));
            }
            return list;
        } else {
            return narrow<T>(0);
        }
    }

    /// Throws Error unless this can be had as a `wanted`.
    void check(const Type& wanted) const;

    /// The value as one would write it on the command line; empty when there is none.
    [[nodiscard]] std::string text() const;

private:
    /// The type that holds a T in a Scalar.
    template <Single T>
    static auto widen(const T& value) {
        if constexpr (std::same_as<T, bool> || std::same_as<T, std::string> || std::same_as<T, Time>) {
            return value;
        } else if constexpr (std::integral<T>) {
            return static_cast<std::int64_t>(value);
        } else if constexpr (std::floating_point<T>) {
            return static_cast<double>(value);
        } else if constexpr (CustomType<T>) {
            return std::string{Custom<T>::text(value)};
        } else {
            return std::chrono::duration_cast<std::chrono::nanoseconds>(value);
        }
    }
    template <typename Wide>
    void append(const Wide& value);

    template <Single T>
    T narrow(std::size_t index) const {
        const auto& value = at<decltype(widen(std::declval<T>()))>(index);
        if constexpr (is_duration<T>) {
            return std::chrono::duration_cast<T>(value);
        } else if constexpr (CustomType<T>) {
            check_custom(type_of<T>(), value);
            return Custom<T>::parse(value);
        } else {
            return static_cast<T>(value);
        }
    }
    template <typename Wide>
    [[nodiscard]] const Wide& at(std::size_t index) const;
    [[nodiscard]] std::size_t size() const noexcept;

    bool has_value_ = false;
    Type type_;
    std::vector<Scalar> scalars_;
};

/// What a user calls such values, such as "an integer" or "a list of durations".
[[nodiscard]] std::string describe(const Type& type);

}  // namespace tornado::options
