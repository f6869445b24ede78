#pragma once

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "tornado/web/json/place.hpp"
#include "tornado/web/json/types.hpp"

/// Reading what a JSON value holds as a type that is known at compile time.
namespace tornado::web::detail {

/// The T that `value` holds. Throws JSONBodyError{422}, with the place, for another.
template <typename T>
T read_json(const boost::json::value& value, const JSONPlace& at);

template <typename T>
T read_json_integer(const boost::json::value& value, const JSONPlace& at) {
    using Limits = std::numeric_limits<T>;
    if (const auto* const number = value.if_int64(); number && std::in_range<T>(*number)) {
        return static_cast<T>(*number);
    }
    if (const auto* const number = value.if_uint64(); number && std::in_range<T>(*number)) {
        return static_cast<T>(*number);
    }
    at.fail(
        "expected an integer from " + std::to_string(Limits::min()) + " to " +
        std::to_string(Limits::max())
    );
}

template <typename T>
T read_json_real(const boost::json::value& value, const JSONPlace& at) {
    using Limits = std::numeric_limits<T>;
    const double number = at.read_number(value);
    if (!(number >= Limits::lowest() && number <= Limits::max())) {
        at.fail("the number is too large");
    }
    return static_cast<T>(number);
}

template <typename T>
T read_json_enum(const boost::json::value& value, const JSONPlace& at) {
    static_assert(
        boost::describe::has_describe_enumerators<T>::value,
        "this enum cannot be read from JSON: describe it, with BOOST_DESCRIBE_ENUM"
    );
    using All = boost::describe::describe_enumerators<T>;
    const auto name = at.read_string(value);
    std::optional<T> found;
    std::string names;
    boost::mp11::mp_for_each<All>([&](auto one) {
        if (json_name(one.name) == name) {
            found = one.value;
        }
    });
    if (!found) {
        boost::mp11::mp_for_each<All>([&](auto one) {
            names.append(names.empty() ? "" : ", ").append(json_name(one.name));
        });
        at.fail("expected one of " + names);
    }
    return *found;
}

template <typename T>
T read_json_sequence(const boost::json::value& value, const JSONPlace& at) {
    T sequence;
    const auto& array = at.read_array(value);
    if constexpr (requires { sequence.reserve(array.size()); }) {
        sequence.reserve(array.size());
    }
    std::size_t index = 0;
    for (const auto& item : array) {
        sequence.insert(sequence.end(), read_json<typename T::value_type>(item, at.item(index++)));
    }
    return sequence;
}

template <typename T>
T read_json_map(const boost::json::value& value, const JSONPlace& at) {
    T map;
    for (const auto& member : at.read_object(value)) {
        const std::string_view key{member.key().data(), member.key().size()};
        map.insert_or_assign(
            std::string{key}, read_json<typename T::mapped_type>(member.value(), at.field(key))
        );
    }
    return map;
}

/// Whether a described class has a field of that name.
template <typename T>
bool has_json_field(std::string_view name) {
    bool found = false;
    boost::mp11::mp_for_each<JSONMembers<T>>([&](auto member) {
        found = found || json_name(member.name) == name;
    });
    return found;
}

template <typename T>
void refuse_unknown_fields(const boost::json::object& object, const JSONPlace& at) {
    for (const auto& member : object) {
        const std::string_view key{member.key().data(), member.key().size()};
        if (!has_json_field<T>(key)) {
            at.field(key).fail("unknown field");
        }
    }
}

template <typename T>
T read_json_object(const boost::json::value& value, const JSONPlace& at) {
    const auto& object = at.read_object(value);
    T result{};
    std::size_t known = 0;
    boost::mp11::mp_for_each<JSONMembers<T>>([&](auto member) {
        using Field = std::remove_cvref_t<decltype(result.*member.pointer)>;
        constexpr auto name = json_name(decltype(member)::name);
        const auto* const found = object.if_contains({name.data(), name.size()});
        if (found != nullptr) {
            ++known;
            result.*member.pointer = read_json<Field>(*found, at.field(name));
        } else if (!is_optional<Field>) {
            at.field(name).fail("missing");
        }
    });
    if (known != object.size() && at.refuses_unknown()) {
        refuse_unknown_fields<T>(object, at);
    }
    return result;
}

template <typename T>
T read_json_native(const boost::json::value& value, const JSONPlace& at) {
    if constexpr (std::is_same_v<T, boost::json::object>) {
        return at.read_object(value);
    } else if constexpr (std::is_same_v<T, boost::json::array>) {
        return at.read_array(value);
    } else {
        return value;
    }
}

template <typename T>
T read_json(const boost::json::value& value, const JSONPlace& at) {
    if constexpr (std::is_same_v<T, bool>) {
        return at.read_bool(value);
    } else if constexpr (Integer<T>) {
        return read_json_integer<T>(value, at);
    } else if constexpr (std::is_floating_point_v<T>) {
        return read_json_real<T>(value, at);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return std::string{at.read_string(value)};
    } else if constexpr (is_optional<T>) {
        return value.is_null() ? T{} : T{read_json<typename T::value_type>(value, at)};
    } else if constexpr (std::is_enum_v<T>) {
        return read_json_enum<T>(value, at);
    } else if constexpr (JSONNative<T>) {
        return read_json_native<T>(value, at);
    } else if constexpr (JSONMap<T>) {
        return read_json_map<T>(value, at);
    } else if constexpr (JSONSequence<T>) {
        return read_json_sequence<T>(value, at);
    } else {
        static_assert(
            JSONDescribed<T>,
            "this type cannot be read from JSON: describe it, as with BOOST_DESCRIBE_STRUCT; take "
            "std::string for a character"
        );
        return read_json_object<T>(value, at);
    }
}

}  // namespace tornado::web::detail
