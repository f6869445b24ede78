#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "tornado/web/argument_conversion.hpp"

/// How types are told apart that stand for JSON.
namespace tornado::web::detail {

/// Boost.JSON's own, that stand for themselves.
template <typename T>
concept JSONNative = is_one_of<T, boost::json::value, boost::json::object, boost::json::array>;

template <typename T>
concept JSONMap = !JSONNative<T> && requires(T map, std::string key) {
    typename T::mapped_type;
    map.insert_or_assign(std::move(key), typename T::mapped_type{});
};

template <typename T>
concept JSONSequence =
    !JSONNative<T> && !JSONMap<T> && !std::convertible_to<const T&, std::string_view> &&
    requires(T sequence, typename T::value_type item) {
    sequence.insert(sequence.end(), std::move(item));
    sequence.begin();
};

template <typename T>
concept JSONDescribed = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

/// All described members of T, those of its bases first.
template <typename T>
using JSONMembers = boost::describe::
    describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>;

/// What a described name is called in JSON: C++ reserves some words.
constexpr std::string_view json_name(std::string_view described) noexcept {
    return described.ends_with('_') ? described.substr(0, described.size() - 1) : described;
}

template <typename T>
inline constexpr bool always_false = false;

}  // namespace tornado::web::detail
