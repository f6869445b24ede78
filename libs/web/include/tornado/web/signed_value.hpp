#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tornado::web {

/// The version of signed values that is made unless another is asked for: HMAC-SHA256. Version 1,
/// HMAC-SHA1, can still be made and read. Mirrors `tornado.web.DEFAULT_SIGNED_VALUE_VERSION`.
inline constexpr int default_signed_value_version = 2;

/// What values are signed with: one secret, or several by their version, so that one can be
/// replaced while values signed by the former still count.
///
///     CookieSecret one = "61oETzKXQAGaYdkL5gEmGeJJFuYh7EQn";
///     CookieSecret several = {{0, "old"}, {1, "new"}};  // signing needs the setting `key_version`
class CookieSecret {
public:
    using Keys = std::vector<std::pair<int, std::string>>;

    /// None at all: nothing can be signed.
    CookieSecret() = default;
    CookieSecret(std::string secret) : secret_{std::move(secret)} {}
    CookieSecret(const char* secret) : secret_{secret} {}
    CookieSecret(Keys keys) : keys_{std::move(keys)} {}
    CookieSecret(std::initializer_list<Keys::value_type> keys) : keys_{keys} {}

    [[nodiscard]] bool empty() const noexcept { return secret_.empty() && keys_.empty(); }
    [[nodiscard]] bool has_versions() const noexcept { return !keys_.empty(); }
    /// The secret of that version, or the only one; nullptr when there is none.
    [[nodiscard]] const std::string* key(int version) const noexcept;

private:
    std::string secret_;
    Keys keys_;
};

/// How create_signed_value() signs.
struct SignOptions {
    std::optional<std::chrono::system_clock::time_point> clock = {};  ///< otherwise now
    std::optional<int> key_version = {};  ///< needed when the secret has versions
    int version = default_signed_value_version;
};

/// What decode_signed_value() accepts.
struct VerifyOptions {
    std::optional<std::chrono::system_clock::time_point> clock = {};  ///< otherwise now
    double max_age_days = 31;
    int min_version = 1;  ///< 2 refuses what is signed by SHA-1
};

/// `value`, any bytes, with the time and a signature: text that fits in a cookie. Whoever reads it
/// back can tell that it was made with the secret, for this name, and when; it is not encrypted.
/// The form is Tornado's, to the byte. Throws std::invalid_argument when there is no secret, or no
/// such version of it or of the form. Mirrors `tornado.web.create_signed_value`.
[[nodiscard]] std::string create_signed_value(
    const CookieSecret& secret,
    std::string_view name,
    std::string_view value,
    SignOptions options = {}
);

/// The value that was signed; nullopt for what is forged, malformed, too old, or signed for another
/// name. Takes the same time for any signature that is wrong. Throws std::invalid_argument for a
/// `min_version` above 2. Mirrors `tornado.web.decode_signed_value`.
[[nodiscard]] std::optional<std::string> decode_signed_value(
    const CookieSecret& secret,
    std::string_view name,
    std::string_view value,
    VerifyOptions options = {}
);

/// The version of the secret that a value says it was signed with; nullopt when it says none. The
/// signature is not checked. Mirrors `tornado.web.get_signature_key_version`.
[[nodiscard]] std::optional<int> get_signature_key_version(std::string_view value);

}  // namespace tornado::web
