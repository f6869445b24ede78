#pragma once

#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "tornado/concurrent/future.hpp"
#include "tornado/ioloop/gen/quiet_exceptions.hpp"

namespace tornado::gen {

/// What stands for a future without a value among the results of others.
using concurrent::Void;

namespace detail {

/// Waits for one child; keeps the first failure and logs the others. Throws only when the waiting
/// itself is cancelled. It leaves values unseen: what nobody takes goes back to where it came from.
template <typename T>
Future<void>
settle_child(const Future<T>& child, std::exception_ptr& first_error, QuietExceptions quiet) {
    if (!child.done()) {
        co_await concurrent::UntilDone<T>(child);
    }
    try {
        child.state()->throw_if_failed();
    } catch (...) {
        if (first_error == nullptr) {
            first_error = std::current_exception();
        } else if (first_error != std::current_exception()) {  // the same one may stand here twice
            log_late_failure(std::current_exception(), quiet);
        }
    }
}

template <typename T>
const Future<T>& future_of(const Future<T>& child) noexcept {
    return child;
}
template <typename K, typename T>
const Future<T>& future_of(const std::pair<K, Future<T>>& child) noexcept {
    return child.second;
}

/// Waits for all children of a container, then throws the first error in their order.
template <typename Children>
Future<void> settle_all(const Children& children, QuietExceptions quiet) {
    std::exception_ptr first_error;
    for (const auto& child : children) {
        co_await settle_child(future_of(child), first_error, quiet);
    }
    if (first_error) {
        std::rethrow_exception(first_error);
    }
}

/// The result of a child that is done; moved when nobody else holds it.
template <typename T>
auto take_result(Future<T>& child) {
    auto state = child.state();
    child = Future<T>{concurrent::StateRef<typename Future<T>::State>{}};
    return state->take_value();
}

/// From a map of futures, with whatever orders or hashes its keys and an allocator, to the map of
/// their results.
template <
    template <typename...>
    typename Map,
    typename K,
    typename T,
    typename LessOrHash,
    typename... EqualAndAllocator>
auto result_map(const Map<K, Future<T>, LessOrHash, EqualAndAllocator...>&) {
    if constexpr (sizeof...(EqualAndAllocator) == 1) {
        return std::type_identity<Map<K, T, LessOrHash>>();
    } else {
        using Equal = std::tuple_element_t<0, std::tuple<EqualAndAllocator...>>;
        return std::type_identity<Map<K, T, LessOrHash, Equal>>();
    }
}
template <typename Map>
using ResultMap = typename decltype(result_map(std::declval<const Map&>()))::type;

/// An empty container that orders, or hashes, its keys as `other` does.
template <typename Results, typename Children>
Results empty_like(const Children& other) {
    if constexpr (requires { other.key_comp(); }) {
        return Results(other.key_comp());
    } else {
        return Results(other.size(), other.hash_function(), other.key_eq());
    }
}

template <typename Results, typename Children>
Future<Results> multi_of_map(Children children, QuietExceptions quiet) {
    co_await settle_all(children, quiet);
    auto results = empty_like<Results>(children);
    for (auto& child : children) {
        results.emplace(child.first, take_result(child.second));
    }
    co_return results;
}

template <typename Children>
Future<void> multi_of_void(Children children, QuietExceptions quiet) {
    co_await settle_all(children, quiet);
}

}  // namespace detail

/// Waits for all of `children`, which run at the same time; their results, in order.
///
/// Throws the first error in the children's order, when all are done; other errors are logged
/// unless they are quiet. One future may stand among them several times. Of futures without values
/// there is no result. Mirrors `gen.multi`. Cancellation: does not cancel the children. A result
/// that has come by then is not lost: it stays its future's, as if nobody had waited.
template <typename T>
requires(!std::is_void_v<T>)
    Future<std::vector<T>> multi(std::vector<Future<T>> children, QuietExceptions quiet = {}) {
    co_await detail::settle_all(children, quiet);
    std::vector<T> results;
    results.reserve(children.size());
    for (auto& child : children) {
        results.push_back(detail::take_result(child));
    }
    co_return results;
}

inline Future<void> multi(std::vector<Future<void>> children, QuietExceptions quiet = {}) {
    return detail::multi_of_void(std::move(children), quiet);
}

/// The same for a std::map or std::unordered_map: a map of the results. The children's order is
/// that of the map.
template <typename Map>
requires concurrent::is_future<typename Map::mapped_type>
auto multi(Map children, QuietExceptions quiet = {}) {
    if constexpr (std::is_void_v<typename Map::mapped_type::value_type>) {
        return detail::multi_of_void(std::move(children), quiet);
    } else {
        return detail::multi_of_map<detail::ResultMap<Map>>(std::move(children), quiet);
    }
}

namespace detail {

template <typename... Ts>
using Results = std::tuple<typename concurrent::ValueState<Ts>::Value...>;

template <typename... Ts>
Future<Results<Ts...>> multi_of_tuple(QuietExceptions quiet, Future<Ts>... children) {
    std::exception_ptr first_error;
    (co_await settle_child(children, first_error, quiet), ...);
    if (first_error) {
        std::rethrow_exception(first_error);
    }
    co_return Results<Ts...>(take_result(children)...);
}

}  // namespace detail

/// The same for futures of different types: a tuple of their results, with Void for those that have
/// none. (C++ does not say which argument of a call is evaluated, and so begins to run, first.)
///
///     const auto [user, news] = co_await gen::multi(fetch_user(id), fetch_news());
template <typename... Ts>
requires(sizeof...(Ts) > 0) auto multi(QuietExceptions quiet, Future<Ts>... children) {
    if constexpr ((std::is_void_v<Ts> && ...)) {
        std::vector<Future<void>> all{std::move(children)...};
        return multi(std::move(all), quiet);
    } else {
        return detail::multi_of_tuple(quiet, std::move(children)...);
    }
}
template <typename... Ts>
requires(sizeof...(Ts) > 0) auto multi(Future<Ts>... children) {
    return multi(QuietExceptions{}, std::move(children)...);
}

/// The same for a tuple of futures.
template <typename... Ts>
auto multi(std::tuple<Future<Ts>...> children, QuietExceptions quiet = {}) {
    return std::apply(
        [quiet](auto&... each) { return multi(quiet, std::move(each)...); }, children
    );
}

}  // namespace tornado::gen
