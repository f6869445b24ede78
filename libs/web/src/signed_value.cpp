#include "tornado/web/signed_value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "hmac.hpp"
#include "tornado/log.hpp"

namespace tornado::web {

namespace {

using Clock = std::chrono::system_clock;

constexpr double seconds_a_day = 86'400;

double seconds_since_1970(std::optional<Clock::time_point> clock) {
    const auto time = clock.value_or(Clock::now()).time_since_epoch();
    return std::chrono::duration<double>(time).count();
}

template <typename T>
std::optional<T> number(std::string_view text) noexcept {
    T value{};
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional{value} : std::nullopt;
}

std::string sign_v1(
    std::string_view secret,
    std::string_view name,
    std::string_view value,
    std::string_view timestamp
) {
    const std::string_view signed_text[] = {name, value, timestamp};
    return hmac_sha1(secret, signed_text);
}

std::string sign_v2(std::string_view secret, std::string_view text) {
    const std::string_view signed_text[] = {text};
    return hmac_sha256(secret, signed_text);
}

/// A field of version 2: its length, a colon, its text, and a bar.
void append_field(std::string& text, std::string_view field) {
    text.append(std::to_string(field.size())).append(":").append(field).append("|");
}

/// Takes such a field away from the front; nullopt when there is none.
std::optional<std::string_view> take_field(std::string_view& text) noexcept {
    const auto colon = text.find(':');
    if (colon == text.npos) {
        return std::nullopt;
    }
    const auto length = number<std::uint32_t>(text.substr(0, colon));
    const auto rest = text.substr(colon + 1);
    if (!length || *length >= rest.size() || rest[*length] != '|') {
        return std::nullopt;
    }
    text = rest.substr(*length + 1);
    return rest.substr(0, *length);
}

/// The version that a value begins with, "2|"; values of version 1 have none.
int signed_value_version(std::string_view value) noexcept {
    const auto bar = value.find('|');
    if (bar == value.npos || bar == 0 || value.front() == '0') {
        return 1;
    }
    // Longer digits are a version 1 value that happens to have no letters.
    const auto version = number<std::uint32_t>(value.substr(0, bar));
    return version && *version <= 999 ? static_cast<int>(*version) : 1;
}

struct FieldsV2 {
    int key_version;
    std::string_view timestamp;
    std::string_view name;
    std::string_view value;
    std::string_view signature;
};

std::optional<FieldsV2> parse_v2(std::string_view text) noexcept {
    text.remove_prefix(2);  // "2|"
    const auto key = take_field(text);
    const auto timestamp = key ? take_field(text) : std::nullopt;
    const auto name = timestamp ? take_field(text) : std::nullopt;
    const auto value = name ? take_field(text) : std::nullopt;
    const auto key_version = value ? number<int>(*key) : std::nullopt;
    if (!key_version) {
        return std::nullopt;
    }
    return FieldsV2{*key_version, *timestamp, *name, *value, text};
}

std::optional<std::string> decoded(std::string_view value) {
    std::string bytes;
    return unbase64(value, bytes) ? std::optional{std::move(bytes)} : std::nullopt;
}

std::optional<std::string> decode_v1(
    const std::string& secret,
    std::string_view name,
    std::string_view text,
    const VerifyOptions& options
) {
    const auto first = text.find('|');
    const auto second = first == text.npos ? first : text.find('|', first + 1);
    if (second == text.npos || text.find('|', second + 1) != text.npos) {
        return std::nullopt;
    }
    const auto value = text.substr(0, first);
    const auto timestamp = text.substr(first + 1, second - first - 1);
    if (!equal_in_constant_time(text.substr(second + 1), sign_v1(secret, name, value, timestamp))) {
        log::gen_log().warning("Invalid cookie signature ", value);
        return std::nullopt;
    }
    const auto time = number<std::int64_t>(timestamp);
    if (!time) {
        return std::nullopt;
    }
    const auto now = seconds_since_1970(options.clock);
    const auto made = static_cast<double>(*time);
    if (made < now - options.max_age_days * seconds_a_day) {
        log::gen_log().warning("Expired cookie ", value);
        return std::nullopt;
    }
    // What is signed has no marks between name, value and time. Without these two checks, digits
    // moved from the end of the value to the beginning of the time would go unnoticed.
    constexpr double most_days_ahead = 31;
    if (made > now + most_days_ahead * seconds_a_day) {
        log::gen_log().warning("Cookie timestamp in future; possible tampering ", value);
        return std::nullopt;
    }
    if (timestamp.starts_with('0')) {
        log::gen_log().warning("Tampered cookie ", value);
        return std::nullopt;
    }
    return decoded(value);
}

std::optional<std::string> decode_v2(
    const CookieSecret& secret,
    std::string_view name,
    std::string_view text,
    const VerifyOptions& options
) {
    const auto fields = parse_v2(text);
    const auto* const key = fields ? secret.key(fields->key_version) : nullptr;
    if (key == nullptr) {
        return std::nullopt;
    }
    const auto signed_text = text.substr(0, text.size() - fields->signature.size());
    if (!equal_in_constant_time(fields->signature, sign_v2(*key, signed_text)) ||
        fields->name != name) {
        return std::nullopt;
    }
    const auto made = number<std::int64_t>(fields->timestamp);
    const auto oldest = seconds_since_1970(options.clock) - options.max_age_days * seconds_a_day;
    if (!made || static_cast<double>(*made) < oldest) {
        return std::nullopt;
    }
    return decoded(fields->value);
}

}  // namespace

const std::string* CookieSecret::key(int version) const noexcept {
    if (keys_.empty()) {
        return secret_.empty() ? nullptr : &secret_;
    }
    const auto found = std::find_if(keys_.begin(), keys_.end(), [version](const auto& each) {
        return each.first == version;
    });
    return found == keys_.end() || found->second.empty() ? nullptr : &found->second;
}

std::string create_signed_value(
    const CookieSecret& secret,
    std::string_view name,
    std::string_view value,
    SignOptions options
) {
    if (secret.empty()) {
        throw std::invalid_argument{
            "nothing can be signed without a secret: set ApplicationSettings::cookie_secret"};
    }
    const auto timestamp =
        std::to_string(static_cast<std::int64_t>(std::floor(seconds_since_1970(options.clock))));
    const auto encoded = base64(value);
    if (options.version == 1) {
        if (secret.has_versions()) {
            throw std::invalid_argument{
                "version 1 of signed values takes one secret: use version 2 with several"};
        }
        return encoded + "|" + timestamp + "|" + sign_v1(*secret.key(0), name, encoded, timestamp);
    }
    if (options.version != 2) {
        throw std::invalid_argument{
            "signed values have versions 1 and 2, not " + std::to_string(options.version)};
    }
    if (secret.has_versions() && !options.key_version) {
        throw std::invalid_argument{
            "a secret with versions needs to be told which signs: set "
            "ApplicationSettings::key_version"};
    }
    const int key_version = options.key_version.value_or(0);
    const auto* const key = secret.key(key_version);
    if (key == nullptr) {
        throw std::invalid_argument{
            "the secret has no version " + std::to_string(key_version) + " to sign with"};
    }
    std::string text{"2|"};
    append_field(text, std::to_string(key_version));
    append_field(text, timestamp);
    append_field(text, name);
    append_field(text, encoded);
    return text.append(sign_v2(*key, text));
}

std::optional<std::string> decode_signed_value(
    const CookieSecret& secret,
    std::string_view name,
    std::string_view value,
    VerifyOptions options
) {
    if (options.min_version > 2) {
        throw std::invalid_argument{
            "signed values have versions up to 2: min_version cannot be " +
            std::to_string(options.min_version)};
    }
    if (value.empty()) {
        return std::nullopt;
    }
    const int version = signed_value_version(value);
    if (version < options.min_version) {
        return std::nullopt;
    }
    if (version == 2) {
        return decode_v2(secret, name, value, options);
    }
    const auto* const key = secret.has_versions() ? nullptr : secret.key(0);
    return version == 1 && key != nullptr ? decode_v1(*key, name, value, options) : std::nullopt;
}

std::optional<int> get_signature_key_version(std::string_view value) {
    if (signed_value_version(value) != 2) {
        return std::nullopt;
    }
    const auto fields = parse_v2(value);
    return fields ? std::optional{fields->key_version} : std::nullopt;
}

}  // namespace tornado::web
