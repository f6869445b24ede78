#include "proxy_headers.hpp"

#include <optional>
#include <utility>

#include "delegate_wrapper.hpp"
#include "tornado/httputil/header_params.hpp"

namespace tornado::httpserver {

using tcpserver::TrustedPeers;

namespace {

std::string_view known_protocol(std::string_view name) noexcept {
    return name == "https" ? "https" : name == "http" ? "http" : "";
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

}  // namespace

Origin origin_from_xheaders(const httputil::HTTPHeaders& headers, const TrustedPeers& trusted) {
    Origin origin;
    netutil::Address client;
    if (const auto real_ip = headers.first("X-Real-Ip")) {
        client = parse_node(*real_ip);
    } else if (const auto forwarded_for = headers.get("X-Forwarded-For")) {
        const auto nodes = httputil::split_header_list(*forwarded_for);
        for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
            client = parse_node(*node);
            if (!trusted.contains(client) || client.empty()) {
                break;
            }
        }
    }
    if (!client.empty()) {
        origin.remote_ip = client.host();
    }
    const auto scheme = headers.get("X-Scheme");
    const auto protocols = scheme ? scheme : headers.get("X-Forwarded-Proto");
    if (protocols) {
        origin.protocol = known_protocol(httputil::split_header_list(*protocols).back());
    }
    return origin;
}

Origin origin_from_forwarded(const httputil::HTTPHeaders& headers, const TrustedPeers& trusted) {
    Origin origin;
    const auto field = headers.get("Forwarded");
    if (!field) {
        return origin;
    }
    const auto elements = httputil::split_header_list(*field);
    for (auto element = elements.rbegin(); element != elements.rend(); ++element) {
        const auto pairs = httputil::parse_header_params(";" + std::string{*element});
        const auto* const node = pairs.find("for");
        const auto client = node != nullptr ? parse_node(*node) : netutil::Address{};
        if (client.empty()) {
            break;  // unknown, or hidden on purpose: nobody before it can be believed
        }
        origin.remote_ip = client.host();
        const auto* const protocol = pairs.find("proto");
        origin.protocol = protocol != nullptr ? known_protocol(*protocol) : std::string_view{};
        if (!trusted.contains(client)) {
            break;
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
