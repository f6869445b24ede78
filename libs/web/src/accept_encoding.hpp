#pragma once

#include <string_view>

namespace tornado::web {

/// How much a client wants a content coding, from 0 (not at all) to 1000, by its Accept-Encoding
/// (RFC 9110, 12.5.3). A coding that is not named is wanted as much as "*" is; without that, not at
/// all. A weight that is none counts as 0.
[[nodiscard]] int
coding_quality(std::string_view accept_encoding, std::string_view coding) noexcept;

/// How much it wants the plain bytes, by what it says of "identity"; 0 where that is not named.
[[nodiscard]] int identity_quality(std::string_view accept_encoding) noexcept;

}  // namespace tornado::web
