#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tornado/template/compiled/dynamic.hpp"
#include "tornado/template/compiled/frame.hpp"
#include "tornado/template/described.hpp"
#include "tornado/template/object.hpp"

// How compiled templates hold what has a C++ type: integers as std::int64_t, other numbers as
// double and bool, None as nullptr, text of C++'s as std::string_view, text that was made as
// std::string, what may be None as Maybe, structs and containers as references, all else as Value.
namespace tornado::templating::compiled {

using detail::Access;

template <typename T>
using Bare = std::remove_cvref_t<T>;

/// A name of the template, as an argument of C++'s templates.
template <std::size_t N>
struct Literal {
    char characters[N]{};
    consteval Literal(const char (&text)[N]) { std::copy_n(text, N, characters); }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {characters, N - 1}; }
};

/// What may be None. T is what it is held as otherwise.
template <typename T>
class Maybe {
public:
    static constexpr bool is_reference = std::is_reference_v<T>;
    using Stored =
        std::conditional_t<is_reference, const std::remove_cvref_t<T>*, std::optional<T>>;
    Maybe() = default;
    explicit Maybe(const std::remove_cvref_t<T>& there) {
        if constexpr (is_reference) {
            stored_ = &there;
        } else {
            stored_ = there;
        }
    }
    explicit operator bool() const noexcept { return static_cast<bool>(stored_); }
    [[nodiscard]] decltype(auto) operator*() const noexcept { return *stored_; }

private:
    Stored stored_{};
};

template <typename T>
inline constexpr bool is_dynamic = std::same_as<Bare<T>, Value>;
template <typename T>
inline constexpr bool is_text =
    std::derived_from<Bare<T>, std::string_view> || std::same_as<Bare<T>, std::string>;
template <typename T>
inline constexpr bool is_whole = std::same_as<Bare<T>, std::int64_t> || std::same_as<Bare<T>, bool>;
template <typename T>
inline constexpr bool is_number = is_whole<T> || std::same_as<Bare<T>, double>;
template <typename T>
inline constexpr bool is_none = std::same_as<Bare<T>, std::nullptr_t>;
template <typename T>
inline constexpr bool is_maybe = detail::is_a<Bare<T>, Maybe>;

template <typename T>
concept Described = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <typename T>
concept Container = !detail::Custom<T> && !detail::is_json<T> && detail::Range<T> &&
                    !std::is_convertible_v<const T&, std::string_view>;
template <typename T>
concept Mapping = Container<T> && detail::Map<T>;
template <typename T>
concept List = Container<T> && !detail::Map<T> && detail::RandomAccess<T>;
template <typename T>
concept Tuple = detail::is_a<T, std::pair> || detail::is_a<T, std::tuple>;

template <typename T>
inline constexpr bool is_pointer = false;
template <typename T>
inline constexpr bool is_pointer<std::shared_ptr<T>> = !std::is_base_of_v<Object, T>;

/// How the object is held.
template <typename T>
decltype(auto) seen(const T& object) {
    if constexpr (is_dynamic<T> || Described<T> || List<T> || Mapping<T> || Tuple<T>) {
        return (object);
    } else if constexpr (std::same_as<T, bool>) {
        return static_cast<bool>(object);
    } else if constexpr (std::integral<T> && detail::is_number_type<T> && !std::same_as<T, char>) {
        return Access::integer(detail::from_number(object));
    } else if constexpr (std::floating_point<T>) {
        return static_cast<double>(object);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view> && !detail::Custom<T>) {
        return static_cast<std::string_view>(object);
    } else if constexpr (detail::is_a<T, std::reference_wrapper>) {
        return seen(static_cast<const typename detail::Pointee<T>::Type&>(object.get()));
    } else if constexpr (detail::is_a<T, std::optional> || is_pointer<T>) {
        using Seen = decltype(seen(*object));
        if constexpr (is_dynamic<Seen>) {
            return object ? Value{seen(*object)} : Value{};
        } else {
            return object ? Maybe<Seen>{seen(*object)} : Maybe<Seen>{};
        }
    } else {
        return detail::borrow(object, nullptr);
    }
}

/// The same of what a function returned, which may be its own.
template <typename T>
decltype(auto) seen_result(T&& object) {
    if constexpr (std::is_lvalue_reference_v<T> || std::is_arithmetic_v<T> || std::same_as<T, std::string_view> || std::is_pointer_v<T>) {
        return seen(object);
    } else if constexpr (std::same_as<T, std::string>) {
        return T{std::move(object)};
    } else {
        return Value{std::move(object)};
    }
}

// ---- As Value ----

[[nodiscard]] inline const Value& value(const Value& already) noexcept {
    return already;
}
[[nodiscard]] inline Value value(std::nullptr_t) noexcept {
    return {};
}
[[nodiscard]] inline Value value(bool truth) noexcept {
    return Access::boolean(truth);
}
[[nodiscard]] inline Value value(std::int64_t number) noexcept {
    return Access::integer(number);
}
[[nodiscard]] inline Value value(double number) noexcept {
    return Access::floating(number);
}
[[nodiscard]] inline Value value(std::string_view text) noexcept {
    return Access::text(text, nullptr);
}
[[nodiscard]] inline Value value(const std::string& text) {
    return detail::from_text(text);
}
template <typename T>
[[nodiscard]] Value value(const Maybe<T>& maybe) {
    return maybe ? Value{value(*maybe)} : Value{};
}
template <typename T>
requires(Described<T> || List<T> || Mapping<T> || Tuple<T>) [[nodiscard]] Value
    value(const T& object) {
    return detail::borrow(object, nullptr);
}

template <typename T>
[[nodiscard]] bool truth(const T& object) {
    if constexpr (is_number<T>) {
        return object != T{};
    } else if constexpr (is_text<T> || List<T> || Mapping<T>) {
        return object.begin() != object.end();
    } else if constexpr (Described<T>) {
        return true;
    } else if constexpr (is_maybe<T>) {
        return object && truth(*object);
    } else {
        return value(object).truth();
    }
}

// ---- Names with a type ----

/// Which of Value's types a C++ type becomes, if it is read in place.
template <typename T>
[[nodiscard]] const detail::Type* type_of() noexcept {
    if constexpr (Described<T>) {
        return &detail::DescribedType<T>::instance;
    } else if constexpr (Mapping<T>) {
        return &detail::MapType<T>::instance;
    } else {
        return &detail::ListType<T>::instance;
    }
}

/// A value as the type that its name was declared with.
template <typename T>
decltype(auto) as_declared(const Value& given, std::string_view name) {
    const auto check = [&](bool fits) {
        if (!fits) {
            not_as_declared(name, given);
        }
    };
    if constexpr (std::same_as<T, bool>) {
        check(given.kind() == Kind::boolean);
        return Access::integer(given) != 0;
    } else if constexpr (std::integral<T> && detail::is_number_type<T> && !std::same_as<T, char>) {
        check(given.kind() == Kind::integer);
        return Access::integer(given);
    } else if constexpr (std::floating_point<T>) {
        check(given.kind() == Kind::floating);
        return Access::floating(given);
    } else if constexpr (Described<T> || List<T> || Mapping<T>) {
        check(given.kind() >= Kind::list && Access::type(given) == type_of<T>());
        return *static_cast<const T*>(Access::object(given));
    } else if constexpr (std::is_convertible_v<const T&, std::string_view> && !detail::Custom<T>) {
        check(given.kind() == Kind::string);
        return Access::text(given);
    } else if constexpr (detail::is_a<T, std::optional>) {
        using Seen = decltype(as_declared<typename T::value_type>(given, name));
        if constexpr (is_dynamic<Seen>) {
            return (given);
        } else {
            return given.is_null() ? Maybe<Seen>{}
                                   : Maybe<Seen>{as_declared<typename T::value_type>(given, name)};
        }
    } else {
        return (given);
    }
}

/// A name that tornado_add_templates() was told the type of.
template <typename T>
[[nodiscard]] decltype(auto) declared(Frame& frame, std::size_t number) {
    using Type = std::remove_cvref_t<T>;
    if constexpr (detail::is_a<Type, std::shared_ptr>) {
        using Element = typename detail::Pointee<Type>::Type;
        return as_declared<std::optional<Element>>(frame.global(number), frame.global_name(number));
    } else if constexpr (detail::is_a<Type, std::reference_wrapper>) {
        return as_declared<typename detail::Pointee<Type>::Type>(
            frame.global(number), frame.global_name(number)
        );
    } else {
        return as_declared<Type>(frame.global(number), frame.global_name(number));
    }
}

}  // namespace tornado::templating::compiled
