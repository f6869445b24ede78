#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace boost::json {
class object;
}

namespace tornado::auth {

/// A member of an object that is a text; nullopt when it is not there, or something else.
[[nodiscard]] std::optional<std::string>
text_field(const boost::json::object& object, std::string_view name);

/// The same for a number, of any kind.
[[nodiscard]] std::optional<double>
number_field(const boost::json::object& object, std::string_view name);

/// The object that a text is; nullopt when it is none.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);

}  // namespace tornado::auth
