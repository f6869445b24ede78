#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tornado/database/value.hpp"

namespace tornado::database {

class Params;

/// How a C++ type becomes a parameter: specialise it for your own.
///
///     template <>
///     struct tornado::database::ToParam<Colour> {
///         static void add(Params& params, const Colour& colour) { params.add(colour.name()); }
///     };
template <typename T>
struct ToParam;

/// The values for the `?` of a query, in their order.
///
/// They travel beside the query's text, never in it. A time point of the system clock, which is
/// within the years 0 to 9999, becomes text such as "2026-11-26 11:14:43.120000", in UTC.
///
/// Ownership: has copies of all.
class Params {
public:
    Params() = default;
    /// nullptr and std::nullopt (NULL), bool, numbers, enums (their number), text (a char is one of
    /// a byte), Blob, std::span of std::byte, time points, std::optional of one of them, or what
    /// ToParam knows.
    template <typename... T>
    requires(sizeof...(T) > 0 && (!std::is_same_v<std::decay_t<T>, Params> && ...))
        Params(const T&... values) {
        cells_.reserve(sizeof...(T));
        (add(values), ...);
    }

    template <typename T>
    void add(const T& value);
    void add_null();
    void add_boolean(bool truth);
    void add_integer(std::int64_t number);
    /// Throws DataError for more than databases can hold: 2^63 - 1.
    void add_unsigned(std::uint64_t number);
    void add_real(double number);
    void add_text(std::string_view text);
    void add_blob(std::span<const std::byte> bytes);
    /// Throws DataError outside of the years 0 to 9999.
    void add_moment(Moment moment);
    void add_value(const Value& value);

    [[nodiscard]] std::size_t size() const noexcept { return cells_.size(); }
    [[nodiscard]] bool empty() const noexcept { return cells_.empty(); }
    /// The value at a place that there is; a view of what this owns. NUL follows each text.
    [[nodiscard]] Value operator[](std::size_t index) const noexcept;

private:
    struct Cell {
        std::int64_t bits = 0;  ///< a number, or where the bytes begin
        std::size_t size = 0;
        Type type = Type::null;
    };

    std::vector<Cell> cells_;
    std::string bytes_;
};

template <typename T>
struct ToParam {
    static void add(Params& params, const T& value) {
        if constexpr (std::is_null_pointer_v<T> || std::is_same_v<T, std::nullopt_t>) {
            params.add_null();
        } else if constexpr (std::is_same_v<T, bool>) {
            params.add_boolean(value);
        } else if constexpr (std::is_same_v<T, char>) {
            params.add_text({&value, 1});
        } else if constexpr (is_wide_character<T>) {
            static_assert(!is_wide_character<T>, "text is UTF-8, in a std::string");
        } else if constexpr (std::signed_integral<T>) {
            params.add_integer(value);
        } else if constexpr (std::integral<T>) {
            params.add_unsigned(value);
        } else if constexpr (std::is_enum_v<T>) {
            params.add(static_cast<std::underlying_type_t<T>>(value));
        } else if constexpr (std::floating_point<T>) {
            params.add_real(static_cast<double>(value));
        } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
            params.add_text(value);
        } else if constexpr (std::is_convertible_v<const T&, std::span<const std::byte>>) {
            params.add_blob(value);
        } else if constexpr (is_moment<T>) {
            params.add_moment(moment_of(value));
        } else if constexpr (std::is_same_v<T, Value>) {
            params.add_value(value);
        } else if constexpr (is_optional<T>) {
            value ? params.add(*value) : params.add_null();
        } else {
            static_assert(
                !std::is_same_v<T, T>, "such a type is no parameter: specialise database::ToParam"
            );
        }
    }

private:
    static Moment moment_of(const T& value) {
        if (!has_moment<Moment>(value)) {
            return value < T{} ? Moment::min() : Moment::max();
        }
        return std::chrono::floor<std::chrono::microseconds>(value);
    }
};

template <typename T>
void Params::add(const T& value) {
    using Plain = std::conditional_t<std::is_array_v<T>, std::string_view, T>;
    ToParam<Plain>::add(*this, value);
}

}  // namespace tornado::database
