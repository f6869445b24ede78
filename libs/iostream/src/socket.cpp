#include "tornado/iostream/socket.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstring>
#include <stdexcept>

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
        std::memcpy(data_.bytes.data(), &v4.sin_addr, 4);
        data_.port = ntohs(v4.sin_port);
        data_.family = Family::ipv4;
    } else if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        std::memcpy(data_.bytes.data(), &v6.sin6_addr, 16);
        data_.scope = v6.sin6_scope_id;
        data_.port = ntohs(v6.sin6_port);
        data_.family = Family::ipv6;
    }
}

Address::Address(const sockaddr* address, std::size_t size) : Address{address} {
    constexpr auto begin = offsetof(sockaddr_un, sun_path);
    if (address->sa_family != AF_UNIX || size <= begin) {
        return;
    }
    std::string_view path{reinterpret_cast<const char*>(address) + begin, size - begin};
    if (path.front() != '\0') {
        path = path.substr(0, path.find('\0'));
    }
    set_path(path);
}

// UNIX sockets

/// Shared by copies, which any thread may make.
struct Address::Path {
    std::atomic<std::uint32_t> references;
    std::string text;
};

Address Address::unix_path(std::string_view path) {
    constexpr auto longest = sizeof(sockaddr_un::sun_path) - 1;
    if (path.empty() || path.size() > longest) {
        throw std::invalid_argument{
            "a UNIX socket's path takes 1 to " + std::to_string(longest) + " bytes"};
    }
    if (path.front() != '\0' && path.find('\0') != path.npos) {
        throw std::invalid_argument{"a UNIX socket's path holds a NUL"};
    }
    Address address;
    address.set_path(path);
    return address;
}

void Address::set_path(std::string_view path) {
    Path* const shared = new Path{1, std::string{path}};
    std::memcpy(data_.bytes.data(), &shared, sizeof shared);
    data_.family = Family::unix_path;
}

Address::Path* Address::shared_path() const noexcept {
    Path* shared = nullptr;
    std::memcpy(&shared, data_.bytes.data(), sizeof shared);
    return shared;
}

void Address::retain_path() const noexcept {
    shared_path()->references.fetch_add(1, std::memory_order_relaxed);
}

void Address::release_path() const noexcept {
    auto* const shared = shared_path();
    if (shared->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        delete shared;
    }
}

std::string_view Address::path() const noexcept {
    return is_unix() ? std::string_view{shared_path()->text} : std::string_view{};
}

// Numeric addresses

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
        data_.scope = interface_index(std::string{host.substr(percent + 1)});
        if (data_.scope != 0 && ::inet_pton(AF_INET6, address.c_str(), data_.bytes.data()) == 1) {
            data_.family = Family::ipv6;
        } else {
            data_.scope = 0;
        }
    } else if (::inet_pton(AF_INET, address.c_str(), data_.bytes.data()) == 1) {
        data_.family = Family::ipv4;
    } else if (::inet_pton(AF_INET6, address.c_str(), data_.bytes.data()) == 1) {
        data_.family = Family::ipv6;
    }
    data_.port = !empty() ? port : std::uint16_t{0};
}

std::string Address::host() const {
    if (empty() || is_unix()) {
        return "0.0.0.0";
    }
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(is_ipv6() ? AF_INET6 : AF_INET, data_.bytes.data(), text, sizeof text);
    return text;
}

std::string Address::to_string() const {
    if (is_unix()) {
        const bool abstract = path().front() == '\0';
        return abstract ? "unix:@" + std::string{path().substr(1)} : "unix:" + std::string{path()};
    }
    if (empty()) {
        return {};
    }
    const auto port_text = ':' + std::to_string(port());
    return is_ipv6() ? '[' + host() + ']' + port_text : host() + port_text;
}

std::size_t to_sockaddr(const Address& address, sockaddr_storage& storage) noexcept {
    if (address.is_unix()) {
        sockaddr_un local{};
        local.sun_family = AF_UNIX;
        const auto path = address.path();
        std::memcpy(local.sun_path, path.data(), path.size());
        std::memcpy(&storage, &local, sizeof local);
        // The end of an abstract name is told by the size alone.
        return offsetof(sockaddr_un, sun_path) + path.size() + (path.front() == '\0' ? 0 : 1);
    }
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
