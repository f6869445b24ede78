#pragma once

#include <string_view>

namespace tornado::httpclient {

/// Whether a domain, in lower case, is probably one below which everybody can have a name: one
/// without a dot, one such as "co.uk", and a few hosting services.
[[nodiscard]] bool is_well_known_suffix(std::string_view domain) noexcept;

}  // namespace tornado::httpclient
