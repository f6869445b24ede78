#pragma once

#include <string>
#include <string_view>

#include "tornado/escape/json.hpp"
#include "tornado/web/json/types.hpp"

/// Writing values of types that are known at compile time as JSON, in the form of
/// escape::json_encode().
namespace tornado::web::detail {

/// Says that there is no name for this value of an enum.
[[noreturn]] void fail_unnamed_enumerator();

/// The double whose shortest text is that of `number`: 0.1, not 0.10000000149.
[[nodiscard]] double as_written(float number) noexcept;

template <typename T>
void append_json(std::string& out, const T& value);

template <typename T>
void append_json_enum(std::string& out, T value) {
    static_assert(
        boost::describe::has_describe_enumerators<T>::value,
        "this enum cannot be written as JSON: describe it, with BOOST_DESCRIBE_ENUM"
    );
    bool found = false;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto one) {
        if (!found && one.value == value) {
            found = true;
            escape::append_json_string(out, json_name(one.name));
        }
    });
    if (!found) {
        fail_unnamed_enumerator();
    }
}

template <typename T>
void append_json_sequence(std::string& out, const T& sequence) {
    std::string_view separator = "[";
    for (const auto& item : sequence) {
        out += separator;
        append_json<typename T::value_type>(out, item);
        separator = ", ";
    }
    out += separator == "[" ? "[]" : "]";
}

template <typename T>
void append_json_map(std::string& out, const T& map) {
    std::string_view separator = "{";
    for (const auto& [key, value] : map) {
        out += separator;
        escape::append_json_string(out, key);
        out += ": ";
        append_json(out, value);
        separator = ", ";
    }
    out += separator == "{" ? "{}" : "}";
}

template <typename T>
void append_json_object(std::string& out, const T& object) {
    std::string_view separator = "{";
    boost::mp11::mp_for_each<JSONMembers<T>>([&](auto member) {
        out += separator;
        escape::append_json_string(out, json_name(member.name));
        out += ": ";
        append_json(out, object.*member.pointer);
        separator = ", ";
    });
    out += separator == "{" ? "{}" : "}";
}

template <typename T>
void append_json(std::string& out, const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
        out += value ? "true" : "false";
    } else if constexpr (Integer<T>) {
        out += std::to_string(value);
    } else if constexpr (std::is_same_v<T, float>) {
        escape::append_json_number(out, as_written(value));
    } else if constexpr (std::is_floating_point_v<T>) {
        escape::append_json_number(out, static_cast<double>(value));
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        escape::append_json_string(out, value);
    } else if constexpr (is_optional<T>) {
        value ? append_json(out, *value) : static_cast<void>(out += "null");
    } else if constexpr (std::is_enum_v<T>) {
        append_json_enum(out, value);
    } else if constexpr (JSONNative<T>) {
        out += escape::json_encode(value);
    } else if constexpr (JSONMap<T>) {
        append_json_map(out, value);
    } else if constexpr (JSONSequence<T>) {
        append_json_sequence(out, value);
    } else {
        static_assert(
            JSONDescribed<T>,
            "this type cannot be written as JSON: describe it, as with BOOST_DESCRIBE_STRUCT; take "
            "std::string for a character"
        );
        append_json_object(out, value);
    }
}

}  // namespace tornado::web::detail
