#include "base64url.hpp"

#include <algorithm>
#include <cstdint>

#include "tornado/util/base64.hpp"

namespace tornado::auth {

namespace {

constexpr std::string_view usual_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::optional<std::string> decode(std::string_view text, std::string_view letters) {
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto value = letters.find(c);
        if (value == letters.npos) {
            return std::nullopt;
        }
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<char>(bits >> count & 0xffU));
        }
    }
    const bool has_rest = (bits & ((1U << count) - 1U)) != 0;
    if (count >= 6 || has_rest) {
        return std::nullopt;
    }
    return bytes;
}

}  // namespace

std::string base64url(std::string_view bytes) {
    auto text = util::base64(bytes);
    text.resize(std::min(text.size(), text.find('=')));
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    return decode(text, url_letters);
}

std::optional<std::string> from_base64(std::string_view text) {
    return decode(text, usual_letters);
}

}  // namespace tornado::auth
