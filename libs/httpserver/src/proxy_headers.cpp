#include "proxy_headers.hpp"

#include <optional>
#include <utility>

#include "delegate_wrapper.hpp"
#include "tornado/httputil/header_params.hpp"
#include "tornado/util/ascii.hpp"

namespace tornado::httpserver {

using tcpserver::TrustedPeers;

namespace {

std::string_view known_protocol(std::string_view name) noexcept {
    for (const std::string_view known : {"https", "http"}) {
        if (util::equals_ignore_case(name, known)) {
            return known;
        }
    }
    return "";
}

/// The numeric address in text such as "10.0.0.1", "[::1]:80" or "10.0.0.1:80"; empty for any
/// other.
netutil::Address parse_node(std::string_view node) {
    if (node.starts_with('[')) {
        return netutil::Address{node.substr(1, node.find(']') - 1), 0};
    }
    const auto colon = node.find(':');
    const bool has_port = colon != node.npos && node.find(':', colon + 1) == node.npos;
    return netutil::Address{has_port ? node.substr(0, colon) : node, 0};
}

std::string_view trim(std::string_view text) noexcept {
    const auto begin = text.find_first_not_of(" \t");
    return begin == text.npos ? std::string_view{}
                              : text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// Cuts `list` before the comma at `comma`, or npos, and returns what was behind it.
std::string_view take_behind(std::string_view& list, std::size_t comma) noexcept {
    const auto member = comma == list.npos ? list : list.substr(comma + 1);
    list = comma == list.npos ? std::string_view{} : list.substr(0, comma);
    return trim(member);
}

/// Takes the last member off a list without quotes, as X-Forwarded-For is one.
std::string_view take_last(std::string_view& list) noexcept {
    return take_behind(list, list.rfind(','));
}

/// Takes the last element off one line of Forwarded. Quotes are looked at from the end: one that a
/// client has left open swallows nothing of what proxies have put behind it.
std::string_view take_last_element(std::string_view& line) noexcept {
    bool quoted = false;
    for (auto at = line.size(); at-- != 0;) {
        if (line[at] == ',' && !quoted) {
            return take_behind(line, at);
        }
        if (line[at] == '"') {
            const auto before = line.find_last_not_of('\\', at == 0 ? line.npos : at - 1);
            const auto backslashes = at == 0 ? 0 : at - (before == line.npos ? 0 : before + 1);
            quoted = quoted != (backslashes % 2 == 0);
        }
    }
    return take_behind(line, line.npos);
}

/// Goes on to the element before the present ones. False when the origin is found, or cannot be.
bool believe(std::string_view element, const TrustedPeers& trusted, Origin& origin) {
    const auto pairs = httputil::parse_header_params(";" + std::string{element});
    const auto* const node = pairs.find("for");
    const auto client = node != nullptr ? parse_node(*node) : netutil::Address{};
    if (client.empty()) {
        origin.remote_ip = "unknown";  // but no proxy: that would be trusted
        return false;
    }
    origin.remote_ip = client.host();
    const auto* const protocol = pairs.find("proto");
    origin.protocol = protocol != nullptr ? known_protocol(*protocol) : std::string_view{};
    return trusted.contains(client);
}

}  // namespace

Origin origin_from_xheaders(const httputil::HTTPHeaders& headers, const TrustedPeers& trusted) {
    Origin origin;
    if (const auto real_ips = headers.get_list("X-Real-Ip"); !real_ips.empty()) {
        // A proxy that adds its own to the client's comes last.
        const auto client = parse_node(real_ips.back());
        origin.remote_ip = client.empty() ? std::string{} : client.host();
    } else if (const auto forwarded_for = headers.get("X-Forwarded-For")) {
        for (auto nodes = std::string_view{*forwarded_for}; !nodes.empty();) {
            const auto client = parse_node(take_last(nodes));
            if (client.empty()) {
                break;
            }
            origin.remote_ip = client.host();
            if (!trusted.contains(client)) {
                break;
            }
        }
    }
    const auto scheme = headers.get("X-Scheme");
    const auto protocols = scheme ? scheme : headers.get("X-Forwarded-Proto");
    if (protocols) {
        std::string_view list{*protocols};
        origin.protocol = known_protocol(take_last(list));
    }
    return origin;
}

Origin origin_from_forwarded(const httputil::HTTPHeaders& headers, const TrustedPeers& trusted) {
    Origin origin;
    const auto lines = headers.get_list("Forwarded");
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        for (auto elements = *line; !elements.empty();) {
            const auto element = take_last_element(elements);
            // RFC 9110, 5.6.1: an empty member of a list is none
            if (!element.empty() && !believe(element, trusted, origin)) {
                return origin;
            }
        }
    }
    return origin;
}

class ProxyHeaders::Request final : public DelegateWrapper {
public:
    Request(
        ProxyHeaders& owner,
        httputil::HTTPConnection& exchange,
        std::unique_ptr<httputil::HTTPMessageDelegate> inner
    )
        : DelegateWrapper{std::move(inner)},
          owner_{owner},
          exchange_{exchange} {}

    Future<void> headers_received(httputil::RequestHead& head, const httputil::Target& target)
        override {
        const auto ip = exchange_.remote_ip();
        const bool unix_socket = ip == netutil::Address{}.host();
        const auto peer = unix_socket ? netutil::Address{} : netutil::Address{ip, 0};
        if (owner_.trusted_.contains(peer)) {
            auto origin = owner_.read_(head.headers, owner_.trusted_);
            exchange_.set_origin(std::move(origin.remote_ip), origin.protocol);
        }
        return DelegateWrapper::headers_received(head, target);
    }

private:
    ProxyHeaders& owner_;
    httputil::HTTPConnection& exchange_;
};

std::unique_ptr<httputil::HTTPMessageDelegate> ProxyHeaders::start_request(
    httputil::HTTPConnection& exchange
) {
    return std::make_unique<Request>(*this, exchange, inner_.start_request(exchange));
}

}  // namespace tornado::httpserver
