#pragma once

#include <array>
#include <cstddef>
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
        if (this != &other) {
            close();
            descriptor_ = other.release();
        }
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

/// The address of one end of a connection: an IPv4 or IPv6 address with its port, the path of a
/// UNIX socket, or nothing (a UNIX socket that has no name, say).
class Address {
public:
    Address() noexcept = default;
    /// Anything but IPv4 and IPv6 makes an empty address; with its size, a UNIX socket's is taken
    /// over as well.
    explicit Address(const sockaddr* address) noexcept;
    Address(const sockaddr* address, std::size_t size);
    /// Parses a numeric address; empty when `host` is none.
    Address(std::string_view host, std::uint16_t port);
    /// Of a UNIX socket; a leading NUL means the abstract namespace. Throws std::invalid_argument
    /// when the path is empty or longer than the system allows (107 bytes), or holds another NUL.
    [[nodiscard]] static Address unix_path(std::string_view path);

    Address(const Address& other) noexcept : data_{other.data_} { retain(); }
    Address(Address&& other) noexcept : data_{std::exchange(other.data_, {})} {}
    Address& operator=(Address other) noexcept {
        std::swap(data_, other.data_);
        return *this;
    }
    ~Address() {
        if (is_unix()) {
            release_path();
        }
    }

    /// The numeric address without port, or "0.0.0.0" for all others (as Tornado says of UNIX
    /// sockets).
    [[nodiscard]] std::string host() const;
    [[nodiscard]] std::uint16_t port() const noexcept { return data_.port; }
    /// The path of a UNIX socket, as given to unix_path(); empty for others.
    [[nodiscard]] std::string_view path() const noexcept;
    /// For people: "127.0.0.1:80", "[::1]:80", "unix:/run/socket", "unix:@abstract"; nothing when
    /// empty.
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] bool empty() const noexcept { return data_.family == Family::none; }
    [[nodiscard]] bool is_ipv6() const noexcept { return data_.family == Family::ipv6; }
    [[nodiscard]] bool is_unix() const noexcept { return data_.family == Family::unix_path; }
    /// The interface of a link-local IPv6 address, or 0.
    [[nodiscard]] std::uint32_t scope() const noexcept { return data_.scope; }
    /// The address in network order: its first 4 or all 16 bytes. Of no use for a UNIX socket.
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const noexcept { return data_.bytes; }

    bool operator==(const Address& other) const noexcept {
        return is_unix() && other.is_unix() ? path() == other.path() : data_ == other.data_;
    }

private:
    enum class Family : std::uint8_t { none, ipv4, ipv6, unix_path };
    struct Path;
    struct Data {
        std::array<std::uint8_t, 16> bytes{};  ///< of a UNIX socket, a pointer to its Path
        std::uint32_t scope = 0;
        std::uint16_t port = 0;
        Family family = Family::none;
        bool operator==(const Data&) const = default;
    };

    void retain() const noexcept {
        if (is_unix()) {
            retain_path();
        }
    }
    void retain_path() const noexcept;
    void release_path() const noexcept;
    void set_path(std::string_view path);
    [[nodiscard]] Path* shared_path() const noexcept;

    Data data_;
};

}  // namespace tornado::netutil
