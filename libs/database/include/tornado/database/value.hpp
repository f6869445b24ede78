#pragma once

#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tornado::database {

/// What kind of value a cell of a row holds.
///
/// What has no kind of its own here (decimal numbers, dates, JSON) is text, as the server writes
/// it.
enum class Type : std::uint8_t { null, boolean, integer, real, text, blob };

/// Bytes that are no text.
using Blob = std::vector<std::byte>;

/// A moment as databases keep it: to the microsecond, in UTC.
using Moment = std::chrono::sys_time<std::chrono::microseconds>;

class Value;

/// How a C++ type is read from a value: specialise it for your own.
///
///     template <>
///     struct tornado::database::FromValue<Colour> {
///         static Colour read(const Value& value) { return colour_of(value.get<std::string>()); }
///     };
template <typename T>
struct FromValue;

/// One value of a row.
///
/// Ownership: a view; text and bytes belong to the row's result.
class Value {
public:
    /// NULL.
    Value() noexcept = default;
    [[nodiscard]] static Value boolean(bool truth) noexcept;
    [[nodiscard]] static Value integer(std::int64_t number) noexcept;
    [[nodiscard]] static Value real(double number) noexcept;
    [[nodiscard]] static Value text(std::string_view text) noexcept;
    [[nodiscard]] static Value blob(std::string_view bytes) noexcept;

    [[nodiscard]] Type type() const noexcept { return type_; }
    [[nodiscard]] bool is_null() const noexcept { return type_ == Type::null; }

    /// The value as a T: bool, an integer, a floating point number, an enum (by its number),
    /// std::string, std::string_view (valid as long as the row), Blob, std::span<const std::byte>,
    /// a time point of the system clock, std::optional of one of them, or what FromValue knows.
    ///
    /// Text that is a number is one, and a number is text. Throws DataError when there is no such
    /// value: NULL for what is not optional, a number or a time out of range, text that is none.
    template <typename T>
    [[nodiscard]] T get() const {
        return FromValue<T>::read(*this);
    }

    [[nodiscard]] bool as_boolean() const;
    [[nodiscard]] std::int64_t as_integer() const;
    [[nodiscard]] std::uint64_t as_unsigned() const;
    [[nodiscard]] double as_real() const;
    /// Numbers are written out.
    [[nodiscard]] std::string as_string() const;
    /// Only of text of one byte.
    [[nodiscard]] char as_character() const;
    /// Only of text and of bytes.
    [[nodiscard]] std::string_view as_view() const;
    [[nodiscard]] Moment as_moment() const;

    /// The parts as they are, for who has asked for the type.
    [[nodiscard]] std::int64_t raw_integer() const noexcept { return integer_; }
    [[nodiscard]] double raw_real() const noexcept { return real_; }
    [[nodiscard]] std::string_view raw_text() const noexcept { return text_; }

    /// Throws DataError: this is no such value.
    [[noreturn]] void fail(const char* wanted) const;
    [[noreturn]] static void fail_range(const std::string& number);

private:
    Type type_ = Type::null;
    union {
        std::int64_t integer_ = 0;
        double real_;
    };
    std::string_view text_;
};

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <typename T>
inline constexpr bool is_wide_character =
    std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> || std::is_same_v<T, char16_t> ||
    std::is_same_v<T, char32_t>;
template <typename T>
inline constexpr bool is_moment = false;
template <typename D>
inline constexpr bool is_moment<std::chrono::time_point<std::chrono::system_clock, D>> = true;

/// Whether another type of time points surely has such a one.
template <typename To, typename From>
[[nodiscard]] constexpr bool has_moment(From moment) noexcept {
    using Seconds = std::chrono::duration<double>;
    const Seconds seconds = moment.time_since_epoch();
    return seconds > Seconds{To::min().time_since_epoch()} &&
           seconds < Seconds{To::max().time_since_epoch()};
}

template <typename T>
struct FromValue {
    static T read(const Value& value) {
        if constexpr (std::is_same_v<T, bool>) {
            return value.as_boolean();
        } else if constexpr (std::is_same_v<T, char>) {
            return value.as_character();
        } else if constexpr (is_wide_character<T>) {
            static_assert(!is_wide_character<T>, "text is UTF-8, in a std::string");
        } else if constexpr (std::signed_integral<T>) {
            return within<T>(value.as_integer());
        } else if constexpr (std::integral<T>) {
            return within<T>(value.as_unsigned());
        } else if constexpr (std::is_enum_v<T>) {
            return static_cast<T>(FromValue<std::underlying_type_t<T>>::read(value));
        } else if constexpr (std::floating_point<T>) {
            return narrowed<T>(value);
        } else if constexpr (std::is_same_v<T, std::string>) {
            return value.as_string();
        } else if constexpr (std::is_same_v<T, std::string_view>) {
            return value.as_view();
        } else if constexpr (std::is_same_v<T, std::span<const std::byte>>) {
            return std::as_bytes(std::span{value.as_view()});
        } else if constexpr (std::is_same_v<T, Blob>) {
            const auto bytes = std::as_bytes(std::span{value.as_view()});
            return Blob{bytes.begin(), bytes.end()};
        } else if constexpr (is_moment<T>) {
            const auto moment = value.as_moment();
            if (!has_moment<T>(moment)) {
                Value::fail_range(value.as_string());
            }
            return std::chrono::floor<typename T::duration>(moment);
        } else if constexpr (is_optional<T>) {
            return value.is_null() ? T{} : T{FromValue<typename T::value_type>::read(value)};
        } else {
            static_assert(
                !std::is_same_v<T, T>,
                "no value becomes such a type: specialise database::FromValue"
            );
        }
    }

private:
    template <typename I, typename Wide>
    static I within(Wide number) {
        if (!std::in_range<I>(number)) {
            Value::fail_range(std::to_string(number));
        }
        return static_cast<I>(number);
    }
    template <typename F>
    static F narrowed(const Value& value) {
        const double number = value.as_real();
        const auto result = static_cast<F>(number);
        if (std::isinf(result) && !std::isinf(number)) {
            Value::fail_range(value.as_string());
        }
        return result;
    }
};

}  // namespace tornado::database
