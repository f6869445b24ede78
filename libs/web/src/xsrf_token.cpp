#include "xsrf_token.hpp"

#include <charconv>
#include <ctime>
#include <stdexcept>

#include "hmac.hpp"
#include "tornado/util/secure_random.hpp"

namespace tornado::web {

namespace {

constexpr std::size_t token_size = 16;
constexpr std::size_t mask_size = 4;

std::string masked(std::string bytes, std::string_view mask) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>(bytes[i] ^ mask[i % mask_size]);
    }
    return bytes;
}

std::string_view take_until_bar(std::string_view& text) noexcept {
    const auto bar = text.find('|');
    const auto piece = text.substr(0, bar);
    text.remove_prefix(bar == text.npos ? text.size() : bar + 1);
    return piece;
}

/// The number and the bar that a text begins with, without the bar; empty when it does not.
std::string_view version_of(std::string_view text) noexcept {
    const auto digits = text.find_first_not_of("0123456789");
    const bool has_version = digits != text.npos && digits != 0 && text[digits] == '|';
    return has_version && text.front() != '0' ? text.substr(0, digits) : std::string_view{};
}

std::optional<XsrfToken> parse_v2(std::string_view text) {
    take_until_bar(text);
    std::string mask;
    std::string bytes;
    if (!unhex(take_until_bar(text), mask) || mask.size() != mask_size ||
        !unhex(take_until_bar(text), bytes) || bytes.empty()) {
        return std::nullopt;
    }
    std::int64_t timestamp = 0;
    const auto* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, timestamp);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return std::nullopt;
    }
    return XsrfToken{2, masked(std::move(bytes), mask), timestamp};
}

}  // namespace

XsrfToken XsrfToken::make() {
    return {0, util::secure_random_bytes(token_size), std::time(nullptr)};
}

std::optional<XsrfToken> XsrfToken::parse(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    if (const auto version = version_of(text); !version.empty()) {
        return version == "2" ? parse_v2(text) : std::nullopt;
    }
    std::string bytes;
    if (!unhex(text, bytes)) {
        bytes = text;  // as Tornado reads what its earliest versions made
    }
    return XsrfToken{1, std::move(bytes), std::time(nullptr)};
}

std::string XsrfToken::to_string(int output_version) const {
    if (output_version == 1) {
        return hex(bytes);
    }
    if (output_version != 2) {
        throw std::invalid_argument{
            "ApplicationSettings::xsrf_cookie_version is 1 or 2, not " +
            std::to_string(output_version)};
    }
    const auto mask = util::secure_random_bytes(mask_size);
    return "2|" + hex(mask) + "|" + hex(masked(bytes, mask)) + "|" + std::to_string(timestamp);
}

}  // namespace tornado::web
