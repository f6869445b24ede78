#include "websocket_url.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "tornado/escape/url.hpp"

namespace tornado::websocket {

namespace {

[[noreturn]] void fail(std::string_view text, const char* why) {
    throw std::invalid_argument{std::string{text} + " is no WebSocket URL: " + why};
}

bool take_scheme(std::string_view& rest, std::string_view scheme) noexcept {
    const auto same = [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    };
    if (rest.size() < scheme.size() ||
        !std::equal(scheme.begin(), scheme.end(), rest.begin(), [&](char b, char a) {
            return same(a, b);
        })) {
        return false;
    }
    rest.remove_prefix(scheme.size());
    return true;
}

int parse_port(std::string_view digits, std::string_view text) {
    int port = 0;
    const auto* const end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, port);
    if (result.ec != std::errc{} || result.ptr != end || port < 1 || port > 65535) {
        fail(text, "its port is no number from 1 to 65535");
    }
    return port;
}

void parse_authority(WebSocketUrl& url, std::string_view text) {
    std::string_view host = url.authority;
    std::string_view port;
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == host.npos) {
            fail(text, "the bracket of its host is not closed");
        }
        port = host.substr(end + 1);
        host = host.substr(1, end - 1);
    } else if (const auto colon = host.find(':'); colon != host.npos) {
        port = host.substr(colon);
        host = host.substr(0, colon);
    }
    if (!port.empty()) {
        if (port.front() != ':') {
            fail(text, "something follows its host");
        }
        if (port.size() > 1) {
            url.port = parse_port(port.substr(1), text);
        }
    }
    if (host.empty() || host.find_first_of("[]<>\"\\^`{|}%") != host.npos) {
        fail(text, "it has no host");
    }
    url.host = host;
}

}  // namespace

WebSocketUrl parse_websocket_url(std::string_view text) {
    const bool visible = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
    });
    if (!visible) {
        fail(text, "it holds a space, a control character or a byte beyond ASCII");
    }
    WebSocketUrl url;
    auto rest = text;
    if (take_scheme(rest, "wss://")) {
        url.secure = true;
        url.port = 443;
    } else if (!take_scheme(rest, "ws://")) {
        fail(text, "it begins with neither ws:// nor wss://");
    }
    if (rest.find('#') != rest.npos) {
        fail(text, "it has a fragment");
    }
    const auto end = std::min(rest.find_first_of("/?"), rest.size());
    auto authority = rest.substr(0, end);
    url.target = rest.substr(end);
    if (!url.target.starts_with('/')) {
        url.target.insert(0, "/");
    }
    if (const auto at = authority.rfind('@'); at != authority.npos) {
        url.userinfo = escape::url_unescape(authority.substr(0, at), false);
        authority.remove_prefix(at + 1);
    }
    url.authority = authority;
    parse_authority(url, text);
    return url;
}

}  // namespace tornado::websocket
