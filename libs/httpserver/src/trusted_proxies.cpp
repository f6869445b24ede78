#include "trusted_proxies.hpp"

#include <charconv>
#include <stdexcept>

namespace tornado::httpserver {

namespace {

bool is_in(const netutil::Address& address, const netutil::Address& network, unsigned bits) {
    if (address.empty() || address.is_ipv6() != network.is_ipv6()) {
        return false;
    }
    const auto whole_bytes = bits / 8;
    for (unsigned i = 0; i < whole_bytes; ++i) {
        if (address.bytes()[i] != network.bytes()[i]) {
            return false;
        }
    }
    const auto rest = bits % 8;
    return rest == 0 ||
           ((address.bytes()[whole_bytes] ^ network.bytes()[whole_bytes]) >> (8 - rest)) == 0;
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& entries) {
    for (const auto& entry : entries) {
        if (entry == "unix") {
            unix_sockets_ = true;
        } else {
            networks_.push_back(parse_network(entry));
        }
    }
}

TrustedProxies::Network TrustedProxies::parse_network(const std::string& entry) {
    const auto slash = entry.find('/');
    Network network{netutil::Address{entry.substr(0, slash), 0}, 0};
    const unsigned most = network.address.is_ipv6() ? 128 : 32;
    network.bits = most;
    bool good = !network.address.empty();
    if (slash != entry.npos) {
        const auto* const end = entry.data() + entry.size();
        const auto parsed = std::from_chars(entry.data() + slash + 1, end, network.bits);
        good = good && parsed.ec == std::errc{} && parsed.ptr == end && network.bits <= most;
    }
    if (!good) {
        throw std::invalid_argument{
            "trusted_downstream: \"" + entry +
            "\" is no address, no network such as 10.0.0.0/8, and not \"unix\""};
    }
    return network;
}

bool TrustedProxies::contain(const netutil::Address& peer) const noexcept {
    if (peer.empty()) {
        return unix_sockets_;
    }
    for (const auto& network : networks_) {
        if (is_in(peer, network.address, network.bits)) {
            return true;
        }
    }
    return false;
}

}  // namespace tornado::httpserver
