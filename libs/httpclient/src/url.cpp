#include "tornado/httpclient/url.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tornado/httputil/arguments.hpp"
#include "tornado/httputil/target.hpp"

namespace tornado::httpclient {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
    return result;
}

bool is_alpha(char c) noexcept {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/// The length of the scheme that `text` begins with, 0 for none.
std::size_t scheme_length(std::string_view text) noexcept {
    const auto colon = text.find(':');
    if (colon == text.npos || colon == 0 || !is_alpha(text[0])) {
        return 0;
    }
    const auto scheme = text.substr(0, colon);
    const bool good = std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
    });
    return good ? colon : 0;
}

/// The parts of a URL reference as written, with their delimiters in front: only the scheme has its
/// behind.
struct Parts {
    std::string_view scheme;
    std::string_view authority;
    std::string_view path;
    std::string_view query;
    std::string_view fragment;
};

Parts split(std::string_view text) noexcept {
    Parts parts;
    const auto take = [&text](std::size_t size) {
        const auto part = text.substr(0, size);
        text.remove_prefix(part.size());
        return part;
    };
    if (const auto length = scheme_length(text); length != 0) {
        parts.scheme = take(length + 1);
    }
    if (text.starts_with("//")) {
        parts.authority = take(text.find_first_of("/?#", 2));
    }
    parts.path = take(text.find_first_of("?#"));
    if (text.starts_with('?')) {
        parts.query = take(text.find('#'));
    }
    parts.fragment = text;
    return parts;
}

/// RFC 3986, 5.2.4.
std::string remove_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const auto end = std::min(path.find('/', 1), path.size());
        const auto segment = path.substr(0, end);
        path.remove_prefix(end);
        const bool up = segment == "/..";
        if (up) {
            out.erase(std::min(out.rfind('/'), out.size()));
        }
        if (up || segment == "/.") {
            out += path.empty() ? "/" : "";
        } else {
            out += segment;
        }
    }
    return out;
}

constexpr bool needs_encoding(char c) noexcept {
    constexpr std::string_view unwanted = " \"<>\\^`{|}";
    return static_cast<unsigned char>(c) > 0x7e || unwanted.find(c) != unwanted.npos;
}

/// Whether it can be a target as it is, all of it.
bool is_plain_target(std::string_view text) noexcept {
    static constexpr auto plain = [] {
        std::array<bool, 256> table{};
        for (std::size_t byte = '!'; byte < table.size(); ++byte) {
            const auto c = static_cast<char>(byte);
            table[byte] = c != '#' && !needs_encoding(c);
        }
        return table;
    }();
    return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) {
               return plain[static_cast<unsigned char>(c)];
           });
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (needs_encoding(c)) {
            out.push_back('%');
            out.push_back(hex[byte >> 4U]);
            out.push_back(hex[byte & 15U]);
        } else {
            out.push_back(c);
        }
    }
}

[[noreturn]] void refuse(std::string_view what, std::string_view url) {
    throw std::invalid_argument{std::string{what} + ": " + std::string{url}};
}

void set_authority(Url& url, std::string_view authority, std::string_view text) {
    if (authority.find('\\') != authority.npos) {
        refuse("the URL's host is malformed", text);  // browsers end the host there, RFC 3986 not
    }
    if (const auto at = authority.rfind('@'); at != authority.npos) {
        url.userinfo = authority.substr(0, at);
        url.has_userinfo = true;
        authority.remove_prefix(at + 1);
    }
    if (authority.ends_with(':')) {
        authority.remove_suffix(1);
    }
    if (authority.empty() || !httputil::is_valid_host(authority)) {
        refuse("the URL's host is missing or malformed", text);
    }
    const auto [host, port] = httputil::split_host_and_port(authority);
    const auto colon = authority.rfind(':');
    const bool has_port = colon != authority.npos && authority.find(']', colon) == authority.npos;
    if ((has_port && !port) || port == 0 || host.empty()) {
        refuse("the URL's port is not between 1 and 65535", text);
    }
    url.port = port.value_or(url.secure ? 443 : 80);
    url.authority = authority;
    url.host = lower(host.starts_with('[') ? host.substr(1, host.size() - 2) : host);
}

void check_characters(std::string_view text) {
    const bool bad = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
    });
    if (bad) {
        throw std::invalid_argument{"the URL holds a control character"};
    }
}

}  // namespace

Url parse_url(std::string_view text) {
    check_characters(text);
    const auto parts = split(text);
    const auto scheme = lower(parts.scheme);
    if (scheme != "http:" && scheme != "https:") {
        refuse("Unsupported url scheme", text);
    }
    Url url;
    url.secure = scheme == "https:";
    if (parts.authority.size() < 2) {
        refuse("the URL's host is missing or malformed", text);
    }
    set_authority(url, parts.authority.substr(2), text);
    std::string room;
    url.target = target_of(text.substr(parts.scheme.size() + parts.authority.size()), room);
    return url;
}

std::size_t origin_length(std::string_view url) noexcept {
    const auto parts = split(url);
    return parts.scheme.size() + parts.authority.size();
}

std::string_view target_of(std::string_view rest, std::string& room) {
    if (is_plain_target(rest)) {
        return rest;
    }
    check_characters(rest);
    room = rest.starts_with('/') ? "" : "/";
    append_encoded(room, rest.substr(0, rest.find('#')));
    return room;
}

std::string resolve_url(std::string_view base, std::string_view reference) {
    const auto to = split(reference);
    if (!to.scheme.empty()) {
        return std::string{reference};
    }
    const auto from = split(base);
    std::string url{from.scheme};
    if (!to.authority.empty()) {
        return url.append(reference);
    }
    url += from.authority;
    if (to.path.empty()) {
        return url.append(from.path)
            .append(to.query.empty() ? from.query : to.query)
            .append(to.fragment);
    }
    std::string path{to.path};
    if (!to.path.starts_with('/')) {
        path = std::string{from.path.substr(0, from.path.rfind('/') + 1)} + path;
        path = path.starts_with('/') ? path : "/" + path;
    }
    return url.append(remove_dot_segments(path)).append(to.query).append(to.fragment);
}

std::string without_userinfo(std::string_view url) {
    const auto parts = split(url);
    const auto at = parts.authority.rfind('@');
    if (at == parts.authority.npos) {
        return std::string{url};
    }
    return std::string{parts.scheme}
        .append("//")
        .append(parts.authority.substr(at + 1))
        .append(parts.path)
        .append(parts.query)
        .append(parts.fragment);
}

}  // namespace tornado::httpclient
