#pragma once

#include <initializer_list>

#include "tornado/template/compiled/loops.hpp"

// Attributes, elements and calls of what has a C++ type.
namespace tornado::templating::compiled {

template <typename T>
struct Members {
    static constexpr auto inherited = boost::describe::mod_public | boost::describe::mod_inherited;
    using Fields = boost::describe::describe_members<T, inherited>;
    using Methods = boost::describe::describe_members<T, inherited | boost::describe::mod_function>;
};

/// The number of the member of this name; that of the list's end when there is none.
template <typename Descriptors, Literal Name>
consteval std::size_t position() {
    std::size_t at = 0;
    bool found = false;
    boost::mp11::mp_for_each<Descriptors>([&](auto member) {
        found = found || std::string_view{member.name} == Name.view();
        at += found ? 0 : 1;
    });
    return at;
}
template <typename Descriptors, Literal Name>
inline constexpr bool is_among =
    position<Descriptors, Name>() < boost::mp11::mp_size<Descriptors>::value;
template <typename Descriptors, Literal Name>
inline constexpr auto pointer_to =
    boost::mp11::mp_at_c<Descriptors, position<Descriptors, Name>()>::pointer;

/// The methods of texts, as doc/templates.md lists them.
inline constexpr std::string_view text_methods[] = {
    "capitalize", "casefold",    "center",     "count",      "decode",       "encode",
    "endswith",   "expandtabs",  "find",       "format",     "index",        "isalnum",
    "isalpha",    "isascii",     "isdecimal",  "isdigit",    "isidentifier", "islower",
    "isnumeric",  "isprintable", "isspace",    "istitle",    "isupper",      "join",
    "ljust",      "lower",       "lstrip",     "partition",  "removeprefix", "removesuffix",
    "replace",    "rfind",       "rindex",     "rjust",      "rpartition",   "rsplit",
    "rstrip",     "split",       "splitlines", "startswith", "strip",        "swapcase",
    "title",      "upper",       "zfill"};
inline constexpr std::string_view list_methods[] = {
    "append",
    "clear",
    "copy",
    "count",
    "extend",
    "index",
    "insert",
    "pop",
    "remove",
    "reverse",
    "sort"};

template <typename Names>
consteval bool has_name(const Names& names, std::string_view wanted) {
    for (const auto name : names) {
        if (name == wanted) {
            return true;
        }
    }
    return false;
}

/// Whether `object.name` may be read or called.
template <Literal Name, typename Of>
consteval bool has_attribute() {
    using T = Bare<Of>;
    if constexpr (Described<T>) {
        return is_among<typename Members<T>::Fields, Name> ||
               is_among<typename Members<T>::Methods, Name>;
    } else if constexpr (is_maybe<T>) {
        return has_attribute<Name, decltype(*std::declval<T>())>();
    } else if constexpr (is_text<T>) {
        return has_name(text_methods, Name.view());
    } else if constexpr (List<T>) {
        return has_name(list_methods, Name.view());
    } else if constexpr (is_whole<T>) {
        return Name.view() == "bit_length";
    } else if constexpr (is_number<T>) {
        return Name.view() == "is_integer";
    } else {
        return !is_none<T>;
    }
}

template <Literal Name, typename T>
[[nodiscard]] decltype(auto) attribute(const T& object) {
    if constexpr (is_maybe<T>) {
        if (!object) {
            no_attribute("NoneType", Name.view());
        }
        return attribute<Name>(*object);
    } else if constexpr (Described<T>) {
        if constexpr (is_among<typename Members<T>::Fields, Name>) {
            return seen(object.*pointer_to<typename Members<T>::Fields, Name>);
        } else {
            return detail::attribute_of(value(object), Name.view());
        }
    } else {
        return detail::attribute_of(value(object), Name.view());
    }
}

/// Whether `object.name()` may be called.
template <Literal Name, typename Of>
consteval bool has_method() {
    using T = Bare<Of>;
    if constexpr (is_maybe<T>) {
        return has_method<Name, decltype(*std::declval<T>())>();
    } else if constexpr (Described<T>) {
        using Fields = typename Members<T>::Fields;
        if constexpr (is_among<Fields, Name>) {
            return is_dynamic<decltype(seen(std::declval<const T&>().*pointer_to<Fields, Name>))>;
        } else {
            return is_among<typename Members<T>::Methods, Name>;
        }
    } else {
        return has_attribute<Name, T>();
    }
}

template <typename Method>
inline constexpr bool is_plain_getter = false;
template <typename R, typename T>
inline constexpr bool is_plain_getter<R (T::*)() const> = !std::is_void_v<R>;
template <typename R, typename T>
inline constexpr bool is_plain_getter<R (T::*)() const noexcept> = !std::is_void_v<R>;

template <Literal Name, typename T>
consteval bool is_getter() {
    if constexpr (Described<T>) {
        if constexpr (!is_among<typename Members<T>::Fields, Name> && is_among<typename Members<T>::Methods, Name>) {
            return is_plain_getter<
                std::remove_const_t<decltype(pointer_to<typename Members<T>::Methods, Name>)>>;
        }
    }
    return false;
}

/// Whether the type alone tells that the method is there, as with those that are called directly.
template <Literal Name, typename T>
consteval bool surely_has() {
    constexpr auto name = Name.view();
    return (is_text<T> && (name == "upper" || name == "lower" || name == "join")) ||
           (Mapping<T> && name == "items");
}

/// What `object.name(…)` calls: a Callee, or the object itself where the type tells the method.
template <Literal Name, typename T>
[[nodiscard]] decltype(auto) method(const T& object) {
    if constexpr (is_dynamic<T>) {
        return Callee{object, Name.view()};
    } else if constexpr (is_maybe<T>) {
        if (!object) {
            no_attribute("NoneType", Name.view());
        }
        return method<Name>(*object);
    } else {
        if constexpr (!Described<T> && !surely_has<Name, T>()) {
            check_attribute(value(object), Name.view());
        }
        return (object);
    }
}

/// `object.name(arguments…)`, of what method() gave.
template <Literal Name, typename T, typename... A>
[[nodiscard]] decltype(auto) call_method(const T& object, const A&... arguments) {
    if constexpr (Mapping<T> && Name.view() == "items" && sizeof...(A) == 0) {
        return Items<T>{object};
    } else if constexpr (is_text<T> && Name.view() == "upper" && sizeof...(A) == 0) {
        return upper(object);
    } else if constexpr (is_text<T> && Name.view() == "lower" && sizeof...(A) == 0) {
        return lower(object);
    } else if constexpr (is_getter<Name, T>() && sizeof...(A) == 0) {
        constexpr auto method = pointer_to<typename Members<T>::Methods, Name>;
        return translated([&]() -> decltype(auto) {
            return seen_result<decltype((object.*method)())>((object.*method)());
        });
    } else {
        const std::array<Value, sizeof...(A)> values{value(arguments)...};
        const Arguments all{values.data(), values.size()};
        if constexpr (std::same_as<T, Callee>) {
            return object.call(all);
        } else {
            return detail::call_method(value(object), Name.view(), all);
        }
    }
}

/// What `object.join(…)` is given by a comprehension, item by item, of what method() gave.
template <typename T>
class Joining {
public:
    explicit Joining(const T& object) : object_{object} {}
    template <typename Item>
    void add(const Item& item) {
        items_.push_back(value(item));
    }
    [[nodiscard]] Value result() {
        return call_method<"join">(object_, detail::make_list(std::move(items_)));
    }

private:
    const T& object_;
    std::vector<Value> items_;
};
template <typename T>
requires is_text<T>
class Joining<T> {
public:
    explicit Joining(std::string_view separator) : joined_{separator} {}
    template <typename Item>
    void add(const Item& item) {
        if constexpr (is_text<Item>) {
            joined_.add(std::string_view{item});
        } else {
            joined_.add(value(item));
        }
    }
    [[nodiscard]] std::string result() { return joined_.take(); }

private:
    JoinedText joined_;
};

template <typename T>
inline constexpr bool can_call = is_dynamic<T>;

template <typename T, typename... A>
[[nodiscard]] Value call(const T& function, const A&... arguments) {
    const std::array<Value, sizeof...(A)> values{value(arguments)...};
    return detail::call(value(function), Arguments{values.data(), values.size()});
}

// ---- Elements ----

template <typename T, typename I>
consteval bool can_subscript() {
    if constexpr (is_number<T> || is_none<T> || Described<Bare<T>>) {
        return false;
    } else if constexpr (List<Bare<T>> || is_text<T>) {
        return is_whole<I> || is_dynamic<I>;
    } else if constexpr (is_maybe<T>) {
        return can_subscript<decltype(*std::declval<Bare<T>>()), I>();
    } else {
        return true;
    }
}

template <typename T, typename I>
inline constexpr bool is_found_by_key = (std::same_as<typename T::key_type, std::string> &&
                                         is_text<I>) ||
                                        (std::integral<typename T::key_type> &&
                                         std::same_as<I, std::int64_t>);

template <typename T, typename I>
[[nodiscard]] decltype(auto) found_by_key(const T& mapping, const I& key) {
    auto place = mapping.end();
    if constexpr (std::same_as<I, KeyIn<T>>) {
        place = key.mapping == &mapping ? key.place : mapping.find(std::string{key});
    } else if constexpr (std::same_as<I, std::int64_t>) {
        if (std::in_range<typename T::key_type>(key)) {
            place = mapping.find(static_cast<typename T::key_type>(key));
        }
    } else if constexpr (requires { mapping.find(std::string_view{}); }) {
        place = mapping.find(std::string_view{key});
    } else {
        place = mapping.find(std::string{key});
    }
    if (place == mapping.end()) {
        no_key(value(key));
    }
    return seen(place->second);
}

template <typename T, typename I>
[[nodiscard]] decltype(auto) element(const T& list, const I& index) {
    auto place = std::int64_t{index};
    place += place < 0 ? static_cast<std::int64_t>(list.size()) : 0;
    if (place < 0 || static_cast<std::size_t>(place) >= list.size()) {
        index_out_of_range();
    }
    const auto at = static_cast<std::size_t>(place);
    if constexpr (std::is_reference_v<decltype(list[at])>) {
        return seen(list[at]);
    } else {
        return seen_result(static_cast<typename T::value_type>(list[at]));
    }
}

/// `object[index]`
template <typename T, typename I>
[[nodiscard]] decltype(auto) subscript(const T& object, const I& index) {
    if constexpr (List<T> && is_whole<I>) {
        return element(object, index);
    } else if constexpr (Mapping<T>) {
        if constexpr (is_found_by_key<T, I>) {
            return found_by_key(object, index);
        } else {
            return detail::subscript(value(object), value(index));
        }
    } else {
        return detail::subscript(value(object), value(index));
    }
}

/// `object[start:stop]`
template <typename T, typename Start, typename Stop>
[[nodiscard]] auto slice(const T& object, const Start& start, const Stop& stop) {
    constexpr bool is_typed =
        List<T> && (is_whole<Start> || is_none<Start>)&&(is_whole<Stop> || is_none<Stop>);
    if constexpr (is_typed) {
        const auto size = static_cast<std::int64_t>(object.size());
        const auto place = [size](const auto& bound, std::int64_t otherwise) {
            if constexpr (is_none<decltype(bound)>) {
                return otherwise;
            } else {
                const std::int64_t at = bound;
                return std::clamp(at < 0 ? at + size : at, std::int64_t{0}, size);
            }
        };
        const auto first = place(start, 0);
        const auto last = std::max(first, place(stop, size));
        return Part<T>{object, static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
    } else {
        return slice(value(object), value(start), value(stop), Value{});
    }
}

}  // namespace tornado::templating::compiled
