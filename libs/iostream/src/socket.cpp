#include "tornado/iostream/socket.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <charconv>
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

namespace {

/// The index of an interface given by name or number, or 0.
std::uint32_t interface_index(const std::string& interface) {
    const char* const end = interface.data() + interface.size();
    std::uint32_t index = 0;
    const auto [last, error] = std::from_chars(interface.data(), end, index);
    return error == std::errc{} && last == end ? index : ::if_nametoindex(interface.c_str());
}

}  // namespace

Address::Address(std::string_view host, std::uint16_t port) {
    if (host.find('\0') != host.npos) {
        return;
    }
    const auto percent = host.find('%');
    const std::string address{host.substr(0, percent)};
    if (percent != host.npos) {
        scope_ = interface_index(std::string{host.substr(percent + 1)});
        if (scope_ != 0 && ::inet_pton(AF_INET6, address.c_str(), bytes_.data()) == 1) {
            family_ = 6;
        } else {
            scope_ = 0;
        }
    } else if (::inet_pton(AF_INET, address.c_str(), bytes_.data()) == 1) {
        family_ = 4;
    } else if (::inet_pton(AF_INET6, address.c_str(), bytes_.data()) == 1) {
        family_ = 6;
    }
    port_ = family_ != 0 ? port : std::uint16_t{0};
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
