#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tornado/iostream/socket.hpp"

namespace tornado::httpserver {

/// The addresses of proxies whose word is taken for where a request comes from.
class TrustedProxies {
public:
    /// From addresses ("10.0.0.1"), networks ("10.0.0.0/8", "fd00::/8") and "unix", which stands
    /// for all UNIX sockets. Throws std::invalid_argument for anything else.
    explicit TrustedProxies(const std::vector<std::string>& entries);

    /// Whether a connection's peer is one; an empty address is a UNIX socket's.
    [[nodiscard]] bool contain(const netutil::Address& peer) const noexcept;

private:
    struct Network {
        netutil::Address address;
        unsigned bits;
    };

    static Network parse_network(const std::string& entry);

    std::vector<Network> networks_;
    bool unix_sockets_ = false;
};

}  // namespace tornado::httpserver
