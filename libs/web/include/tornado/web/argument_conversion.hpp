#pragma once

#include <charconv>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// How the text of an argument becomes what a handler asks for.
namespace tornado::web::detail {

/// Throws HTTPError{400}.
[[noreturn]] void fail_bad_argument(std::string_view name);
/// Throws HTTPError{404}.
[[noreturn]] void fail_not_found();

template <typename T, typename... Others>
inline constexpr bool is_one_of = (std::is_same_v<T, Others> || ...);

/// An integer that is meant as a number: no bool, and no character.
template <typename T>
concept Integer =
    std::integral<T> && !is_one_of<T, bool, char, wchar_t, char8_t, char16_t, char32_t>;

/// What an argument's text can be read as.
template <typename T>
concept Readable = Integer<T> || std::floating_point<T> || std::same_as<T, bool>;

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// What an argument is where a T stands for its absence.
template <typename T>
using ValueBeside =
    std::conditional_t<std::is_same_v<T, std::nullopt_t>, std::optional<std::string>, T>;

/// The value that all of `text` stands for, or nullopt. A bool is true, false, 1 or 0, or on or off
/// as a checkbox is; a number is finite.
template <Readable T>
std::optional<T> read_as(std::string_view text) noexcept {
    if constexpr (std::same_as<T, bool>) {
        const bool yes = text == "true" || text == "1" || text == "on";
        const bool no = text == "false" || text == "0" || text == "off";
        return yes || no ? std::optional{yes} : std::nullopt;
    } else {
        T value{};
        const auto* const end = text.data() + text.size();
        const auto result = std::from_chars(text.data(), end, value);
        if (result.ec != std::errc{} || result.ptr != end) {
            return std::nullopt;
        }
        if constexpr (std::floating_point<T>) {
            using Limits = std::numeric_limits<T>;
            if (!(value >= Limits::lowest() && value <= Limits::max())) {
                return std::nullopt;
            }
        }
        return value;
    }
}

/// The text of an argument of the query or a form as the type asked for. What does not fit is the
/// client's mistake: 400.
template <typename T>
T argument_as(std::string_view name, std::string text) {
    if constexpr (is_optional<T>) {
        return T{argument_as<typename T::value_type>(name, std::move(text))};
    } else if constexpr (std::same_as<T, std::string>) {
        return text;
    } else {
        static_assert(
            Readable<T>,
            "get_argument<T>() takes numbers, bool, std::string and std::optional of these"
        );
        const auto value = read_as<T>(text);
        if (!value) {
            fail_bad_argument(name);
        }
        return *value;
    }
}

/// One captured group of the path as the type that a verb wants. What does not fit is no such page:
/// 404.
template <typename T>
T path_argument(std::optional<std::string_view> text) {
    if constexpr (is_optional<T>) {
        return text ? T{path_argument<typename T::value_type>(text)} : T{};
    } else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, std::string>) {
        return T{text.value_or(std::string_view{})};
    } else {
        static_assert(
            Readable<T>,
            "a verb's path argument is a number, bool, std::string, std::string_view or "
            "std::optional of these"
        );
        const auto value = text ? read_as<T>(*text) : std::nullopt;
        if (!value) {
            fail_not_found();
        }
        return *value;
    }
}

}  // namespace tornado::web::detail
