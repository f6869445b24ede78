#pragma once

/// JSON for handlers, from and to types of your own. An opt-in header: it brings Boost.JSON along.
///
/// With it RequestHandler::get_json_body<T>() and write(T) know:
///
/// | C++ | JSON |
/// |---|---|
/// | bool, integers, float, double | a number or a bool; integers are held to their range |
/// | std::string | a string; a byte that is no UTF-8 is written as U+FFFD |
/// | enums described with BOOST_DESCRIBE_ENUM | the name of the enumerator, as of a member |
/// | std::optional<T> | null, or a T; as a field it may be missing |
/// | std::vector, std::deque, std::list, and sets | an array |
/// | std::map<std::string, T> and the like | an object |
/// | classes that BOOST_DESCRIBE_STRUCT or BOOST_DESCRIBE_CLASS describes | an object |
/// | boost::json::value, object, array | as it is |
///
/// write() takes classes and maps at the top, the others only within one. A NaN or an infinity is
/// written as null, which is no number when it is read.
///
/// A described member's trailing underscore is no part of the field's name, so that `class_` is the
/// field "class"; nor is an enumerator's of its text. What is read is made by its default
/// constructor.
///
///     struct Address { std::string city; std::optional<std::string> street; };
///     BOOST_DESCRIBE_STRUCT(Address, (), (city, street))
///
///     struct AddressHandler : web::RequestHandler {
///         void post() {
///             auto address = get_json_body<Address>();  // 400, 415 or 422 for what is none
///             write(address);
///         }
///     };

#include "tornado/web/json/reader.hpp"
#include "tornado/web/json/writer.hpp"
#include "tornado/web/request_handler.hpp"

namespace tornado::web::detail {

/// Whether a T is written as an array.
template <typename T>
struct IsJSONArray : std::bool_constant<JSONSequence<T> || std::is_same_v<T, boost::json::array>> {
};
template <typename T>
struct IsJSONArray<std::optional<T>> : IsJSONArray<T> {};

template <typename T>
struct JSONOf {
    static T from_body(const httputil::HTTPServerRequest& request, UnknownFields unknown) {
        check_json_type(request);
        auto value = parse_json_body(request.body());
        if constexpr (std::is_same_v<T, boost::json::value>) {
            return value;
        } else {
            return read_json<T>(value, JSONPlace{unknown});
        }
    }

    static std::string to_text(const T& value) {
        static_assert(
            !IsJSONArray<T>::value,
            "write() takes no JSON array, for security's sake: wrap it in a struct"
        );
        std::string text;
        append_json(text, value);
        return text;
    }
};

}  // namespace tornado::web::detail
