#include "tornado/iostream/socket.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstring>

#include "sockaddr.hpp"

namespace tornado::netutil {

void Socket::close() noexcept {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

Address::Address(const sockaddr* address) noexcept {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof v4);
        std::memcpy(bytes_.data(), &v4.sin_addr, 4);
        port_ = ntohs(v4.sin_port);
        family_ = 4;
    } else if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        std::memcpy(bytes_.data(), &v6.sin6_addr, 16);
        scope_ = v6.sin6_scope_id;
        port_ = ntohs(v6.sin6_port);
        family_ = 6;
    }
}

Address::Address(std::string_view host, std::uint16_t port) : port_{port} {
    const auto percent = host.find('%');
    const std::string address{host.substr(0, percent)};
    if (percent == std::string_view::npos &&
        ::inet_pton(AF_INET, address.c_str(), bytes_.data()) == 1) {
        family_ = 4;
    } else if (::inet_pton(AF_INET6, address.c_str(), bytes_.data()) == 1) {
        family_ = 6;
        if (percent != std::string_view::npos) {
            scope_ = ::if_nametoindex(std::string{host.substr(percent + 1)}.c_str());
        }
    }
}

std::string Address::host() const {
    if (family_ == 0) {
        return "0.0.0.0";
    }
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(family_ == 4 ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
    return text;
}

std::size_t to_sockaddr(const Address& address, sockaddr_storage& storage) noexcept {
    if (address.is_ipv6()) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(address.port());
        std::memcpy(&v6.sin6_addr, address.bytes().data(), 16);
        v6.sin6_scope_id = address.scope();
        std::memcpy(&storage, &v6, sizeof v6);
        return sizeof v6;
    }
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port());
    std::memcpy(&v4.sin_addr, address.bytes().data(), 4);
    std::memcpy(&storage, &v4, sizeof v4);
    return sizeof v4;
}

}  // namespace tornado::netutil
