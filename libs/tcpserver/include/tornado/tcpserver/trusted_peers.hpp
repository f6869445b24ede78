#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/iostream/socket.hpp"

namespace tornado::tcpserver {

/// Addresses and networks whose word counts: of proxies, who say for whom they speak.
class TrustedPeers {
public:
    TrustedPeers() = default;
    explicit TrustedPeers(const std::vector<std::string>& entries);

    /// An entry is a numeric address, with `/bits` a network, or "unix". Throws
    /// std::invalid_argument for anything else.
    void add(std::string_view entry);

    /// Whether it is in there. An empty address is that of a UNIX socket's peer; an IPv4 address is
    /// the same when it comes as IPv6 (::ffff:192.0.2.1).
    [[nodiscard]] bool contains(const netutil::Address& address) const noexcept;

private:
    struct Network {
        netutil::Address address;
        unsigned bits;
    };

    std::vector<Network> networks_;
    bool unix_ = false;
};

}  // namespace tornado::tcpserver
