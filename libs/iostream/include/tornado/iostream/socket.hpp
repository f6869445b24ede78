#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

struct sockaddr;

namespace tornado::netutil {

/// An open descriptor and its owner: closes it at the end of its life.
class Socket {
public:
    Socket() noexcept = default;
    explicit Socket(int descriptor) noexcept : descriptor_{descriptor} {}
    Socket(Socket&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Socket() { close(); }

    explicit operator bool() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int fileno() const noexcept { return descriptor_; }
    /// Hands the descriptor to the caller, who closes it.
    [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }
    void close() noexcept;

private:
    int descriptor_ = -1;
};

/// The address of one end of a connection: an IPv4 or IPv6 address with its port, or nothing (a
/// UNIX socket, say).
class Address {
public:
    Address() noexcept = default;
    /// Anything but IPv4 and IPv6 makes an empty address.
    explicit Address(const sockaddr* address) noexcept;
    /// Parses a numeric address; empty when `host` is none.
    Address(std::string_view host, std::uint16_t port);

    /// The numeric address without port, or "0.0.0.0" when empty (as Tornado says of UNIX sockets).
    [[nodiscard]] std::string host() const;
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] bool empty() const noexcept { return family_ == 0; }
    [[nodiscard]] bool is_ipv6() const noexcept { return family_ == 6; }
    /// The interface of a link-local IPv6 address, or 0.
    [[nodiscard]] std::uint32_t scope() const noexcept { return scope_; }
    /// The address in network order: its first 4 or all 16 bytes.
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }

    bool operator==(const Address&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
    std::uint32_t scope_ = 0;
    std::uint16_t port_ = 0;
    std::uint8_t family_ = 0;  ///< 4, 6, or 0 for none
};

}  // namespace tornado::netutil
