#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tornado::auth {

// All of these give and take bytes, not digits. They throw std::runtime_error when OpenSSL fails.

[[nodiscard]] std::string sha256(std::string_view text);
[[nodiscard]] std::string sha384(std::string_view text);
[[nodiscard]] std::string sha512(std::string_view text);
[[nodiscard]] std::string hmac_sha1(std::string_view key, std::string_view text);
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view text);

/// The lower-case hexadecimal digits of some bytes.
[[nodiscard]] std::string hex(std::string_view bytes);

/// Whether two texts are the same, in a time that tells nothing but their sizes.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

/// `size` random bytes in base64url: what nobody guesses.
[[nodiscard]] std::string random_text(std::size_t size = 32);

/// `text` encrypted and authenticated, together with `context`, by AES-256-GCM with a key of 32
/// bytes and a random nonce.
[[nodiscard]] std::string
seal(std::string_view key, std::string_view context, std::string_view text);

/// And back; nullopt for what was not sealed so, with this key and context.
[[nodiscard]] std::optional<std::string>
unseal(std::string_view key, std::string_view context, std::string_view sealed);

}  // namespace tornado::auth
