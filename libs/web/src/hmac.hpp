#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tornado::web {

/// The lower-case hexadecimal digits of some bytes.
[[nodiscard]] std::string hex(std::string_view bytes);
/// The bytes that hexadecimal digits stand for; false when `text` is not made of pairs of those.
[[nodiscard]] bool unhex(std::string_view text, std::string& bytes);

/// Bytes in base64 (RFC 4648, 4), padded; and back: false for what is not.
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] bool unbase64(std::string_view text, std::string& bytes);

/// The HMAC (RFC 2104) of the pieces, one behind the other, in hexadecimal.
[[nodiscard]] std::string hmac_sha1(std::string_view key, std::span<const std::string_view> pieces);
[[nodiscard]] std::string
hmac_sha256(std::string_view key, std::span<const std::string_view> pieces);

/// Whether two texts are the same, in a time that tells nothing but their sizes.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace tornado::web
