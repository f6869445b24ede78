#include "json_fields.hpp"

#include <boost/json.hpp>

#include "tornado/escape/json.hpp"

namespace tornado::auth {

std::optional<std::string> text_field(const boost::json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    return std::string{std::string_view{value->get_string()}};
}

std::optional<double> number_field(const boost::json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    return value->to_number<double>();
}

std::optional<boost::json::object> parse_object(std::string_view text) {
    auto value = escape::json_decode(text);
    if (!value || !value->is_object()) {
        return std::nullopt;
    }
    return std::move(value->get_object());
}

}  // namespace tornado::auth
