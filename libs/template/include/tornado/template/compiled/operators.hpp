#pragma once

#include "tornado/template/compiled/typed.hpp"

// Python's operators on what has a C++ type; on anything else they are those of Value.
namespace tornado::templating::compiled {

/// Whether the type is known, and no operator but `==`, `in` and `is` takes it.
template <typename T>
inline constexpr bool has_no_operators = is_none<T> || Described<Bare<T>>;
/// Whether one is a number and the other a text.
template <typename A, typename B>
inline constexpr bool is_number_with_text = (is_number<A> && is_text<B>) ||
                                            (is_text<A> && is_number<B>);

template <typename A, typename B>
inline constexpr bool can_add =
    !has_no_operators<A> && !has_no_operators<B> && !is_number_with_text<A, B>;
template <typename A, typename B>
inline constexpr bool can_order = can_add<A, B>;
/// `text % values` is one that has a meaning of its own.
template <typename A, typename B>
inline constexpr bool can_take_modulo = is_text<A> || can_add<A, B>;
template <typename A, typename B>
inline constexpr bool can_multiply =
    !has_no_operators<A> && !has_no_operators<B> && !(is_text<A> && is_text<B>);
template <typename A, typename B>
inline constexpr bool can_compute =
    !has_no_operators<A> && !has_no_operators<B> && !is_text<A> && !is_text<B>;
template <typename T>
inline constexpr bool can_negate = !has_no_operators<T> && !is_text<T>;
template <typename T>
inline constexpr bool can_contain = !is_number<T> && !has_no_operators<T>;

template <typename A, typename B>
[[nodiscard]] auto add(const A& left, const B& right) {
    if constexpr (is_whole<A> && is_whole<B>) {
        std::int64_t sum = 0;
        if (__builtin_add_overflow(std::int64_t{left}, std::int64_t{right}, &sum)) {
            return Access::integer(detail::add(value(left), value(right)));  // throws
        }
        return sum;
    } else if constexpr (is_number<A> && is_number<B>) {
        return static_cast<double>(left) + static_cast<double>(right);
    } else if constexpr (is_text<A> && is_text<B>) {
        std::string both{left};
        both += right;
        return both;
    } else {
        return detail::add(value(left), value(right));
    }
}

template <typename A, typename B>
[[nodiscard]] auto subtract(const A& left, const B& right) {
    if constexpr (is_whole<A> && is_whole<B>) {
        std::int64_t difference = 0;
        if (__builtin_sub_overflow(std::int64_t{left}, std::int64_t{right}, &difference)) {
            return Access::integer(detail::subtract(value(left), value(right)));  // throws
        }
        return difference;
    } else if constexpr (is_number<A> && is_number<B>) {
        return static_cast<double>(left) - static_cast<double>(right);
    } else {
        return detail::subtract(value(left), value(right));
    }
}

template <typename A, typename B>
[[nodiscard]] auto multiply(const A& left, const B& right) {
    if constexpr (is_whole<A> && is_whole<B>) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(std::int64_t{left}, std::int64_t{right}, &product)) {
            return Access::integer(detail::multiply(value(left), value(right)));  // throws
        }
        return product;
    } else if constexpr (is_number<A> && is_number<B>) {
        return static_cast<double>(left) * static_cast<double>(right);
    } else {
        return detail::multiply(value(left), value(right));
    }
}

template <typename A, typename B>
[[nodiscard]] auto modulo(const A& left, const B& right) {
    if constexpr (is_whole<A> && is_whole<B>) {
        const std::int64_t divisor = right;
        if (divisor > 0) {
            const auto rest = std::int64_t{left} % divisor;
            return rest < 0 ? rest + divisor : rest;
        }
        return Access::integer(detail::modulo(value(left), value(right)));
    } else {
        return detail::modulo(value(left), value(right));
    }
}

template <typename A, typename B>
[[nodiscard]] bool equal(const A& left, const B& right) {
    if constexpr ((is_whole<A> && is_whole<B>) || (std::same_as<A, double> && std::same_as<B, double>)) {
        return left == right;
    } else if constexpr (is_text<A> && is_text<B>) {
        return std::string_view{left} == std::string_view{right};
    } else {
        return detail::are_equal(value(left), value(right));
    }
}

template <typename A, typename B>
[[nodiscard]] bool less(const A& left, const B& right) {
    if constexpr ((is_whole<A> && is_whole<B>) || (std::same_as<A, double> && std::same_as<B, double>)) {
        return left < right;
    } else if constexpr (is_text<A> && is_text<B>) {
        return std::string_view{left} < std::string_view{right};
    } else {
        return detail::is_less(value(left), value(right));
    }
}

template <typename A, typename B>
[[nodiscard]] bool less_equal(const A& left, const B& right) {
    if constexpr ((is_whole<A> && is_whole<B>) || (std::same_as<A, double> && std::same_as<B, double>)) {
        return left <= right;
    } else {
        return is_less_or_equal(value(left), value(right));
    }
}

template <typename A, typename B>
[[nodiscard]] bool contains(const A& container, const B& item) {
    if constexpr (Mapping<A>) {
        using Key = typename A::key_type;
        if constexpr (std::same_as<Key, std::string> && is_text<B>) {
            if constexpr (requires { container.find(std::string_view{}); }) {
                return container.find(std::string_view{item}) != container.end();
            } else {
                return container.find(std::string{item}) != container.end();
            }
        } else {
            return detail::contains(value(container), value(item));
        }
    } else {
        return detail::contains(value(container), value(item));
    }
}

template <typename A, typename B>
[[nodiscard]] bool is(const A& left, const B& right) {
    if constexpr (is_maybe<A> && is_none<B>) {
        return !left;
    } else {
        return detail::are_identical(value(left), value(right));
    }
}

}  // namespace tornado::templating::compiled
