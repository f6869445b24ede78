#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "tornado/iostream/bind_sockets.hpp"

namespace tornado::netutil {

namespace {

/// The path as one can read it: an abstract name begins with @, as tools show it.
std::string shown(std::string_view file) {
    std::string text{file};
    for (auto& character : text) {
        if (character == '\0') {
            character = '@';
        }
    }
    return text;
}

[[noreturn]] void fail(const char* what, std::string_view file) {
    const int error = errno;
    throw std::system_error{error, std::system_category(), what + shown(file)};
}

sockaddr_un address_of(std::string_view file, bool abstract) {
    sockaddr_un address{};
    const auto most = sizeof address.sun_path - (abstract ? 0 : 1);
    if (file.empty() || file.size() > most) {
        throw std::invalid_argument{
            "a UNIX socket's path takes 1 to " + std::to_string(most) + " bytes"};
    }
    if (!abstract && file.find('\0') != file.npos) {
        throw std::invalid_argument{"a UNIX socket's path holds a NUL"};
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, file.data(), file.size());
    return address;
}

void remove_old_socket(const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(address.sun_path, &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) {
            throw std::invalid_argument{
                std::string{"the file "} + address.sun_path + " exists and is not a socket"};
        }
        ::unlink(address.sun_path);
    } else if (errno != ENOENT) {
        fail("cannot listen on ", address.sun_path);
    }
}

}  // namespace

Socket bind_unix_socket(std::string_view file, unsigned mode, int backlog) {
    const bool abstract = file.starts_with('\0');
    const auto address = address_of(file, abstract);
    if (!abstract) {
        remove_old_socket(address);
    }
    Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const auto size = offsetof(sockaddr_un, sun_path) + file.size() + (abstract ? 0 : 1);
    if (!socket || ::bind(
                       socket.fileno(),
                       reinterpret_cast<const sockaddr*>(&address),
                       static_cast<socklen_t>(size)
                   ) != 0) {
        fail("cannot listen on ", file);
    }
    // Before it listens, nobody can connect: so nobody does with the mode that it is made with.
    if (!abstract && ::chmod(address.sun_path, static_cast<mode_t>(mode)) != 0) {
        fail("cannot change the mode of ", file);
    }
    if (::listen(socket.fileno(), backlog) != 0) {
        fail("cannot listen on ", file);
    }
    return socket;
}

}  // namespace tornado::netutil
