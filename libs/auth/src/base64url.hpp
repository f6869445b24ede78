#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tornado::auth {

/// Bytes in base64url without padding (RFC 4648, 5; RFC 7515, 2).
[[nodiscard]] std::string base64url(std::string_view bytes);

/// And back, strictly: nullopt for another letter, padding, or bits left over, so that no two texts
/// stand for the same bytes.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);
/// The same of the usual alphabet.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace tornado::auth
