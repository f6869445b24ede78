#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tornado::httputil {

/// A field value with parameters, such as that of Content-Disposition.
struct HeaderParams {
    std::string value;  ///< what comes before the first ";"
    std::vector<std::pair<std::string, std::optional<std::string>>>
        params;  ///< names in lower case

    /// The parameter `name`, given in lower case, or null when it is absent or has no value. Of
    /// several, the last.
    [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
};

/// Parses `form-data; name="a"; filename="b.txt"` in linear time; values in quotes are unquoted,
/// and the extended form `name*=utf-8''%41` is decoded and wins over the plain one. Mirrors
/// Tornado's `_parse_header`.
[[nodiscard]] HeaderParams parse_header_params(std::string_view line);

/// The members of a list (RFC 9110, 5.6.1) without the spaces around them, in their order; a comma
/// in quotes separates nothing, and empty members are members.
[[nodiscard]] std::vector<std::string_view> split_header_list(std::string_view value);

/// Undoes parse_header_params(): parameters in alphabetical order, quoted where they must be.
/// Mirrors Tornado's `_encode_header`.
[[nodiscard]] std::string encode_header_params(const HeaderParams& header);

}  // namespace tornado::httputil
