#pragma once

#include <tuple>

#include "tornado/template/compiled/typed.hpp"

// What compiled templates iterate over.
namespace tornado::templating::compiled {

/// What `enumerate(sequence)` gives, `mapping.items()` and `range(…)`, as far as a loop is
/// concerned.
template <typename T>
struct Enumerated {
    const T& sequence;
};
template <typename T>
struct Items {
    const T& mapping;
};
/// What `list[begin:end]` gives.
template <typename T>
struct Part {
    const T& list;
    std::size_t begin;
    std::size_t end;
};
struct Range {
    std::int64_t start;
    std::int64_t stop;
    std::int64_t step;
};

/// A key that a loop over a mapping gives, and where it stands there: `mapping[key]` need not look.
template <typename T>
struct KeyIn : std::string_view {
    KeyIn(const T& of, typename T::const_iterator at)
        : std::string_view{at->first},
          mapping{&of},
          place{at} {}
    const T* mapping;
    typename T::const_iterator place;
};

/// What the first two of these give in each turn.
template <typename First, typename Second>
struct Pair {
    First first;
    Second second;
};

template <typename First, typename Second>
[[nodiscard]] Value value(const Pair<First, Second>& pair) {
    return Value::tuple({value(pair.first), value(pair.second)});
}
template <typename T>
[[nodiscard]] Value value(const Items<T>& items) {
    return detail::call_method(value(items.mapping), "items", {});
}
template <typename T>
[[nodiscard]] Value value(const Part<T>& part) {
    const auto place = [](std::size_t at) { return Value{static_cast<std::int64_t>(at)}; };
    return slice(value(part.list), place(part.begin), place(part.end), Value{});
}
[[nodiscard]] inline Value value(const Range& range) {
    return detail::make_range(range.start, range.stop, range.step);
}

/// Whether a `for` may loop over it.
template <typename T>
consteval bool can_iterate() {
    if constexpr (is_maybe<T>) {
        return can_iterate<decltype(*std::declval<Bare<T>>())>();
    } else {
        return !is_number<T> && !is_none<T> && !Described<Bare<T>>;
    }
}

/// Calls `each(item)` for the elements of a list from `begin` to `end`, until it returns false;
/// whether it never did.
template <typename T, typename Each>
bool loop_part(Frame& frame, const T& list, std::size_t begin, std::size_t end, Each& each) {
    for (auto i = begin; i < end; ++i) {
        frame.turn();
        if constexpr (std::is_reference_v<decltype(list[i])>) {
            if (!each(seen(list[i]))) {
                return false;
            }
        } else if (!each(seen_result(static_cast<typename T::value_type>(list[i])))) {
            return false;
        }
    }
    return true;
}

/// The same for what iterating over the object gives.
template <typename T, typename Each>
bool loop(Frame& frame, const T& object, Each&& each) {
    if constexpr (Mapping<T>) {
        for (auto place = object.begin(); place != object.end(); ++place) {
            frame.turn();
            if constexpr (std::same_as<typename T::key_type, std::string>) {
                if (!each(KeyIn<T>{object, place})) {
                    return false;
                }
            } else if (!each(seen(place->first))) {
                return false;
            }
        }
        return true;
    } else if constexpr (List<T>) {
        return loop_part(frame, object, 0, object.size(), each);
    } else if constexpr (is_maybe<T>) {
        return object ? loop(frame, *object, each) : loop(frame, Value{}, each);
    } else {
        return iterate(value(object), &each, [](void* context, Value item) -> bool {
            return (*static_cast<std::remove_reference_t<Each>*>(context))(std::move(item));
        });
    }
}

template <typename T, typename Each>
bool loop(Frame& frame, const Enumerated<T>& object, Each&& each) {
    std::int64_t number = 0;
    return loop(frame, object.sequence, [&](auto&& item) {
        using Item = std::conditional_t<
            std::is_lvalue_reference_v<decltype(item)>,
            decltype(item),
            Bare<decltype(item)>>;
        return each(Pair<std::int64_t, Item>{number++, std::forward<decltype(item)>(item)});
    });
}

template <typename T, typename Each>
bool loop(Frame& frame, const Items<T>& object, Each&& each) {
    for (const auto& [key, mapped] : object.mapping) {
        frame.turn();
        if (!each(Pair<decltype(seen(key)), decltype(seen(mapped))>{seen(key), seen(mapped)})) {
            return false;
        }
    }
    return true;
}

template <typename T, typename Each>
bool loop(Frame& frame, const Part<T>& part, Each&& each) {
    return loop_part(frame, part.list, part.begin, part.end, each);
}

template <typename Each>
bool loop(Frame& frame, const Range& range, Each&& each) {
    const auto all = value(range);
    const auto size = all.size();
    for (std::size_t i = 0; i < size; ++i) {
        frame.turn();
        if (!each(range.start + static_cast<std::int64_t>(i) * range.step)) {
            return false;
        }
    }
    return true;
}

template <typename T>
[[nodiscard]] Value value(const Enumerated<T>& enumerated) {
    std::vector<Value> pairs;
    extend(pairs, value(enumerated.sequence));
    std::int64_t number = 0;
    for (auto& pair : pairs) {
        pair = Value::tuple({number++, pair});
    }
    return detail::make_list(std::move(pairs));
}

// ---- Targets that are several ----

template <typename T>
inline constexpr std::size_t parts_of = 0;
template <typename First, typename Second>
inline constexpr std::size_t parts_of<Pair<First, Second>> = 2;
template <typename... T>
inline constexpr std::size_t parts_of<std::tuple<T...>> = sizeof...(T);
template <typename First, typename Second>
inline constexpr std::size_t parts_of<std::pair<First, Second>> = 2;

/// Whether so many targets may take it apart.
template <std::size_t N, typename T>
consteval bool can_unpack() {
    constexpr auto parts = parts_of<Bare<T>>;
    return parts == 0 ? can_iterate<T>() : parts == N;
}

/// What has N parts, each of which part() gives.
template <std::size_t N, typename T>
[[nodiscard]] decltype(auto) unpack(const T& object) {
    if constexpr (parts_of<T> == N) {
        return (object);
    } else {
        std::array<Value, N> parts;
        unpack_into(value(object), parts.data(), N);
        return parts;
    }
}

template <std::size_t I, typename T>
[[nodiscard]] decltype(auto) part(const T& parts) {
    if constexpr (requires {
                      parts.second;
                      parts.first;
                  }) {
        if constexpr (Tuple<T>) {
            return seen(std::get<I>(parts));
        } else if constexpr (I == 0) {
            return (parts.first);
        } else {
            return (parts.second);
        }
    } else {
        return seen(std::get<I>(parts));
    }
}

}  // namespace tornado::templating::compiled
