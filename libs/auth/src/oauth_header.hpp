#pragma once

#include <string>
#include <string_view>

#include "tornado/auth/parameters.hpp"

namespace tornado::auth {

/// Text percent-encoded as OAuth 1.0 has it (RFC 5849, 3.6): all but unreserved characters.
[[nodiscard]] std::string oauth_escape(std::string_view text);

/// The value of the Authorization field with these (RFC 5849, 3.5.1).
[[nodiscard]] std::string oauth_header(const Parameters& parameters);

}  // namespace tornado::auth
