#include "tornado/iostream/netutil.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace tornado::netutil {

namespace {

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error{error, std::system_category(), what};
}

void set_option(int descriptor, int level, int name, const char* what) {
    const int on = 1;
    if (::setsockopt(descriptor, level, name, &on, sizeof on) != 0) {
        fail(errno, what);
    }
}

class AddressInfo {
public:
    explicit AddressInfo(const BindOptions& options) {
        addrinfo hints{};
        hints.ai_family = options.family == Family::ipv4   ? AF_INET
                          : options.family == Family::ipv6 ? AF_INET6
                                                           : AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_PASSIVE;
        const int error = ::getaddrinfo(
            options.address.empty() ? nullptr : options.address.c_str(), "0", &hints, &first_
        );
        if (error != 0) {
            throw std::system_error{
                std::make_error_code(std::errc::address_not_available),
                "cannot resolve \"" + options.address + "\": " + ::gai_strerror(error)};
        }
        for (auto* each = first_; each != nullptr; each = each->ai_next) {
            sorted_.push_back(each);
        }
        std::stable_sort(sorted_.begin(), sorted_.end(), [](auto* a, auto* b) {
            return a->ai_family < b->ai_family;
        });
    }
    AddressInfo(const AddressInfo&) = delete;
    AddressInfo& operator=(const AddressInfo&) = delete;
    ~AddressInfo() { ::freeaddrinfo(first_); }

    [[nodiscard]] const std::vector<addrinfo*>& sorted() const noexcept { return sorted_; }

private:
    addrinfo* first_ = nullptr;
    std::vector<addrinfo*> sorted_;
};

void set_port(addrinfo& info, std::uint16_t port) noexcept {
    if (info.ai_family == AF_INET) {
        reinterpret_cast<sockaddr_in*>(info.ai_addr)->sin_port = htons(port);
    } else {
        reinterpret_cast<sockaddr_in6*>(info.ai_addr)->sin6_port = htons(port);
    }
}

/// A listening socket; an empty one when this machine does not speak the family.
Socket listen_on(addrinfo& info, std::uint16_t port, const BindOptions& options) {
    set_port(info, port);
    const Address address{info.ai_addr};
    Socket socket{::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket) {
        if (errno == EAFNOSUPPORT) {
            return {};
        }
        fail(errno, "socket");
    }
    set_option(socket.fileno(), SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    if (options.reuse_port) {
        set_option(socket.fileno(), SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT");
    }
    if (info.ai_family == AF_INET6) {
        set_option(socket.fileno(), IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY");
    }
    if (::bind(socket.fileno(), info.ai_addr, info.ai_addrlen) != 0 ||
        ::listen(socket.fileno(), options.backlog) != 0) {
        const int error = errno;
        // "localhost" and "all interfaces" may stand for IPv6 on a machine that has none.
        if (error == EADDRNOTAVAIL && info.ai_family == AF_INET6 &&
            (options.address.empty() || options.address == "localhost")) {
            return {};
        }
        fail(error, "cannot listen on " + address.host() + " port " + std::to_string(port));
    }
    return socket;
}

/// Listens on all addresses; with port 0, on the one that the kernel picks for the first.
std::vector<Socket>
listen_on_all(const AddressInfo& info, std::uint16_t port, const BindOptions& options) {
    std::vector<Socket> sockets;
    std::vector<Address> bound;
    for (auto* each : info.sorted()) {
        if (each->ai_family != AF_INET && each->ai_family != AF_INET6) {
            continue;
        }
        const Address address{each->ai_addr};
        if (std::find(bound.begin(), bound.end(), address) != bound.end()) {
            continue;
        }
        bound.push_back(address);
        auto socket = listen_on(*each, port, options);
        if (!socket) {
            continue;
        }
        if (port == 0) {
            port = local_address(socket.fileno()).port();
        }
        sockets.push_back(std::move(socket));
    }
    if (sockets.empty()) {
        fail(EADDRNOTAVAIL, "no address to listen on for \"" + options.address + "\"");
    }
    return sockets;
}

}  // namespace

std::vector<Socket> bind_sockets(int requested_port, BindOptions options) {
    constexpr int last_port = 65535;
    if (requested_port < 0 || requested_port > last_port) {
        throw std::invalid_argument{
            "port " + std::to_string(requested_port) + " is not between 0 and 65535"};
    }
    const AddressInfo info{options};
    // The port that the kernel picks for IPv4 may be taken for IPv6: then it picks another.
    int tries_left = requested_port == 0 ? 16 : 1;
    while (true) {
        try {
            return listen_on_all(info, static_cast<std::uint16_t>(requested_port), options);
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::address_in_use || --tries_left == 0) {
                throw;
            }
        }
    }
}

Socket bind_unix_socket(std::string_view file, unsigned mode, int backlog) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (file.empty() || file.size() >= sizeof address.sun_path) {
        throw std::invalid_argument{
            "a UNIX socket's path takes 1 to " + std::to_string(sizeof address.sun_path - 1) +
            " bytes"};
    }
    std::memcpy(address.sun_path, file.data(), file.size());
    const bool abstract = file.front() == '\0';
    if (!abstract) {
        if (file.find('\0') != file.npos) {
            throw std::invalid_argument{"a UNIX socket's path holds a NUL"};
        }
        struct stat status {};
        if (::lstat(address.sun_path, &status) == 0) {
            if (!S_ISSOCK(status.st_mode)) {
                throw std::invalid_argument{
                    "the file " + std::string{file} + " exists and is not a socket"};
            }
            ::unlink(address.sun_path);
        } else if (errno != ENOENT) {
            fail(errno, std::string{file});
        }
    }
    Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const auto size =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + file.size() + (abstract ? 0 : 1));
    if (!socket ||
        ::bind(socket.fileno(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
        fail(errno, "cannot listen on " + std::string{file});
    }
    if (!abstract && ::chmod(address.sun_path, static_cast<mode_t>(mode)) != 0) {
        fail(errno, "chmod " + std::string{file});
    }
    if (::listen(socket.fileno(), backlog) != 0) {
        fail(errno, "cannot listen on " + std::string{file});
    }
    return socket;
}

Address local_address(int descriptor) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        fail(errno, "getsockname");
    }
    return Address{reinterpret_cast<const sockaddr*>(&storage)};
}

bool is_valid_ip(std::string_view text) noexcept {
    constexpr std::size_t longest = 64;
    return text.size() <= longest && !Address{text, 0}.empty();
}

}  // namespace tornado::netutil
