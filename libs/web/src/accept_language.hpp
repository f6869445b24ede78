#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tornado::web {

/// The codes of an Accept-Language (RFC 9110, 12.5.4), the most wanted first, those that are wanted
/// as much in their order. A language whose weight is 0, or none, is left out, and what comes
/// behind the first hundred is not looked at.
[[nodiscard]] std::vector<std::string> accepted_languages(std::string_view field);

}  // namespace tornado::web
