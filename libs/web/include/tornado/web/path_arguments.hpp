#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tornado/httpserver/path_pattern.hpp"

namespace tornado::web {

/// What the groups of a route's pattern captured, percent-decoded ("+" stays "+").
///
/// A verb usually names its arguments with types of their own; one that takes a `const
/// PathArguments&` gets them all, however many.
///
/// Ownership: views the request, or text of its own where something had to be decoded. Lives as
/// long as the handler.
class PathArguments {
public:
    PathArguments() = default;
    PathArguments(const PathArguments&) = delete;
    PathArguments& operator=(const PathArguments&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The value of a group; nullopt when an optional group captured nothing.
    [[nodiscard]] std::optional<std::string_view> operator[](std::size_t index) const noexcept;

    /// For the application: decodes what was captured. Throws HTTPError{400} for what is not UTF-8.
    void assign(const routing::PathGroups& groups);

private:
    static constexpr std::size_t inline_size = 4;
    std::optional<std::string_view> first_[inline_size];
    std::vector<std::optional<std::string_view>> rest_;
    std::vector<std::string> decoded_;
    std::size_t size_ = 0;
};

namespace detail {

[[noreturn]] void fail_not_found();

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// One captured group as the type that a verb wants. What does not fit the type is no such page:
/// 404.
template <typename T>
T path_argument(std::optional<std::string_view> text) {
    if constexpr (is_optional<T>) {
        return text ? T{path_argument<typename T::value_type>(text)} : T{};
    } else if constexpr (std::same_as<T, std::string_view> || std::same_as<T, std::string>) {
        return T{text.value_or(std::string_view{})};
    } else {
        static_assert(
            std::integral<T> || std::floating_point<T>,
            "a verb's path argument is a number, std::string, std::string_view or std::optional of "
            "these"
        );
        T value{};
        if (!text) {
            fail_not_found();
        }
        const auto* end = text->data() + text->size();
        const auto result = std::from_chars(text->data(), end, value);
        if (result.ec != std::errc{} || result.ptr != end) {
            fail_not_found();
        }
        return value;
    }
}

}  // namespace detail
}  // namespace tornado::web
