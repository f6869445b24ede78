#include "tornado/httputil/cookies.hpp"

#include <unordered_map>
#include <utility>

#include "character.hpp"
#include "tornado/httputil/error.hpp"
#include "tornado/httputil/http_date.hpp"

namespace tornado::httputil {
namespace {

/// What Python's cookie library leaves as it is between quotes, besides what needs none.
constexpr std::string_view harmless_in_quotes = " ()/<=>?@[]{}";

bool is_octal(char c, char largest) noexcept {
    return c >= '0' && c <= largest;
}

/// Whether `value` may stand in an attribute: no control character, space or semicolon.
bool is_attribute_value(std::string_view value) noexcept {
    for (const char c : value) {
        if (!is(c, visible_char) || c == ';') {
            return false;
        }
    }
    return true;
}

void append_attribute(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        text.append("; ").append(name).append(1, '=').append(value);
    }
}

}  // namespace

std::vector<RequestCookie> parse_cookie(std::string_view header) {
    std::vector<RequestCookie> cookies;
    std::unordered_map<std::string_view, std::size_t> places;  // views into `header`
    while (header.data() != nullptr) {
        auto value = take_until(header, ';');
        const bool named = value.find('=') != value.npos;
        const auto name = named ? trim(take_until(value, '=')) : std::string_view{""};
        value = trim(value);
        if (name.empty() && value.empty()) {
            continue;
        }
        const auto [place, is_new] = places.try_emplace(name, cookies.size());
        if (is_new) {
            cookies.push_back({std::string{name}, {}});
        }
        cookies[place->second].value = unquote_cookie_value(value);
    }
    return cookies;
}

std::string quote_cookie_value(std::string_view value) {
    if (!value.empty() && all_are(value, cookie_char)) {
        return std::string{value};
    }
    std::string quoted{'"'};
    for (const char c : value) {
        if (is(c, cookie_char) || is_one_of(c, harmless_in_quotes)) {
            quoted += c;
        } else if (c == '"' || c == '\\') {
            (quoted += '\\') += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            quoted += '\\';
            quoted += static_cast<char>('0' + (byte >> 6));
            quoted += static_cast<char>('0' + (byte >> 3 & 7));
            quoted += static_cast<char>('0' + (byte & 7));
        }
    }
    return quoted += '"';
}

std::string unquote_cookie_value(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
        return std::string{value};
    }
    value = value.substr(1, value.size() - 2);
    std::string text;
    text.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto escape = value.substr(i, 4);
        if (escape.size() == 4 && escape[0] == '\\' && is_octal(escape[1], '3') &&
            is_octal(escape[2], '7') && is_octal(escape[3], '7')) {
            const int byte = (escape[1] - '0') * 64 + (escape[2] - '0') * 8 + (escape[3] - '0');
            text += static_cast<char>(byte);
            i += 3;
        } else {
            i += escape[0] == '\\' && escape.size() > 1 ? 1U : 0U;
            text += value[i];
        }
    }
    return text;
}

Result<std::string> Cookie::to_string() const {
    for (const char c : value) {
        if (static_cast<unsigned char>(c) <= 0x20) {
            return Errc::malformed_cookie;
        }
    }
    if (!is_token(name) || !is_attribute_value(domain) || !is_attribute_value(path) ||
        !is_attribute_value(samesite)) {
        return Errc::malformed_cookie;
    }
    std::string text = name;
    text.append(1, '=').append(quote_cookie_value(value));
    append_attribute(text, "Domain", domain);
    append_attribute(text, "expires", expires ? format_timestamp(*expires) : std::string{});
    text.append(httponly ? "; HttpOnly" : "");
    append_attribute(text, "Max-Age", max_age ? std::to_string(max_age->count()) : std::string{});
    append_attribute(text, "Path", path);
    append_attribute(text, "SameSite", samesite);
    text.append(secure ? "; Secure" : "");
    return text;
}

}  // namespace tornado::httputil
